"""The values of fields that nobody has described: what may tell somebody becomes a mark, whatever it is called.

Stricter than free text, since nothing says what is in them: also long numbers, codes of things and what could be a
name are hidden. The file has the value; a mapping makes a column of it.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from jobs.runtime.intake.free_text import WORTH_A_LOOK, scrub
from jobs.runtime.intake.other_fields import map_of
from jobs.runtime.intake.person_names import COMPOUND_SURNAMES, HAN, SURNAMES

LONGEST = 200
_MOST_REMEMBERED = 200_000
# Names of fields that say whom they tell; the value is hidden whole.
_TELLING = tuple(
    (re.compile(pattern), mark)
    for pattern, mark in (
        (r"phone|mobile|^tel$|tel_?(no|num)|msisdn|手机|电话|联系方式", "[phone]"),
        (r"id_?card|identity|passport|身份证|证件|护照|sfz", "[id_card]"),
        (r"bank|card_?(no|num)|银行|卡号", "[card]"),
        (r"e?mail|邮箱|邮件", "[email]"),
        (r"open_?id|union_?id|wechat|weixin|微信", "[wechat]"),
        (r"addr|street|地址|住址|住所", "[address]"),
        (r"^(lat|lng|lon)(_|$)|latitude|longitude|location|gps|coord|经度|纬度|定位|坐标", "[place]"),
        (r"(^|_)ip(_?addr.*)?$", "[ip]"),
        (r"birth|dob$|生日|出生", "[birth]"),
        (
            r"^(|.*(user|real|true|full|nick|patient|person|contact|member|customer|client|first|last|family|given)_?)name$"
            r"|姓名|名字|昵称|联系人|收件人|^姓$|^xm$",
            "[name]",
        ),
        (r"imei|idfa|oaid|android_?id|mac_?addr|^mac$|device_?(id|no|sn)|serial|设备号|序列号", "[device]"),
        (r"token|passw|secret|cookie|session|密码|口令", "[secret]"),
        (
            r"(user|account|acct|member|patient|customer|client|person|visitor|employee|staff)_?(id|no|num|code)$|^(u|p)id$"
            r"|账号|帐号|用户(编)?号|会员(编)?号|病历号|住院号|门诊号|就诊号|病案号|工号",
            "[id]",
        ),
    )
)
_INSIDE = (
    (re.compile(r"(?<![0-9])[0-9]{1,3}\.[0-9]{4,}\s*[,，;； ]\s*-?[0-9]{1,3}\.[0-9]{4,}"), "[place]"),
    (re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])"), "[ip]"),
    (re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])"), "[device]"),
    # A word of letters and digits that is long, or begins with few letters and goes on as a number.
    (re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{16,}(?![A-Za-z0-9])"), "[id]"),
    (re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,6}[-_]?[0-9]{5,}(?![A-Za-z0-9])"), "[id]"),
    (re.compile(r"[0-9０-９]{7,}"), "[number]"),
    (re.compile(r"(?<![0-9:.-])[0-9]{2,4}(?:[ -][0-9]{2,5}){2,}(?![0-9:.-])"), "[number]"),
)
# For RE2, over whole columns: true of every value that `hidden` changes.
DOUBTFUL = "|".join(
    (
        WORTH_A_LOOK,
        "[0-9０-９]{5}",
        "[A-Za-z0-9_-]{16}",
        rf"^\s*[{HAN}·•・]{{2,21}}\s*$",
        r"[0-9]{1,3}\.[0-9]{4}",
        r"(?:[0-9]{1,3}\.){3}",
        "(?:[0-9A-Fa-f]{2}[:-]){5}",
        "[0-9]{2}[ -][0-9]{2}",
        rf"^(?s:[\[{{].*[{HAN}])",
    )
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?")
_NAME = re.compile(
    rf"(?:{'|'.join(COMPOUND_SURNAMES)}|[{SURNAMES}])[{HAN}]{{1,3}}|[{HAN}]{{1,10}}[·•・][{HAN}·•・]{{1,10}}"
)


def hidden_values(column: pa.MapArray, known: dict[str, str]) -> pa.Array:
    """The same fields with nothing in them that tells somebody; `known` remembers the values of batches before."""
    if column.null_count == len(column):
        return column
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    offsets = column.offsets.to_numpy()
    first, last = int(offsets[0]), int(offsets[-1])
    names = column.keys.slice(first, last - first)
    values = column.items.slice(first, last - first)
    nothing = pc.is_null(column).to_numpy(zero_copy_only=False)
    return map_of(offsets - first, nothing, names, _hidden(names, values, known))


def _hidden(names: pa.Array, values: pa.Array, known: dict[str, str]) -> pa.Array:
    coded = pc.dictionary_encode(names)
    marks = pa.array([telling(n) for n in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
    doubtful = pc.fill_null(pc.and_(pc.is_null(marks), pc.match_substring_regex(values, DOUBTFUL)), False)
    if pc.any(doubtful).as_py():
        texts = pc.dictionary_encode(values.filter(doubtful))
        plain = [known.get(v) or known.setdefault(v, hidden(v)) for v in texts.dictionary.to_pylist()]
        values = pc.replace_with_mask(values, doubtful, pa.array(plain, pa.string()).take(texts.indices))
    return pc.coalesce(marks, pc.utf8_slice_codeunits(values, 0, LONGEST))


def telling(name: str) -> str | None:
    """The mark for whatever stands in a field of this name; None where the name says nothing."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rsplit(".", 1)[-1]).lower()
    return next((mark for pattern, mark in _TELLING if pattern.search(plain)), None)


def hidden(value: str) -> str:
    """One value with marks for what may tell somebody; what has been through it stays as it is."""
    text = scrub(value)
    if text.startswith(("[", "{")):
        # A list of something: each of its texts by itself.
        text = _QUOTED.sub(lambda text: f'"{hidden(text[1])}"', text)
    if _NAME.fullmatch(text.strip()):
        return "[name]"
    if not _DAY.fullmatch(text):
        for pattern, mark in _INSIDE:
            text = pattern.sub(mark, text)
    return text[:LONGEST]
