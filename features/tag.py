"""What a tag is: a declaration of who holds it, what it says, for how long and for which purposes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, model_validator
from pydantic import Tag as Named

from features.columns import COLUMNS, at_least, data_classes, most_sensitive
from features.declaration import Bilingual, Declared, version
from features.declared_fields import AnyColumn, Label, NumberColumn, Purpose, RuleText, User
from features.rule import Rule, kind_of, parse_rule
from schemas.table import Sensitivity


class _Tag(Declared):
    """What all kinds of tags say.

    `holds` and `holds_not` are users, as `column: value`; what is not named is 0, false or empty. On the
    first the tag must hold (with the value `gives`), on the second not.
    """

    code: str = Field(pattern=r"^(basic|need|behaviour|value)\.[a-z][a-z0-9_]*$")
    name: Bilingual
    meaning: Bilingual
    unit: str | None = None
    half_life_days: int | None = Field(default=None, ge=1, le=3650)
    refresh: Literal["daily", "monthly", "trigger"] = "daily"
    owner: str
    sensitivity: Sensitivity
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    evidence: Literal["stated", "observed", "inferred", "predicted"]
    holds: User
    holds_not: User
    gives: str | None = None

    @property
    def layer(self) -> str:
        return self.code.split(".")[0]

    @property
    def decides(self) -> dict[str, Any]:
        """The part of the declaration that decides who holds it with what value."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[str, ...]:
        raise NotImplementedError

    @property
    def value_sql(self) -> str:
        """SQL that gives the value as text, or NULL where the tag does not hold."""
        raise NotImplementedError

    @property
    def only_holds(self) -> bool:
        """Whether it can only hold or not, so that its value is always `yes`."""
        return False

    @property
    def rule_text(self) -> str:
        return "; ".join(f"{k}: {v}" for k, v in self.decides.items() if k not in ("kind", "half_life_days"))

    @cached_property
    def rule_version(self) -> str:
        return version(self.decides)

    @cached_property
    def data_classes(self) -> tuple[str, ...]:
        return data_classes(self.columns)

    @model_validator(mode="after")
    def _fits_its_columns(self) -> Self:
        needed = most_sensitive(self.columns)
        if not at_least(self.sensitivity, needed):
            raise ValueError(
                f"tag {self.code}: sensitivity {self.sensitivity} is below that of its columns: expected {needed}"
            )
        if self.only_holds != (self.gives is None):
            raise ValueError(f"tag {self.code}: `gives` says which value its example has; a rule gives yes by itself")
        return self


class RuleTag(_Tag):
    """Holds, with the value `yes`, where a condition is true."""

    kind: Literal["rule"]
    rule: RuleText

    @property
    def only_holds(self) -> bool:
        return True

    @cached_property
    def parsed(self) -> Rule:
        return parse_rule(self.rule, COLUMNS)

    @property
    def decides(self) -> dict[str, Any]:
        return {"kind": self.kind, "rule": self.parsed.sql, "half_life_days": self.half_life_days}

    @property
    def columns(self) -> tuple[str, ...]:
        return self.parsed.columns

    @property
    def value_sql(self) -> str:
        return f"CASE WHEN {self.parsed.sql} THEN 'yes' END"


class StatisticTag(_Tag):
    """Says what a column holds. `when` limits it to some users."""

    kind: Literal["statistic"]
    column: AnyColumn
    when: RuleText | None = None

    @cached_property
    def condition(self) -> Rule | None:
        return parse_rule(self.when, COLUMNS) if self.when else None

    @property
    def decides(self) -> dict[str, Any]:
        condition = self.condition.sql if self.condition else None
        return {"kind": self.kind, "column": self.column, "when": condition, "half_life_days": self.half_life_days}

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(sorted({self.column, *(self.condition.columns if self.condition else ())}))

    @property
    def value_sql(self) -> str:
        condition = f"({self.condition.sql}) AND " if self.condition else ""
        return f"CASE WHEN {condition}{self.column} IS NOT NULL THEN CAST({self.column} AS STRING) END"

    @model_validator(mode="after")
    def _one_text_a_value(self) -> Self:
        if COLUMNS[self.column].type not in ("string", "int", "bigint", "date"):
            raise ValueError(
                f"tag {self.code}: column {self.column} is {COLUMNS[self.column].type}; a statistic wants string, int, "
                "bigint or date (each change of value is a new stretch of history): use a tier for measures"
            )
        return self


