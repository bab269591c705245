"""One way to write one identifier, so that one thing has one token, and no token for what strangers share.

A wrong number keeps its token: it joins two accounts only if both wrote the same wrong number. What many people write
for nothing (a placeholder, a masked number, one that a spreadsheet cut off) gets none: it would join strangers.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from schemas.feed import Identifier

# What people and programs write where there is nothing; compared in lower case, whatever the kind. Small on purpose:
# an account may have any name, and each hospital's own words belong into `nulls` of its mapping.
PLACEHOLDER_WORDS = (
    *("无", "暂无", "没有", "未知", "不详", "不明", "未填", "未填写", "匿名", "游客", "测试"),
    *("test", "none", "null", "nil", "nan", "n/a", "unknown", "undefined", "anonymous", "guest"),
    # How databases and trackers write nobody; -- and / are how forms do.
    *("0", "-1", "--", "/"),
)
# Numbers that forms and manuals show, and that are typed off them.
_PLACEHOLDER_NUMBERS = frozenset(
    (
        "13800138000",  # a mobile operator's top-up line, in every example of a phone field
        "11010519491231002X",  # the two examples of GB 11643-1999
        "440524188001010014",
    )
)
# What a program reports for a device that will not be told.
_PLACEHOLDER_DEVICES = frozenset(
    (
        "02:00:00:00:00:00",  # the MAC that iOS 7 and Android 6 give to every app
        "9774d56d682e549c",  # the Android id that a whole series of phones shared
    )
)
# Shorter ones are an extension, a service (110, 10086) or a slip, and shared.
_SHORTEST_NUMBER = 7
# Full-width signs lie this far above the plain ones; the full-width space apart from them.
_PLAIN = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: " "}
# Multiplication sign, Greek and Cyrillic capitals that look like the X a card ends with.
_X = str.maketrans("×ΧХ", "XXX")
_MASKED = re.compile(r"[*●•■□]|[xX]{2}|#{2}")
# A spreadsheet's 1.10105E+17 is the same for a whole district.
_SCIENTIFIC = re.compile(r"[0-9][eE]\+?[0-9]{1,2}$")
_UP, _DOWN = "0123456789" * 3, "9876543210" * 3
_MOBILE = r"1[3-9][0-9]{9}"
_ONE_OF_SEVERAL = re.compile(rf"^\+?(?:86)?({_MOBILE})[/,;、|]")
# +86, 0086 or 86 before a mobile, 0 as one dialled it from another town; a landline after them loses its own 0.
_COUNTRY_MOBILE = re.compile(rf"^(?:(?:\+|00)?86)?0?({_MOBILE})$")
_COUNTRY_LANDLINE = re.compile(r"^(?:\+|00)860?([1-9][0-9]{8,14})$")
_OLD_CARD = re.compile(r"^[1-9][0-9]{5}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}$")
_WEIGHTS = tuple(2**i % 11 for i in range(17, 0, -1))
_UUID = re.compile(r"^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")
_HAN_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")


def normalised(kind: Identifier, text: str) -> str | None:
    """The identifier as it is written here, or None where it names nobody.

    Accounts and members, which a row may not lack, are never None: for them the placeholders are words, and those
    are NULL before the required fields are looked at.
    """
    bare = text.strip()
    if kind in ("account", "member"):
        return _half_width(bare) or text
    while bare.lower() not in PLACEHOLDER_WORDS:
        written = _WAYS[kind](bare)
        # What is left once the signs between are gone may be a mask or a placeholder itself: 00000X:X is 00000XX.
        if not written or written == bare:
            return written or None
        bare = written
    return None


def check_digit(first_17: str) -> str:
    """The last sign of a resident identity card (GB 11643-1999, which takes ISO 7064 MOD 11-2)."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(first_17, _WEIGHTS, strict=True)) % 11]


def _half_width(text: str) -> str:
    return text if text.isascii() else text.translate(_PLAIN).strip()


def _phone(text: str) -> str | None:
    plain = _half_width(text)
    if _MASKED.search(plain) or _SCIENTIFIC.search(plain):
        return None
    # A column of numbers with gaps in it comes out of many tools as 13812345678.0.
    bare = re.sub(r"[^0-9+/,;、|]", "", re.sub(r"\.0+$", "", plain))
    several = _ONE_OF_SEVERAL.match(bare)
    bare = several.group(1) if several else re.sub(r"[^0-9+]", "", bare)
    if mobile := _COUNTRY_MOBILE.match(bare):
        number = mobile.group(1)
        # 13800000000, 13812345678: a real beginning and then what the finger finds.
        return None if _is_placeholder(number) or _is_placeholder(number[3:]) else number
    if landline := _COUNTRY_LANDLINE.match(bare):
        bare = "0" + landline.group(1)
    number = bare.replace("+", "")
    return None if len(number) < _SHORTEST_NUMBER or _is_placeholder(number) else number


def _id_card(text: str) -> str | None:
    """Eighteen signs; the fifteen of before 1999 told the year without its century, and had no check digit.

    A wrong check digit is let be. A card whose last three digits are 0 is one that a spreadsheet kept 15 digits of:
    everyone born in the district that day would be one person. One true card in a thousand is lost by that.
    """
    plain = _half_width(text).translate(_X)
    if _MASKED.search(plain) or _SCIENTIFIC.search(plain):
        return None
    card = re.sub(r"[^0-9A-Z]", "", plain.upper())
    if len(card) < _SHORTEST_NUMBER or _is_placeholder(card) or (len(card) == 18 and card.endswith("000")):
        return None
    if _OLD_CARD.match(card):
        longer = card[:6] + "19" + card[6:]
        return longer + check_digit(longer)
    return card


def _is_placeholder(number: str) -> bool:
    """One digit all along, or counted up or down, or one that is known for it."""
    return len(set(number)) == 1 or number in _UP or number in _DOWN or number in _PLACEHOLDER_NUMBERS


def _hospital_card(text: str) -> str | None:
    card = re.sub(r"[^0-9A-Z]", "", _half_width(text).upper())
    return card if card.strip("0") else None


def _wechat(text: str) -> str:
    # openid and unionid are base64url: two that differ in the case of a letter are two people.
    return text


def _device(text: str) -> str | None:
    plain = _half_width(text)
    # iOS writes a UUID in capitals, Android in small letters; RFC 9562 says they are the same.
    plain = plain.lower() if _UUID.match(plain) else plain
    return None if plain.lower() in _PLACEHOLDER_DEVICES or not plain.strip("0-:") else plain


def _name(text: str) -> str | None:
    """Without the space that fills 张　三 up to three signs; the dot of 买买提·吐尔逊 as GB 18030 has it."""
    plain = re.sub(r"[•・‧∙･]", "·", _half_width(text))
    plain = _HAN_GAP.sub("", " ".join(plain.split())).upper()
    # 王* is anybody.
    return None if "*" in plain else plain


def _address(text: str) -> str | None:
    plain = "".join(_half_width(text).split()).upper()
    return None if "*" in plain else plain


_WAYS: dict[Identifier, Callable[[str], str | None]] = {
    "phone": _phone,
    "id_card": _id_card,
    "hospital_card": _hospital_card,
    "openid": _wechat,
    "unionid": _wechat,
    "device": _device,
    "name": _name,
    "address": _address,
}
