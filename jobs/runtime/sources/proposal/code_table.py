"""Their words for a code of ours, as a mapping's `codes`."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.runtime.intake.typed import FALSE, TRUE
from jobs.runtime.sources.proposal.profile import Profile
from jobs.runtime.sources.proposal.words import plain
from schemas.feed import Field


@dataclass(frozen=True)
class CodeTable:
    """`codes` for every known value of theirs; `loose`: known by a part only; `unknown` may be shown, or is empty.

    `known` counts the values that have a code, `strange` the different ones that have none.
    """

    codes: dict[str, str]
    loose: tuple[str, ...]
    unknown: tuple[str, ...]
    known: int
    strange: int

    def is_needed(self, field: Field) -> bool:
        """Whether the values are not ours already."""
        if field.type == "boolean":
            return any(v.lower() not in (*TRUE, *FALSE) for v in self.codes)
        return any(v != code for v, code in self.codes.items())


def code_table(field: Field, column: Profile, known: dict[str, str]) -> CodeTable:
    """The table for one column, its most frequent values first."""
    codes: dict[str, str] = {}
    loose: list[str] = []
    strange: list[str] = []
    for value, _ in column.counts.most_common():
        code = known.get(plain(value))
        if code is None and field.name == "department":
            code = _by_part(value, known)
            loose += [value] if code else []
        if code is None:
            strange.append(value)
        else:
            codes[value] = code
    # Values that make no list of words may be somebody's: of those only words known beforehand are written down.
    if not column.is_listed:
        codes = {v: c for v, c in codes.items() if v not in loose}
        strange = []
    total = sum(n for v, n in column.counts.items() if v in codes)
    return CodeTable(
        codes, tuple(v for v in loose if v in codes), tuple(strange), total, len(column.counts) - len(codes)
    )


def _by_part(value: str, known: dict[str, str]) -> str | None:
    """By the longest word inside of it, the last if several: 某某医院心内科门诊 is 心内科."""
    whole = plain(value)
    inside = [w for w in known if len(w) > 1 and not w.isascii() and w in whole]
    return known[max(inside, key=lambda w: (len(w), whole.rfind(w)))] if inside and len(whole) <= 30 else None
