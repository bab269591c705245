"""Tags that say where a user stands among all: percentile tiers and RFM."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from features.columns import COLUMNS
from features.declaration import Bilingual, Declared
from features.declared_fields import Label, NumberColumn, RuleText
from features.declared_tag import ColumnTag, quoted
from features.rule import Rule, parse_rule

_FIFTHS = (0.2, 0.4, 0.6, 0.8)
_SCORES = (1, 2, 3, 4, 5)
Scores = Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(min_length=1)]


class RankTag(ColumnTag):
    """A tag measured by thresholds that are computed anew each day, over the users who are `eligible`.

    Equal values are never parted: those on a threshold all go below it, and `gold.tag_day.tied_user_count` tells how
    many they are.
    """

    eligible: RuleText

    @cached_property
    def condition(self) -> Rule:
        return parse_rule(self.eligible, COLUMNS)

    @property
    def cuts(self) -> tuple[tuple[str, float], ...]:
        """The column and the percentile of each threshold; `value_sql` has `{p0}`, `{p1}` … where they go."""
        raise NotImplementedError

    @property
    def cut_labels(self) -> tuple[str, ...]:
        """What begins above each threshold."""
        raise NotImplementedError

    def thresholds_in(self, crowd: Sequence[float]) -> tuple[float, ...]:
        """The thresholds that a crowd with these values would give, interpolated as the engines do."""
        ordered = sorted(crowd)
        at = [p * (len(ordered) - 1) for _, p in self.cuts]
        low = [ordered[int(a)] for a in at]
        high = [ordered[min(int(a) + 1, len(ordered) - 1)] for a in at]
        return tuple(lo + (hi - lo) * (a - int(a)) for lo, hi, a in zip(low, high, at, strict=True))


class TierTag(RankTag):
    """Says in which part of all eligible users somebody is, by percentiles of a column as of the day.

    A label goes to values above its percentile.
    """

    kind: Literal["tier"]
    column: NumberColumn
    percentiles: tuple[float, ...] = Field(min_length=1)
    labels: tuple[Label | None, ...]

    @property
    def cuts(self) -> tuple[tuple[str, float], ...]:
        return tuple((self.column, p) for p in self.percentiles)

    @property
    def cut_labels(self) -> tuple[str, ...]:
        return tuple(label or "none" for label in self.labels[1:])

    @property
    def says(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "eligible": self.condition.sql,
            "percentiles": list(self.percentiles),
            "labels": list(self.labels),
        }

    @property
    def rests_on(self) -> tuple[str, ...]:
        return tuple(sorted({self.column, *self.condition.columns}))

    @property
    def says_sql(self) -> str:
        branches = [
            f"WHEN CAST({self.column} AS DOUBLE) > {{p{i}}} THEN {quoted(label)}"
            for i, label in reversed(list(enumerate(self.labels[1:])))
        ]
        cases = f"CASE {' '.join(branches)} ELSE {quoted(self.labels[0])} END"
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


class RfmName(Declared):
    """What users with certain scores are called: `r`, `f` and `m` list the scores, all five where one is left out."""

    called: Bilingual
    r: Scores = _SCORES
    f: Scores = _SCORES
    m: Scores = _SCORES

    @property
    def scores(self) -> set[str]:
        return {"-".join(map(str, combination)) for combination in product(self.r, self.f, self.m)}


class RfmTag(RankTag):
    """Says how lately, how often and for how much somebody buys, each in fifths of the eligible as of the day.

    The value is `5-4-3`, 5 being best: of `recency` the fewest days, of the others the most. With `names` it is the
    first name whose scores fit, and where none does the tag does not hold.
    """

    kind: Literal["rfm"]
    recency: NumberColumn
    frequency: NumberColumn
    monetary: NumberColumn
    names: dict[Label, RfmName] | None = None

    @property
    def _measured(self) -> tuple[str, str, str]:
        return self.recency, self.frequency, self.monetary

    @property
    def cuts(self) -> tuple[tuple[str, float], ...]:
        return tuple((column, p) for column in self._measured for p in _FIFTHS)

    @property
    def cut_labels(self) -> tuple[str, ...]:
        return ("r4", "r3", "r2", "r1", "f2", "f3", "f4", "f5", "m2", "m3", "m4", "m5")

    @property
    def says(self) -> dict[str, Any]:
        said: dict[str, Any] = dict(zip(("recency", "frequency", "monetary"), self._measured, strict=True))
        said["eligible"] = self.condition.sql
        if self.names:
            said["names"] = [[name, *("".join(map(str, s)) for s in (n.r, n.f, n.m))] for name, n in self.names.items()]
        return said

    @property
    def rests_on(self) -> tuple[str, ...]:
        return tuple(sorted({*self._measured, *self.condition.columns}))

    @property
    def says_sql(self) -> str:
        recency, frequency, monetary = (self._above(i) for i in range(3))
        scores = (f"5 - ({recency})", f"1 + ({frequency})", f"1 + ({monetary})")
        score = "concat({})".format(", '-', ".join(f"CAST({s} AS STRING)" for s in scores))
        known = " AND ".join(f"{c} IS NOT NULL" for c in self._measured)
        return f"CASE WHEN ({self.condition.sql}) AND {known} THEN {self._named(score)} END"

    def _above(self, place: int) -> str:
        column, first = self._measured[place], place * len(_FIFTHS)
        return " + ".join(f"CAST(CAST({column} AS DOUBLE) > {{p{first + i}}} AS INT)" for i in range(len(_FIFTHS)))

    def _named(self, score: str) -> str:
        if not self.names:
            return score
        named: dict[str, list[str]] = {name: [] for name in self.names}
        for fits in ("-".join(map(str, c)) for c in product(_SCORES, repeat=3)):
            first = next((name for name, n in self.names.items() if fits in n.scores), None)
            if first is not None:
                named[first].append(fits)
        branches = [f"WHEN {score} IN ({', '.join(map(quoted, fits))}) THEN {quoted(n)}" for n, fits in named.items()]
        return f"CASE {' '.join(branches)} END"

    @model_validator(mode="after")
    def _every_name_is_reached(self) -> Self:
        taken: set[str] = set()
        for name, said in (self.names or {}).items():
            if said.scores <= taken:
                raise ValueError(f"tag {self.code}: nobody is ever called {name}: names before it take all its scores")
            taken |= said.scores
        return self
