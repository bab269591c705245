"""What can be said of one column of theirs without knowing what it is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jobs.runtime.sources.proposal.moments import Moments, moments_of
from jobs.runtime.sources.proposal.words import Nulls

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Numbers as people write them for people: 1,234.50 or ¥12 or 35岁.
_ADORNED = re.compile(r"[¥￥$]?\s?[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s?[元岁天次分%]?")
PHONE = re.compile(r"(\+?86[- ]?|0086)?1[3-9]\d{9}")
ID_CARD = re.compile(r"[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_MASKED = re.compile(r"\w{1,6}\*{2,}\w*")
_ID_LIKE = re.compile(r"[\w\-.:@|=+/#]+( \d+)?")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
FEW = 30
NUMBERS_OF_PEOPLE = ("telephone numbers", "identity card numbers")
_LONG_TEXT = 12


@dataclass(frozen=True)
class Profile:
    """`filled` are the values that say something, trimmed, as they wrote them; `nothing` counts the others."""

    name: str
    records: int
    filled: tuple[str, ...]
    nothing: dict[str, int]

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.filled)

    @property
    def rows(self) -> int:
        return len(self.filled)

    @cached_property
    def half(self) -> tuple[str, ...]:
        """The values in half-width figures and signs, as the engine reads numbers and dates."""
        return tuple(v if v.isascii() else unicodedata.normalize("NFKC", v) for v in self.filled)

    @cached_property
    def numbers(self) -> list[float]:
        return [float(v) for v in self.half if NUMBER.fullmatch(v)]

    @cached_property
    def is_adorned(self) -> bool:
        """Numbers, but some with commas, a currency's sign or a unit, which the engine reads as no number."""
        return len(self.numbers) < self.rows and self.share(_ADORNED, also=NUMBER) > 0.95

    @cached_property
    def moments(self) -> Moments | None:
        return moments_of(self.half)

    def share(self, sign: re.Pattern[str], also: re.Pattern[str] | None = None) -> float:
        fitting = sum(1 for v in self.half if sign.fullmatch(v) or (also and also.fullmatch(v)))
        return fitting / self.rows if self.rows else 0.0

    @cached_property
    def different(self) -> float:
        """Share of values that are not a repeat."""
        return len(self.counts) / self.rows if self.rows else 0.0

    @cached_property
    def is_text(self) -> bool:
        """Sentences rather than words or numbers."""
        longer = sum(n for v, n in self.counts.items() if len(v) > _LONG_TEXT and not _ID_LIKE.fullmatch(v))
        cjk = sum(n for v, n in self.counts.items() if len(v) > _LONG_TEXT and not v.isascii())
        return self.rows > 0 and max(longer, cjk) > 0.3 * self.rows and len(self.counts) > 3

    @cached_property
    def is_id_like(self) -> bool:
        whole = all(n == int(n) for n in self.numbers[:200] if abs(n) < 1e300)
        return self.share(_ID_LIKE) > 0.95 and whole and not self.is_text

    @cached_property
    def is_listed(self) -> bool:
        """Few words that come again and again, and nobody's: only these may ever be shown."""
        if not self.rows or len(self.counts) > FEW or len(self.counts) * 2 > self.rows:
            return False
        return not any(len(v) > 20 or re.search(r"\d{5}", v) for v in self.counts) and not self.names_people

    @cached_property
    def names_people(self) -> bool:
        """Two to four Chinese characters that begin like a name in most values."""
        chinese = [v for v in self.counts if re.fullmatch(r"[\u4e00-\u9fff·]{2,4}", v)]
        return len(chinese) * 2 > len(self.counts) and sum(v[0] in _SURNAMES for v in chinese) > 0.6 * len(chinese)

    @property
    def kind(self) -> str:
        """What is in it, in words, without any of it."""
        if not self.rows:
            return "nothing in it"
        tests = (
            (NUMBERS_OF_PEOPLE[0], self.share(PHONE) > 0.8),
            (NUMBERS_OF_PEOPLE[1], self.share(ID_CARD) > 0.8),
            ("masked values", self.share(_MASKED) > 0.5),
            (f"dates or times ({', '.join(self.moments.formats) if self.moments else ''})", self.moments is not None),
            ("whole numbers", len(self.numbers) == self.rows and all(n == int(n) for n in self.numbers)),
            ("numbers", len(self.numbers) > 0.95 * self.rows or self.is_adorned),
            (f"{len(self.counts)} different words", len(self.counts) <= FEW and self.different < 0.5),
            ("free text", self.is_text),
            ("numbers or codes of things", self.is_id_like),
        )
        return next((word for word, holds in tests if holds), "words")


def profile(name: str, values: Sequence[str | None], nulls: Nulls) -> Profile:
    """The column's profile. A doubtful word for nothing counts as one where nearly all else is a number or a date."""
    trimmed = [v.strip(" \t\r\n\u00a0\u3000") if v else "" for v in values]
    said = [v for v in trimmed if v and v not in nulls.sure]
    doubtful = [v for v in said if v in nulls.doubtful]
    if doubtful:
        rest = [v for v in said if v not in nulls.doubtful]
        formed = sum(1 for v in rest if NUMBER.fullmatch(v) or re.search(r"\d{4}[-/年.]\d", v))
        if rest and formed > 0.9 * len(rest):
            said = rest
        else:
            doubtful = []
    nothing = Counter(v for v in trimmed if v in nulls.sure) + Counter(doubtful)
    return Profile(name, len(values), tuple(said), dict(nothing))
