"""The kinds of values that tags, audiences and policies are declared with, each checked as it is read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from features.columns import COLUMNS, DAY_COLUMNS
from features.declaration import Example, Scalar
from features.rule import kind_of, nearest, parse_rule
from schemas.table import Column
from schemas.vocabulary import LEGAL_BASES

Purpose = Literal["care", "research", "marketing", "sharing"]
ChannelName = Literal["push", "sms", "phone", "wechat", "email"]


def _checked_rule(text: str) -> str:
    parse_rule(text, COLUMNS)
    return text


def _checked_column(name: str) -> str:
    if name not in COLUMNS:
        raise ValueError(f"unknown column {name!r}{nearest(name, COLUMNS)}")
    return name


def _checked_number(name: str) -> str:
    if (found := kind_of(COLUMNS[_checked_column(name)])) != "number":
        raise ValueError(f"column {name} holds {found}, expected number")
    return name


def _checked_example(example: Example) -> Example:
    for name in example:
        _checked_column(name)
    return example


def _checked_date(name: str) -> str:
    if (found := COLUMNS[_checked_column(name)].type) != "date":
        raise ValueError(f"column {name} is {found}, expected date")
    return name


def _checked_date_or_days(name: str) -> str:
    if not is_days_since(COLUMNS[_checked_column(name)]):
        _checked_date(name)
    return name


def is_days_since(column: Column) -> bool:
    """Whether it counts the days since something, which says as much as a date."""
    return column.name.startswith("days_since_") and kind_of(column) == "number"


def _checked_day_rule(text: str) -> str:
    parse_rule(text, DAY_COLUMNS)
    return text


def _checked_day(day: dict[str, Scalar]) -> dict[str, Scalar]:
    ago = day.get("days_ago")
    if not isinstance(ago, int) or isinstance(ago, bool) or ago < 0:
        raise ValueError(f"an example's day says how many days_ago it was, as a whole number; found {ago!r}")
    for name in day:
        if name != "days_ago" and name not in DAY_COLUMNS:
            raise ValueError(f"unknown column {name!r} of feature.user_day{nearest(name, DAY_COLUMNS)}")
    return day


def _checked_basis(name: str) -> str:
    if name not in LEGAL_BASES:
        raise ValueError(
            f"unknown legal basis {name!r}; there are {', '.join(LEGAL_BASES)}{nearest(name, LEGAL_BASES)}"
        )
    return name


# What an editor completes is in `columns`: jobs.runtime.tag_schema puts the names there are in its place.
RuleText = Annotated[str, AfterValidator(_checked_rule)]
AnyColumn = Annotated[str, AfterValidator(_checked_column), WithJsonSchema({"columns": "any"})]
NumberColumn = Annotated[str, AfterValidator(_checked_number), WithJsonSchema({"columns": "number"})]
DateColumn = Annotated[str, AfterValidator(_checked_date), WithJsonSchema({"columns": "date"})]
DateOrDaysSince = Annotated[str, AfterValidator(_checked_date_or_days), WithJsonSchema({"columns": "date_or_days"})]
User = Annotated[Example, AfterValidator(_checked_example), WithJsonSchema({"columns": "user"})]
DayRule = Annotated[str, AfterValidator(_checked_day_rule)]
DayExample = Annotated[dict[str, Scalar], AfterValidator(_checked_day), WithJsonSchema({"columns": "day"})]
Label = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
Owner = Annotated[str, Field(min_length=1)]
LegalBasis = Annotated[str, AfterValidator(_checked_basis), WithJsonSchema({"enum": list(LEGAL_BASES)})]
