"""Numbers that are found anew from data: how each is declared beside itself, and which value is chosen.

A number that is medicine, or that somebody was promised, has no such declaration, and columns about health take none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from features.columns import COLUMNS, at_least
from features.declaration import Declared
from features.declared_fields import Label, NumberColumn, RuleText
from features.rule import parse_rule

# What a number of this size is called in words, for tags that say their own threshold.
_EN = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ZH = ("", "", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_TENTHS = ("one", *_EN[2:10])


class Reach(Declared):
    """How far a number may go: never out of `between`, each time by `largest_step` at most, rounded to `rounded_to`."""

    between: tuple[float, float]
    largest_step: float = Field(gt=0)
    rounded_to: float = Field(gt=0)
    least_users: int = Field(default=200, ge=50)

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        low, high = self.between
        if not low < high:
            raise ValueError(f"between: expected the lower bound before the higher one, found {list(self.between)}")
        if self.largest_step < self.rounded_to:
            raise ValueError(f"largest_step {self.largest_step:g} is less than rounded_to {self.rounded_to:g}")
        return self

    def candidates(self, now: float) -> tuple[float, ...]:
        """The values that may be proposed, `now` among them; decimal, as 0.1 + 0.2 is no 0.3 in floats."""
        step, at = Decimal(str(self.rounded_to)), Decimal(str(now))
        far = Decimal(str(self.largest_step))
        low, high = (Decimal(str(b)) for b in self.between)
        first, last = max(low, at - far), min(high, at + far)
        found = {float(n * step) for n in range(int(-(-first // step)), int(last // step) + 1)}
        return tuple(sorted({c for c in found if first <= Decimal(str(c)) <= last} | {now}))


class Threshold(Reach):
    """A number that the rule compares a column with, measured on the users `among` whom it says something.

    Either it becomes the `quantile` of the column, or it is set so that the part `held_by` of them holds the tag.
    """

    among: RuleText
    quantile: float | None = Field(default=None, gt=0, lt=1)
    held_by: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.quantile is None) == (self.held_by is None):
            raise ValueError("a threshold is calibrated by either `quantile` or `held_by`")
        return self


class Concentration(Reach):
    """A percentile, or a share of users: as few users as have the part `holds` of the whole sum."""

    holds: float = Field(gt=0, lt=1)


class HalfLife(Reach):
    """A half-life: the days after which half of those had come back who lost the tag and came back at all.

    Counted are losses that are `within_days` ago or longer, so that each had the same time to come back.
    """

    within_days: int = Field(ge=14, le=730)


Thresholds = Annotated[dict[NumberColumn, Threshold], Field(min_length=1)]
Percentiles = Annotated[dict[Label, Concentration], Field(min_length=1)]


class Calibrate(Declared):
    """Which of a tag's numbers are calibrated: `thresholds` by column, `percentiles` by label, the half-life."""

    thresholds: Thresholds | None = None
    percentiles: Percentiles | None = None
    half_life: HalfLife | None = None

    @model_validator(mode="after")
    def _something_that_may(self) -> Self:
        if not (self.thresholds or self.percentiles or self.half_life):
            raise ValueError("calibrate: expected thresholds, percentiles or half_life")
        for column, said in (self.thresholds or {}).items():
            for name in {column, *parse_rule(said.among, COLUMNS).columns}:
                if at_least(COLUMNS[name].sensitivity, "health"):
                    raise ValueError(f"calibrate: {name} is about health: medicine says such a number, not a quantile")
        return self

    def ways(self) -> dict[str, Reach]:
        """How each number is calibrated, by the key that names it within the tag."""
        found: dict[str, Reach] = {f"rule.{c}": t for c, t in (self.thresholds or {}).items()}
        found |= {f"percentiles.{label}": p for label, p in (self.percentiles or {}).items()}
        return found | ({"half_life_days": self.half_life} if self.half_life else {})


def chosen(measured: Mapping[float, float], target: float, now: float) -> float:
    """Of the candidates the one whose measure is nearest to the target; of equals that nearest to the present one."""
    return min(measured, key=lambda c: (abs(measured[c] - target), abs(c - now), c))


def place_in_rule(rule: str, column: str) -> tuple[int, int]:
    """From where to where the one number stands that the rule compares the bare column with; ValueError without one."""
    compared = re.finditer(rf"(?<![\w.]){column}\s*(?:>=|<=|>|<)\s*(\d+(?:\.\d+)?)(?![\w.])(?!\s*[*/+-])", rule)
    found = [m for m in compared if not rule[: m.start()].rstrip().endswith(("*", "/", "+", "-"))]
    if len(found) != 1:
        raise ValueError(f"calibrate: the rule must compare {column} with a number once, found {len(found)}")
    return found[0].span(1)


def as_text(number: float) -> str:
    """A number as people write it into YAML and SQL: 8, 0.55."""
    return f"{number:.10g}"


def says_itself(number: float, *texts: str) -> bool:
    """Whether words for people name the number, so that another one would make them untrue."""
    said = " ".join(texts).lower()
    words = {as_text(number), f"{number:,.10g}"}
    if number in range(2, len(_EN)):
        words |= {_EN[int(number)], _ZH[int(number)]}
    if 0 < number < 1:
        tenths = round(number * 10)
        words |= {f"{number * 100:g}%", f"{number * 100:g} %"} | ({"half", "一半", "半数"} if number == 0.5 else set())
        if abs(number * 10 - tenths) < 1e-9:
            words |= {
                f"{'一' if tenths == 1 else '二' if tenths == 2 else _ZH[tenths]}成",
                f"{_TENTHS[tenths - 1]} tenth",
            }
            words |= {f"{_TENTHS[tenths - 1]} of ten"}
    return any(_stands(word, said) for word in words)


def _stands(word: str, said: str) -> bool:
    """The word, not as part of a longer number."""
    at = said.find(word)
    while at >= 0:
        before, after = said[at - 1 : at], said[at + len(word) : at + len(word) + 1]
        if not (word[0].isdigit() and before.isdigit()) and not (word[-1].isdigit() and after.isdigit()):
            return True
        at = said.find(word, at + 1)
    return False
