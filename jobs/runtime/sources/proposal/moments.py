"""How a column writes dates and times, in the patterns that a mapping's `format` takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

_DATES = {
    "yyyy/M/d": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
    "M/d/yyyy": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
    "d/M/yyyy": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    "d.M.yyyy": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
    "M-d-yyyy": r"(?P<m>\d{1,2})-(?P<d>\d{1,2})-(?P<y>\d{4})",
    "d-M-yyyy": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
    "yyyy.M.d": r"(?P<y>\d{4})\.(?P<m>\d{1,2})\.(?P<d>\d{1,2})",
    "yyyy年M月d日": r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日",
}
_TIMES = {
    "": "",
    " H:mm": r" (?P<H>\d{1,2}):\d{2}",
    " H:mm:ss": r" (?P<H>\d{1,2}):\d{2}:\d{2}",
    " H:mm:ss.SSS": r" (?P<H>\d{1,2}):\d{2}:\d{2}\.\d{3}",
    " h:mm a": r" (?P<H>\d{1,2}):\d{2} [AaPp][Mm]",
    " h:mm:ss a": r" (?P<H>\d{1,2}):\d{2}:\d{2} [AaPp][Mm]",
    "H:mm": r"(?P<H>\d{1,2}):\d{2}",
    "H:mm:ss": r"(?P<H>\d{1,2}):\d{2}:\d{2}",
    " H时mm分": r" (?P<H>\d{1,2})时\d{2}分",
    " H时mm分ss秒": r" (?P<H>\d{1,2})时\d{2}分\d{2}秒",
    "H时mm分": r"(?P<H>\d{1,2})时\d{2}分",
    "H时mm分ss秒": r"(?P<H>\d{1,2})时\d{2}分\d{2}秒",
}
_ISO = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"(?P<time>[ T](?P<H>\d{1,2}):\d{2}(:\d{2}([.]\d{1,9})?)?)?( ?(?P<offset>Z|[+-]\d{2}:?\d{2}))?"
)
_WHOLE = {
    "yyyyMMdd": r"(?P<y>(19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
    "yyyyMMddHHmm": r"(?P<y>(19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?P<H>\d{2})[0-5]\d",
    "yyyyMMddHHmmss": r"(?P<y>(19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?P<H>\d{2})[0-5]\d[0-5]\d",
}
# A Chinese date needs no blank before its time, others do.
_PATTERNS = {
    **{
        date_ + time: re.compile(date_sign + time_sign)
        for date_, date_sign in _DATES.items()
        for time, time_sign in _TIMES.items()
        if not time or time.startswith(" ") or "年" in date_
    },
    **{name: re.compile(sign) for name, sign in _WHOLE.items()},
}
# 2000-01-01 and 2100-01-01: other whole numbers of as many digits are numbers.
_SECONDS = (946_684_800, 4_102_444_800)
_LEAST_SHARE = 0.02
_SIGNS = re.compile(r"\d{2}[/.\-年:]|[/.\-年]\d|^\d{8,14}$")


@dataclass(frozen=True)
class Moments:
    """`formats` together read `read` of the values; `clock`: they say the time of day, `offset`: the zone too.

    `ambiguous`: day and month could change places in every value.
    """

    formats: tuple[str, ...]
    read: int
    clock: bool
    offset: bool = False
    ambiguous: bool = False

    @property
    def is_digits_only(self) -> bool:
        """Numbers of things may look so by chance."""
        return all(f in _WHOLE or f.startswith("epoch") for f in self.formats)


def moments_of(values: Sequence[str]) -> Moments | None:
    """The formats that read most of a column; None where less than half are dates."""
    if sum(1 for v in values if _SIGNS.search(v)) * 2 < len(values) or not values:
        return None
    left, chosen, read, clock, offset, ambiguous = list(values), [], 0, False, False, False
    while left:
        name, rest = _best(left)
        taken = len(left) - len(rest)
        if taken == 0 or taken < _LEAST_SHARE * len(values):
            break
        fitting = [v for v in left if _reads(name, v)]
        chosen.append(_figures(name, fitting))
        clock = clock or name.startswith("epoch") or any(_has_clock(name, v) for v in fitting[:50])
        offset = offset or (name == "iso" and any((m := _ISO.fullmatch(v)) and m["offset"] for v in fitting[:50]))
        ambiguous = ambiguous or (name[:4] in ("M/d/", "M-d-") and _swapped_reads(name, fitting))
        read += taken
        left = rest
    return Moments(tuple(chosen), read, clock, offset, ambiguous) if read * 2 >= len(values) else None


def _best(values: list[str]) -> tuple[str, list[str]]:
    """The format that reads most; of forty values first, since there are a hundred formats."""
    few = values[:: max(1, len(values) // 40)]
    names = ["iso", "epoch_s", "epoch_ms", *_PATTERNS]
    counts = {n: sum(1 for v in few if _reads(n, v)) for n in names}
    # Several may read the few alike (day and month): then all the values decide.
    most = max(counts.values())
    close = [n for n in names if counts[n] == most]
    best = max(close, key=lambda n: sum(1 for v in values if _reads(n, v))) if len(close) > 1 and most else close[0]
    best = best if most else names[0]
    return best, [v for v in values if not _reads(best, v)]


def _reads(name: str, value: str) -> bool:
    if name in ("epoch_s", "epoch_ms"):
        low, high = (n * (1000 if name == "epoch_ms" else 1) for n in _SECONDS)
        return value.isascii() and value.isdigit() and len(value) <= 13 and low <= int(value) < high
    match = (_ISO if name == "iso" else _PATTERNS[name]).fullmatch(value)
    return match is not None and _is_day(match)


def _is_day(match: re.Match[str]) -> bool:
    try:
        date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return False
    hour = match.groupdict().get("H")
    return hour is None or int(hour) < 24


def _has_clock(name: str, value: str) -> bool:
    match = (_ISO if name == "iso" else _PATTERNS[name]).fullmatch(value)
    return match is not None and match.groupdict().get("H") is not None


def _swapped_reads(name: str, values: Iterable[str]) -> bool:
    swapped = name.replace("M/d/", "d/M/").replace("M-d-", "d-M-")
    return all(_reads(swapped, v) for v in values)


def _figures(name: str, values: Sequence[str]) -> str:
    """The pattern with two letters where values are filled up with zeros; one letter reads one figure or two."""
    if name not in _PATTERNS or name in _WHOLE:
        return name
    matches = [m.groupdict() for v in values if (m := _PATTERNS[name].fullmatch(v))]
    parts = [m[g] for m in matches for g in ("m", "d", "H") if m.get(g) is not None]
    if any(len(p) != 2 for p in parts) or not any(p.startswith("0") for p in parts):
        return name
    return re.sub(r"(?<![A-Za-z])[MdHh](?![A-Za-z])", lambda m: m.group() * 2, name)
