"""Free text without what tells who somebody is: numbers, addresses, names become marks like [phone].

What a doctor or an analyst needs stays: doses, readings, prices, dates, order numbers, doctors' names, towns. Patterns
only: a name or an address without any word that leads to it is not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby, pairwise

from jobs.runtime.intake.mark import Mark
from jobs.runtime.intake.person_names import NAMES, SPACE
from jobs.runtime.intake.written_address import ADDRESSES

_D = "[0-9０-９]"
_BEFORE, _AFTER = f"(?<!{_D})", f"(?!{_D})"
_GAP_SIGNS = r" \-－—–.·　)）_/*"
_GAP = f"[{_GAP_SIGNS}]{{1,2}}"
_HAN_DIGITS = "零〇一二三四五六七八九幺"
# How the eleven digits of a mobile are written apart. Not as 138 85 72 36 98: that is a pressure, a pulse, a
# temperature and a saturation.
_GROUPS = ((11,), (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (4, 4, 3), (3, 3, 5), (5, 6), (6, 5))
_ELEVEN = rf"(?:{_D}[{_GAP_SIGNS}]{{0,2}}){{11}}"
# A number right after one of these is a thing's.
_OF_A_THING = re.compile(r"(?:单号|流水号|快递号|批号|货号|批准文号|国药准字)[是为:：#\s]{0,3}[A-Za-z]{0,4}$")
_NAMED_BEFORE = 14


def _wide(pattern: str) -> str:
    """The pattern with full-width digits as good as plain ones; repetitions are let be."""

    def both(match: re.Match[str]) -> str:
        found = match.group()
        if found[0] == "{":
            return found
        wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in found.strip("[]"))
        return f"[{found.strip('[]')}{wide}]"

    return re.sub(r"\{[0-9,]+\}|\[[0-9-]+\]|[0-9]", both, pattern)


def _mobile() -> str:
    digits = [_wide("1"), _wide("[3-9]"), *[_D] * 9]
    ways = []
    for sizes in _GROUPS:
        ends = [sum(sizes[:i]) for i in range(len(sizes) + 1)]
        ways.append(_GAP.join("".join(digits[a:b]) for a, b in pairwise(ends)))
    # Each digit by itself; with a point between they would be readings.
    ways.append("[ \\-－　]".join(digits))
    country = rf"(?:[(（]?(?:[+＋]|{_wide('00')})?{_wide('86')}[{_GAP_SIGNS}]{{0,2}}|{_wide('0')})?"
    return f"{_BEFORE}{country}(?:{'|'.join(ways)}){_AFTER}"


def _landline() -> str:
    """Area code and a number that begins with 2 to 8 (numbering plan of 2017); 400 and 800 are companies'."""
    gap = f"[{_GAP_SIGNS}]{{0,2}}"
    area_8 = _wide("0(?:10|2[0-9])") + gap + _wide("[2-8][0-9]{3}") + gap + _wide("[0-9]{4}")
    area_7 = _wide("0[3-9][0-9]{2}") + gap + _wide("[2-8][0-9]{2,3}") + gap + _wide("[0-9]{4}")
    return rf"{_BEFORE}(?:{area_8}|{area_7})(?:(?:转|[-－]|{SPACE}分机|{SPACE}ext\.?){SPACE}{_D}{{1,6}})?{_AFTER}"


def _id_card(year: str, end: str) -> str:
    """Province, district, date of birth, order; GB 11643. Right or wrong check digit: a slip still tells who."""
    gap = r"[ \-－　—]?"

    def apart(*signs: str) -> str:
        return gap.join(_wide(s) for s in signs)

    provinces = (("1", "[1-5]"), ("2", "[1-3]"), ("3", "[1-7]"), ("4", "[1-6]"), ("5", "[0-4]"), ("6", "[1-5]"))
    province = "|".join(apart(*p) for p in (*provinces, ("7", "1"), ("8", "[1-3]")))
    month = f"{apart('0', '[1-9]')}|{apart('1', '[0-2]')}"
    day = f"{apart('0', '[1-9]')}|{apart('[12]', '[0-9]')}|{apart('3', '[01]')}"
    district = apart(*["[0-9]"] * 4)
    parts = (f"(?:{province})", district, year, f"(?:{month})", f"(?:{day})", end)
    return _BEFORE + gap.join(parts) + _AFTER


def _unless_a_things(mark: str) -> Callable[[re.Match[str]], str]:
    def left(match: re.Match[str]) -> str:
        before = match.string[max(0, match.start() - _NAMED_BEFORE) : match.start()]
        return match.group() if _OF_A_THING.search(before) else mark

    return left


def _bank_card(match: re.Match[str]) -> str:
    whole, four = match.group(), match.group("four")
    for card in (whole, four):
        if card and _luhn(card):
            return _unless_a_things("[bank_card]")(match) + whole[len(card) :]
    return whole


def _luhn(card: str) -> bool:
    """Whether the check digit of a card is right (ISO/IEC 7812-1, annex B); of other numbers one in ten is."""
    digits = [int(c) for c in reversed(card) if c.isdigit()]
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


