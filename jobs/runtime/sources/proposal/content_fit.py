"""How well the content of a column of theirs fits a field of ours; what is said of it quotes no value."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobs.runtime.sources.proposal.code_table import code_table
from jobs.runtime.sources.proposal.profile import FEW, ID_CARD, NUMBER, PHONE, Profile
from schemas.feed import Feed, Field

_ICD10 = re.compile(r"[A-Z]\d{2}(\.?[\dxX]{1,4})?([+*†][A-Z]?\d*(\.\d+)?)?")
_REGION = re.compile(r"[1-9]\d(\d{2}){0,2}")
_VERSION = re.compile(r"[vV]?\d+(\.\d+){1,3}[\w.\-]*")
_OPENID = re.compile(r"o[\w-]{27}")
_UNION_ID = re.compile(r"o[\w-]{27,28}")
_NAME = re.compile(r"[\u4e00-\u9fff]{1,4}(·[\u4e00-\u9fff]+)*|[\u4e00-\u9fff]{1,3}[*＊]+[\u4e00-\u9fff]*")
_ADDRESS = re.compile(r".*[省市区县镇乡村路街道号室栋].*")
_UNIT = re.compile(r"[\w/%°℃µμ.*^\-]{1,12}")
# What a string must look like, for an identifier or a field by name: sign, what it is called, worth without a name.
_SHAPES: dict[str, tuple[re.Pattern[str], str, float]] = {
    "phone": (PHONE, "mainland mobile numbers", 0.6),
    "id_card": (ID_CARD, "identity card numbers of 18 places", 0.6),
    "openid": (_OPENID, "of a WeChat openid's shape", 0.55),
    "unionid": (_UNION_ID, "of a WeChat unionid's shape", 0.0),
    "name": (_NAME, "of a Chinese name's length", 0.0),
    "address": (_ADDRESS, "like addresses", 0.0),
    "icd10_code": (_ICD10, "of an ICD-10 code's shape", 0.6),
    "region_code": (_REGION, "of a region code's shape", 0.0),
    "app_version": (_VERSION, "of a version's shape", 0.0),
    "unit": (_UNIT, "short enough for a unit", 0.0),
}
# Some hospitals write these in a way of their own; then the name alone decides.
_OFTEN_OTHERWISE = ("openid", "unionid", "name", "address", "unit")


@dataclass(frozen=True)
class Fit:
    """`score` from 0 to 1; `alone`: how much it counts when the name says nothing, `nameless`: when there are none."""

    score: float
    told: str
    alone: float = 0.0
    nameless: float = 0.0


def content_fit(feed: Feed, field: Field, column: Profile, known: dict[str, str], factor: float) -> Fit:
    """The fit of one column's content; `known` are words for the field's codes, `factor` what their unit is worth."""
    if not column.rows:
        return Fit(0.4, f"all of the {column.records:,} values are empty")
    if field.codes or field.type == "boolean":
        return _codes(field, column, known)
    if field.type in ("date", "timestamp"):
        return _moment(feed, field, column)
    if field.type != "string":
        return _number(field, column, factor)
    return _string(feed, field, column)


def _of(count: float, column: Profile, what: str) -> str:
    return f"{round(count):,} of {column.rows:,} values are {what}"


def _codes(field: Field, column: Profile, known: dict[str, str]) -> Fit:
    table = code_table(field, column, known)
    share = table.known / column.rows
    what = "words for yes and no" if field.type == "boolean" else "codes of ours or usual words for them"
    if share > 0.5:
        worded = any(not NUMBER.fullmatch(v) for v in table.codes) and field.type != "boolean"
        several = len(set(table.codes.values())) > 1
        return Fit(share, _of(table.known, column, what), 0.6 if worded and several and share > 0.8 else 0.0)
    if column.is_listed and column.moments is None:
        return Fit(0.5, f"{len(column.counts)} different values, {_of(table.known, column, what)}")
    if len(column.counts) <= FEW and not column.is_text and column.moments is None and column.rows < 10 * FEW:
        # Too few records to tell words of a list from words of somebody.
        return Fit(0.4, f"{_of(table.known, column, what)}, and it has too few records to list the others")
    return Fit(0.0, _of(table.known, column, what))


def _moment(feed: Feed, field: Field, column: Profile) -> Fit:
    moments = column.moments
    if moments is None:
        return Fit(0.0, "less than half of the values are dates")
    share = moments.read / column.rows
    if field.type == "timestamp":
        score = share if moments.clock else 0.8 * share
        told = _of(moments.read, column, "dates and times" if moments.clock else "dates without a time")
    else:
        score = 0.8 * share if moments.clock else share
        told = _of(moments.read, column, "dates with a time" if moments.clock else "dates")
    return Fit(score, told, 0.5 if field.name == feed.event_time and share > 0.9 else 0.0)


def _number(field: Field, column: Profile, factor: float) -> Fit:
    if column.is_adorned:
        return Fit(0.8, "the values are numbers with commas, a currency's sign or a unit")
    numbers = [n * factor for n in column.numbers]
    if field.type in ("int", "bigint"):
        numbers = [n for n in numbers if abs(n) < 1e18 and n == int(n)]
    low = -float("inf") if field.min is None else field.min
    high = float("inf") if field.max is None else field.max
    inside = [n for n in numbers if low <= n <= high]
    bounds = (
        "" if field.min is None else f" in {field.min:,.15g}..{field.max:,.15g}" if field.max is not None else " from 0"
    )
    whole = "whole numbers" if field.type in ("int", "bigint") else "numbers"
    told = _of(len(inside), column, whole + bounds)
    if numbers and min(numbers) >= 0 and field.max is not None and max(numbers) == 2 * field.max <= 20:
        told += "; the greatest is twice the bound, as with half stars: scale: 0.5?"
    narrow = field.min is not None and field.max is not None and field.max - field.min <= 10
    if not narrow and field.min is not None and field.min >= 0 and sum(n < 0 for n in numbers) > 0.005 * column.rows:
        told += f"; {sum(n < 0 for n in numbers):,} are below 0, as where goods are given back: abs(…) in `sql`?"
    share = len(numbers) / column.rows
    # Moments that are whole numbers are numbers to no field of ours.
    moment = column.moments is not None
    score = 0.0 if moment else share * (0.4 + 0.6 * len(inside) / max(1, len(numbers)))
    return Fit(score, told, nameless=0.55 if narrow and field.required else 0.0)


def _string(feed: Feed, field: Field, column: Profile) -> Fit:
    shape = _SHAPES.get(field.identifier or field.name)
    if shape:
        share = column.share(shape[0])
        if share < 0.5 and (field.identifier or field.name) in _OFTEN_OTHERWISE and not column.numbers:
            return Fit(0.5, f"only {_of(share * column.rows, column, shape[1])}")
        return Fit(share, _of(share * column.rows, column, shape[1]), shape[2] if share > 0.9 else 0.0)
    different = f"{len(column.counts):,} of {column.rows:,} values are different"
    if column.names_people and not field.scrub and not field.identifier:
        different += "; they look like names of people, which this field keeps as they are"
    if field.scrub:
        return Fit(0.9 if column.is_text else 0.4, "free text" if column.is_text else different)
    if column.is_text:
        return Fit(0.2, "free text")
    if feed.id == (field.name,):
        score = column.different if column.is_id_like else 0.4 * column.different
        return Fit(score, different, nameless=0.5 if column.different == 1 else 0.0)
    if column.moments is not None and not column.moments.is_digits_only:
        return Fit(0.1, "dates or times")
    if field.identifier or field.name.endswith("_id"):
        score = 0.8 if column.is_id_like and len(column.counts) > 1 else 0.5
        whose = score > 0.5 and field.required and field.identifier == "account" and column.different < 1
        return Fit(score, different, nameless=0.6 if whose else 0.0)
    return Fit(0.6, different)
