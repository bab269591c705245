"""The kinds of values that tags, audiences and policies are declared with, each checked as it is read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from features.columns import COLUMNS
from features.declaration import Example
from features.rule import kind_of, nearest, parse_rule

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


RuleText = Annotated[str, AfterValidator(_checked_rule)]
AnyColumn = Annotated[str, AfterValidator(_checked_column)]
NumberColumn = Annotated[str, AfterValidator(_checked_number)]
User = Annotated[Example, AfterValidator(_checked_example)]
Label = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
