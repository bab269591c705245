"""Tags out of what happened when: which came first or last, what did not follow, what the hospital's systems say."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from features.columns import DAY_COLUMNS, at_least
from features.declaration import Declared
from features.declared_fields import DateColumn, DayExample, DayRule, Label
from features.declared_tag import ColumnTag, DeclaredTag, quoted
from features.rule import Rule, parse_rule

MOST_DAYS = 180
_NEVER = {"first": "DATE'9999-12-31'", "last": "DATE'0001-01-01'"}


class FirstLastTag(ColumnTag):
    """Says which of several dates came first, or last; of the same day the one declared first.

    With `expires_days` it ends so long after that date.
    """

    kind: Literal["first", "last"]
    of: dict[Label, DateColumn] = Field(min_length=2)

    @property
    def says(self) -> dict[str, Any]:
        return {"of": [list(pair) for pair in self.of.items()]}

    @property
    def rests_on(self) -> tuple[str, ...]:
        dated = () if self.expires_days is None else ("as_of_date",)
        return tuple(sorted({*self.of.values(), *dated}))

    @property
    def dates_itself(self) -> bool:
        return True

    @property
    def says_sql(self) -> str:
        never = _NEVER[self.kind]
        pick = "least" if self.kind == "first" else "greatest"
        chosen = f"{pick}({', '.join(f'coalesce({c}, {never})' for c in self.of.values())})"
        holds = f"{chosen} <> {never}"
        if self.expires_days is not None:
            holds += f" AND datediff(as_of_date, {chosen}) <= {self.expires_days}"
        branches = " ".join(f"WHEN {column} = {chosen} THEN {quoted(label)}" for label, column in self.of.items())
        return f"CASE WHEN {holds} THEN CASE {branches} END END"

    @model_validator(mode="after")
    def _by_its_own_dates(self) -> Self:
        if self.evidence_on is not None:
            raise ValueError(f"tag {self.code}: a {self.kind} tag expires by its own dates: leave evidence_on out")
        return self


class OutsideTag(DeclaredTag):
    """A tag that is looked up elsewhere than in the feature columns: its value stands in a column of its own."""

    @property
    def own_column(self) -> str:
        return f"tag__{self.code.replace('.', '__')}"

    @property
    def value_sql(self) -> str:
        return self.own_column


class SequenceTag(OutsideTag):
    """Holds where something was done and another thing has not followed within so many days, nor since.

    `first` and `then_not` are conditions on the sums of one of the user's days, as `feature.user_day` has them; the
    order within a day is not known, so the same day counts as followed. It holds from the end of `within_days` on,
    until the other thing is done after all, or until `expires_days` after the first.
    """

    kind: Literal["sequence"]
    first: DayRule
    then_not: DayRule
    within_days: int = Field(ge=1, le=MOST_DAYS)
    expires_days: int = Field(ge=1, le=MOST_DAYS)
    holds: Annotated[tuple[DayExample, ...], Field(min_length=1)]
    holds_not: Annotated[tuple[DayExample, ...], Field(min_length=1)]

    only_holds: ClassVar[bool] = True

    @cached_property
    def began(self) -> Rule:
        return parse_rule(self.first, DAY_COLUMNS)

    @cached_property
    def followed(self) -> Rule:
        return parse_rule(self.then_not, DAY_COLUMNS)

    @property
    def says(self) -> dict[str, Any]:
        return {"first": self.began.sql, "then_not": self.followed.sql, "within_days": self.within_days}

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(sorted({*self.began.columns, *self.followed.columns}))

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.expires_days <= self.within_days:
            raise ValueError(
                f"tag {self.code}: expires_days {self.expires_days} must be more than within_days {self.within_days}: "
                "both count from the first thing"
            )
        return self


class Delivery(Declared):
    """An example of what the hospital's system may deliver; `valid_days` after it was given it is no longer valid."""

    value: str
    given_days_ago: int = Field(ge=0)
    valid_days: int | None = Field(default=None, ge=0)


class ImportTag(OutsideTag):
    """Says what the hospital's own systems say, as the feed `imported_tag` brings it under the name `delivered_as`.

    What was given last counts, until its last valid day, and until `expires_days` after it was given. A value that is
    not among `values` is not taken, and told. What it is about cannot be seen from columns: `data_class` says it.
    """

    kind: Literal["import"]
    delivered_as: str = Field(min_length=1)
    values: tuple[Label, ...] = Field(min_length=1)
    data_class: Literal["basic", "health", "behaviour", "value"]
    holds: Annotated[tuple[Delivery, ...], Field(min_length=1)]
    holds_not: Annotated[tuple[Delivery, ...], Field(min_length=1)]

    @property
    def says(self) -> dict[str, Any]:
        return {"delivered_as": self.delivered_as, "values": list(self.values)}

    @property
    def columns(self) -> tuple[str, ...]:
        return ()

    @cached_property
    def data_classes(self) -> tuple[str, ...]:
        return (self.data_class,)

    @model_validator(mode="after")
    def _as_sensitive_as_its_class(self) -> Self:
        if self.data_class == "health" and not at_least(self.sensitivity, "health"):
            raise ValueError(f"tag {self.code}: sensitivity {self.sensitivity} is below that of its data_class health")
        return self
