"""What a tag is: a declaration of who holds it, what it says, for how long and for which purposes."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, model_validator
from pydantic import Tag as Named

from features.columns import COLUMNS
from features.declared_fields import AnyColumn, Label, NumberColumn, RuleText
from features.declared_tag import ColumnTag, quoted
from features.rule import Rule, kind_of, parse_rule
from features.tag_events import FirstLastTag, ImportTag, SequenceTag
from features.tag_ranks import RfmTag, TierTag
from schemas.gold.tag import TAG_KINDS


class RuleTag(ColumnTag):
    """Holds, with the value `yes`, where a condition is true."""

    kind: Literal["rule"]
    rule: RuleText

    only_holds: ClassVar[bool] = True

    @cached_property
    def parsed(self) -> Rule:
        return parse_rule(self.rule, COLUMNS)

    @property
    def says(self) -> dict[str, Any]:
        return {"rule": self.parsed.sql}

    @property
    def rests_on(self) -> tuple[str, ...]:
        return self.parsed.columns

    @property
    def says_sql(self) -> str:
        return f"CASE WHEN {self.parsed.sql} THEN 'yes' END"


class StatisticTag(ColumnTag):
    """Says what a column holds. `when` limits it to some users."""

    kind: Literal["statistic"]
    column: AnyColumn
    when: RuleText | None = None

    @cached_property
    def condition(self) -> Rule | None:
        return parse_rule(self.when, COLUMNS) if self.when else None

    @property
    def says(self) -> dict[str, Any]:
        return {"column": self.column, "when": self.condition.sql if self.condition else None}

    @property
    def rests_on(self) -> tuple[str, ...]:
        return tuple(sorted({self.column, *(self.condition.columns if self.condition else ())}))

    @property
    def says_sql(self) -> str:
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


class PreferenceTag(ColumnTag):
    """Says which of several columns is largest, if it reaches a minimum; of equals the first declared."""

    kind: Literal["preference"]
    options: dict[Label, NumberColumn] = Field(min_length=2)
    minimum: float = Field(gt=0)
    minimum_share: float | None = Field(default=None, gt=0, le=1)

    @property
    def says(self) -> dict[str, Any]:
        return {
            "options": [list(pair) for pair in self.options.items()],
            "minimum": self.minimum,
            "minimum_share": self.minimum_share,
        }

    @property
    def rests_on(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.options.values())))

    @property
    def says_sql(self) -> str:
        known = [f"coalesce({c}, 0)" for c in self.options.values()]
        largest = f"greatest({', '.join(known)})"
        enough = f"{largest} >= {self.minimum}"
        if self.minimum_share:
            enough += f" AND {largest} >= {self.minimum_share} * ({' + '.join(known)})"
        branches = [f"WHEN {k} = {largest} THEN {quoted(v)}" for v, k in zip(self.options, known, strict=True)]
        return f"CASE WHEN {enough} THEN CASE {' '.join(branches)} END END"


class ModelTag(ColumnTag):
    """Holds by what a model said: a condition over score columns (value `yes`), or what one of them holds."""

    kind: Literal["model"]
    rule: RuleText | None = None
    column: AnyColumn | None = None

    @property
    def needs_example_value(self) -> bool:
        return self.column is not None

    @cached_property
    def parsed(self) -> Rule | None:
        return parse_rule(self.rule, COLUMNS) if self.rule else None

    @property
    def says(self) -> dict[str, Any]:
        return {"rule": self.parsed.sql if self.parsed else None, "column": self.column}

    @property
    def rests_on(self) -> tuple[str, ...]:
        if self.parsed:
            return self.parsed.columns
        return () if self.column is None else (self.column,)

    @property
    def says_sql(self) -> str:
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
    kind = tag.get("kind") if isinstance(tag, dict) else None
    if kind not in KINDS:
        return None
    return "a first or last tag" if kind in ("first", "last") else f"a {kind} tag"


KINDS = TAG_KINDS
KIND_MODELS = (
    RuleTag, StatisticTag, TierTag, PreferenceTag, FirstLastTag, SequenceTag, RfmTag, ModelTag, ImportTag,
)  # fmt: skip
Tag = Annotated[
    Annotated[RuleTag, Named("a rule tag")]
    | Annotated[StatisticTag, Named("a statistic tag")]
    | Annotated[TierTag, Named("a tier tag")]
    | Annotated[PreferenceTag, Named("a preference tag")]
    | Annotated[FirstLastTag, Named("a first or last tag")]
    | Annotated[SequenceTag, Named("a sequence tag")]
    | Annotated[RfmTag, Named("a rfm tag")]
    | Annotated[ModelTag, Named("a model tag")]
    | Annotated[ImportTag, Named("a import tag")],
    Discriminator(_kind, "kind", f"the key 'kind', one of {', '.join(KINDS)}"),
]