class TierTag(_Tag):
    """Says in which part of all eligible users somebody is, by percentiles of a column as of the day.

    A label goes to values above its percentile, so equal values are never parted: those on a threshold
    all go below it, and `gold.tag_day.tied_user_count` tells how many they are.
    """

    kind: Literal["tier"]
    column: NumberColumn
    eligible: RuleText
    percentiles: tuple[float, ...] = Field(min_length=1)
    labels: tuple[Label | None, ...]

    @cached_property
    def condition(self) -> Rule:
        return parse_rule(self.eligible, COLUMNS)

    @property
    def decides(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "column": self.column,
            "eligible": self.condition.sql,
            "percentiles": list(self.percentiles),
            "labels": list(self.labels),
            "half_life_days": self.half_life_days,
        }

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(sorted({self.column, *self.condition.columns}))

    def percentiles_of(self, crowd: Sequence[float]) -> tuple[float, ...]:
        """The thresholds that a crowd would give, interpolated as the engines do."""
        ordered = sorted(crowd)
        at = [p * (len(ordered) - 1) for p in self.percentiles]
        low = [ordered[int(a)] for a in at]
        high = [ordered[min(int(a) + 1, len(ordered) - 1)] for a in at]
        return tuple(lo + (hi - lo) * (a - int(a)) for lo, hi, a in zip(low, high, at, strict=True))

    @property
    def value_sql(self) -> str:
        """With `{p0}`, `{p1}` … where the day's thresholds go."""
        branches = [
            f"WHEN CAST({self.column} AS DOUBLE) > {{p{i}}} THEN {_quoted(label)}"
            for i, label in reversed(list(enumerate(self.labels[1:])))
        ]
        cases = f"CASE {' '.join(branches)} ELSE {_quoted(self.labels[0])} END"
        return f"CASE WHEN ({self.condition.sql}) AND {self.column} IS NOT NULL THEN {cases} END"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        rising = all(a < b for a, b in zip(self.percentiles, self.percentiles[1:], strict=False))
        if not rising or self.percentiles[0] <= 0 or self.percentiles[-1] >= 1:
            raise ValueError(f"tag {self.code}: percentiles {list(self.percentiles)} must rise between 0 and 1")
        if len(self.labels) != len(self.percentiles) + 1:
            raise ValueError(
                f"tag {self.code}: {len(self.percentiles)} percentiles part users into {len(self.percentiles) + 1}, "
                f"found {len(self.labels)} labels (null: the tag does not hold there)"
            )
        return self


class PreferenceTag(_Tag):
    """Says which of several columns is largest, if it reaches a minimum; of equals the first declared."""

    kind: Literal["preference"]
    options: dict[Label, NumberColumn] = Field(min_length=2)
    minimum: float = Field(gt=0)
    minimum_share: float | None = Field(default=None, gt=0, le=1)

    @property
    def decides(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "options": [list(pair) for pair in self.options.items()],
            "minimum": self.minimum,
            "minimum_share": self.minimum_share,
            "half_life_days": self.half_life_days,
        }

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.options.values())))

    @property
    def value_sql(self) -> str:
        known = [f"coalesce({c}, 0)" for c in self.options.values()]
        largest = f"greatest({', '.join(known)})"
        enough = f"{largest} >= {self.minimum}"
        if self.minimum_share:
            enough += f" AND {largest} >= {self.minimum_share} * ({' + '.join(known)})"
        branches = [f"WHEN {k} = {largest} THEN {_quoted(v)}" for v, k in zip(self.options, known, strict=True)]
        return f"CASE WHEN {enough} THEN CASE {' '.join(branches)} END END"


class ModelTag(_Tag):
    """Holds by what a model said: a condition over score columns (value `yes`), or what one of them holds."""

    kind: Literal["model"]
    rule: RuleText | None = None
    column: AnyColumn | None = None

    @property
    def only_holds(self) -> bool:
        return self.rule is not None

    @cached_property
    def parsed(self) -> Rule | None:
        return parse_rule(self.rule, COLUMNS) if self.rule else None

    @property
    def decides(self) -> dict[str, Any]:
        rule = self.parsed.sql if self.parsed else None
        return {"kind": self.kind, "rule": rule, "column": self.column, "half_life_days": self.half_life_days}

    @property
    def columns(self) -> tuple[str, ...]:
        return self.parsed.columns if self.parsed else (str(self.column),)

    @property
    def value_sql(self) -> str:
        if self.parsed:
            return f"CASE WHEN {self.parsed.sql} THEN 'yes' END"
        return f"CAST({self.column} AS STRING)"

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.rule is None) == (self.column is None):
            raise ValueError(f"tag {self.code}: a model tag has either a rule or a column")
        if self.column is not None and kind_of(COLUMNS[self.column]) != "text":
            raise ValueError(f"tag {self.code}: column {self.column} does not hold text; use a rule")
        return self


def _kind(tag: Any) -> str | None:
    """The kind in words that no key of the file has: pydantic puts them into the path of a mistake."""
    return f"a {tag['kind']} tag" if isinstance(tag, dict) and tag.get("kind") in KINDS else None


KINDS = ("rule", "statistic", "tier", "preference", "model")
Tag = Annotated[
    Annotated[RuleTag, Named("a rule tag")]
    | Annotated[StatisticTag, Named("a statistic tag")]
    | Annotated[TierTag, Named("a tier tag")]
    | Annotated[PreferenceTag, Named("a preference tag")]
    | Annotated[ModelTag, Named("a model tag")],
    Discriminator(_kind, "kind", f"the key 'kind', one of {', '.join(KINDS)}"),
]


def _quoted(label: str | None) -> str:
    return "CAST(NULL AS STRING)" if label is None else f"'{label}'"
