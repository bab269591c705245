"""Their units into ours: a mapping says `unit: ms` where the contract's column is in seconds."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

# What Chinese exports write, and money, which no unit library knows.
_DEFINITIONS = (
    "yuan = [money] = 元 = CNY = RMB",
    "角 = 0.1 * yuan = _ = jiao",
    "分 = 0.01 * yuan = _ = fen",
    "厘 = 0.001 * yuan = _ = li",
    "万元 = 10000 * yuan = _ = wan",
    "斤 = 0.5 * kilogram = _ = jin",
    "@alias second = 秒",
    "毫秒 = 0.001 * second",
    "@alias minute = 分钟",
    "@alias hour = 小时",
    "@alias day = 天 = 日",
    "@alias week = 周",
    "@alias month = 月",
    "@alias year = 年 = 岁",
    "公斤 = kilogram = _ = 千克",
    "@alias degree_Celsius = 摄氏度",
    "@alias degree_Fahrenheit = 华氏度",
)
_NAME = re.compile(r"[^\W\d]\w*|%|°[CF]")


class UnknownUnit(ValueError):
    """A unit that is not known, or that measures something else; the message is the end of a sentence."""


@cache
def _registry() -> pint.UnitRegistry[float]:
    # Importing it takes a second, and most mappings state no unit.
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry


def conversion(theirs: str, ours: str) -> tuple[float, float]:
    """Factor and shift that make a value in our unit: value * factor + shift."""
    import pint

    registry, target = _registry(), ours.replace(" ", "_")
    unit = unicodedata.normalize("NFKC", theirs).strip()
    if not _NAME.fullmatch(unit):
        raise UnknownUnit(f"the name of one unit, as ms, min or 元, that becomes {ours}")
    try:
        zero = registry.Quantity(0.0, unit).to(target).magnitude
        one = registry.Quantity(1.0, unit).to(target).magnitude
    except pint.UndefinedUnitError:
        raise UnknownUnit(f"a known unit, as ms, min or 元, that becomes {ours}") from None
    except pint.DimensionalityError:
        raise UnknownUnit(f"a unit that can become {ours}") from None
    # Twelve digits: 1 °F is 5/9 K, not 0.5555555555555571 K.
    return float(f"{one - zero:.12g}"), float(f"{zero:.12g}")