_YEAR = r"[ \-－　—]?".join
_CENTURY = "(?:" + "|".join(_YEAR([_wide(a), _wide(b)]) for a, b in (("1", "[89]"), ("2", "0"))) + ")"
_SIGN = r"[ \-－　—]?"
_ID_18 = _id_card(f"{_CENTURY}{_SIGN}{_D}{_SIGN}{_D}", _SIGN.join([_D, _D, _D, "[0-9０-９XxＸｘ×Χχ]"]))
_ID_15 = _id_card(f"{_D}{_SIGN}{_D}", _SIGN.join([_D] * 3))
_BANK = (
    rf"{_BEFORE}(?=(?:{_wide('6|4|5[1-5]|3[5-7]|9558')}))"
    rf"(?:{_D}{{16,19}}|(?P<four>{_D}{{4}}(?:[ \-－　]{_D}{{4}}){{3}})(?:[ \-－　]{_D}{{1,3}})?"
    rf"|{_D}{{6}}[ \-－　]{_D}{{10,13}}){_AFTER}"
)
_CALL = "座机|固话|电话|致电|拨打|tel|Tel|TEL"
_LOCAL = (
    rf"(?P<cue>(?:{_CALL})(?:号码|号)?[是为]?{SPACE}[:：.]?{SPACE})"
    rf"{_wide('[2-8][0-9]{2,3}')}[ \-－]?{_D}{{4}}{_AFTER}"
)
_WX = rf"(?:微{SPACE}信|加微(?!信)|微我|威信|薇信|[vV]{SPACE}信|(?<![A-Za-z0-9])(?ai:vx|wx|wechat|weixin))"
_WX_LABEL = "(?:号码|号|账号|帐号|(?ai:id))"
_WX_ID = r"[A-Za-z][A-Za-z0-9_-]{5,19}(?![A-Za-z0-9_-])"
_WX_HINT = r"(?:信|微|[vV]|(?i:wx|wechat|weixin))[\s\S]{0,8}[A-Za-z0-9０-９_-]{5}"
# Letters alone after the word may be a phone's make; with a colon, a 号 or an 加 before they are somebody.
_WECHAT = (
    rf"(?P<cue>{_WX}(?:{_WX_LABEL}{SPACE}[:：是为]{{0,2}}|{SPACE}[:：是为]{{1,2}}){SPACE}){_WX_ID}",
    rf"(?P<cue>[加➕+](?:我|下|一下|个)?{SPACE}(?:{_WX}|[vV](?![A-Za-z])){SPACE}[:：]?{SPACE}){_WX_ID}",
    rf"(?P<cue>{_WX}{SPACE})(?=[A-Za-z_-]{{0,19}}[0-9_]){_WX_ID}",
    rf"(?P<cue>{_WX}{_WX_LABEL}?{SPACE}[:：是为]{{0,2}}{SPACE}){_D}{{6,11}}(?![0-9０-９元块.])",
    r"(?P<cue>)(?<![A-Za-z0-9_])wxid_[A-Za-z0-9]{6,30}",
)
_QQ = (
    rf"(?P<cue>(?<![A-Za-z0-9])(?:(?ai:qq)|扣扣|企鹅)(?:号码|号|群)?{SPACE}[:：是为]{{0,2}}{SPACE})"
    rf"{_wide('[1-9][0-9]{4,10}')}{_AFTER}"
)
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}\.[A-Za-z]{2,24}"
_HAN_MOBILE = f"(?<![{_HAN_DIGITS}])[一幺][三四五六七八九](?:[ \\-]?[{_HAN_DIGITS}]){{9}}(?![{_HAN_DIGITS}])"

# Longer numbers first: a phone is found in neither a card nor an ID number.
MARKS = (
    Mark(re.compile(_EMAIL), "[email]", "[@＠]"),
    Mark(re.compile(_ID_18), _unless_a_things("[id_card]"), _ELEVEN),
    Mark(re.compile(_BANK), _bank_card, _ELEVEN),
    Mark(re.compile(_ID_15), _unless_a_things("[id_card]"), _ELEVEN),
    Mark(re.compile(_mobile()), _unless_a_things("[phone]"), _ELEVEN),
    Mark(re.compile(_landline()), _unless_a_things("[phone]"), _ELEVEN),
    Mark(re.compile(_HAN_MOBILE), "[phone]", f"(?:[{_HAN_DIGITS}][ \\-]?){{11}}"),
    Mark(re.compile(_LOCAL), r"\g<cue>[phone]", rf"(?:{_CALL})[^0-9０-９]{{0,6}}[2-8２-８]"),
    *[Mark(re.compile(pattern), r"\g<cue>[wechat]", _WX_HINT) for pattern in _WECHAT],
    Mark(re.compile(_QQ), r"\g<cue>[qq]", rf"(?:(?i:qq)|扣扣|企鹅)[^0-9０-９]{{0,7}}{_D}{{5}}"),
    *ADDRESSES,
    *NAMES,
)
# For RE2, over whole columns: true of every text that scrub changes, and of few others.
WORTH_A_LOOK = "|".join(dict.fromkeys(f"(?:{mark.hint})" for mark in MARKS))
_BY_HINT = tuple((re.compile(hint), tuple(marks)) for hint, marks in groupby(MARKS, lambda mark: mark.hint))


def scrub(text: str) -> str:
    """The text with marks where somebody could be told from it; what has been through it stays as it is."""
    while True:
        left = text
        for hint, marks in _BY_HINT:
            if hint.search(left):
                for mark in marks:
                    left = mark.pattern.sub(mark.left, left)
        # A mark may part what stood together so that the next thing shows; each round leaves less to find.
        if left == text:
            return left
        text = left
