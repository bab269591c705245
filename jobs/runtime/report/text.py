"""Texts in both languages, and how the report writes numbers; nothing here knows a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
# A group smaller than this is never told apart.
SMALLEST_GROUP = 5
_MINUS = "−"


@dataclass(frozen=True)
class Text:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def say(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def __add__(self, other: Text) -> Text:
        return Text(self.zh + other.zh, self.en + other.en)

    @property
    def is_empty(self) -> bool:
        return not self.zh and not self.en


NOTHING = Text("", "")
NO_FIGURE = Text("—", "—")


def language_of(stated: str) -> Language:
    """What somebody typed for --language."""
    for language in LANGUAGES:
        if stated == language:
            return language
    raise ValueError(f"--language {stated}: there are {' and '.join(LANGUAGES)}")


def same(text: str) -> Text:
    """Words that need no translation."""
    return Text(text, text)


def both(say: Callable[[Language], str]) -> Text:
    return Text(say("zh"), say("en"))


def joined(texts: list[Text], zh: str = "，", en: str = ", ") -> Text:
    return Text(zh.join(t.zh for t in texts), en.join(t.en for t in texts))


def number(value: float | None, digits: int = 0) -> str:
    """`1,234`; a dash for what is not known."""
    return "—" if value is None else f"{value:,.{digits}f}".replace("-", _MINUS)


def percent(share: float | None, digits: int = 1) -> str:
    return "—" if share is None else f"{100 * share:.{digits}f}%".replace("-", _MINUS)


def people(count: float | None) -> str:
    """A number of persons; one to four persons are never told apart."""
    return f"<{SMALLEST_GROUP}" if is_small(count) else number(count)


def is_small(count: float | None) -> bool:
    return count is not None and 0 < count < SMALLEST_GROUP


def yuan(value: float | None, digits: int = 0) -> str:
    return "—" if value is None else f"¥{number(value, digits)}".replace(f"¥{_MINUS}", f"{_MINUS}¥")


def duration(seconds: float | None) -> Text:
    """Seconds below two minutes, then minutes, then hours."""
    if seconds is None:
        return NO_FIGURE
    if seconds < 120:
        return Text(f"{seconds:.0f} 秒", f"{seconds:.0f} s")
    if seconds < 7200:
        return Text(f"{seconds / 60:.1f} 分钟", f"{seconds / 60:.1f} min")
    return Text(f"{seconds / 3600:.1f} 小时", f"{seconds / 3600:.1f} h")


def signed(value: float, digits: int = 1, unit: str = "") -> str:
    """`+1.2%`, `−0.3`; a change that rounds to nothing is `±0`."""
    if abs(value) < 0.5 * 10**-digits:
        return f"±0{unit}"
    return f"{'+' if value > 0 else _MINUS}{abs(value):,.{digits}f}{unit}"


def long_date(day: date) -> Text:
    weekdays = "一二三四五六日"
    return Text(
        f"{day.year}年{day.month}月{day.day}日 星期{weekdays[day.weekday()]}", f"{day:%A}, {day.day} {day:%B %Y}"
    )


def short_date(day: date) -> Text:
    return Text(f"{day.month}月{day.day}日", f"{day.day} {day:%b}")


def as_people(count: float | None) -> Text:
    return same(people(count))


def as_share(share: float | None) -> Text:
    return same(percent(share))


def as_yuan(value: float | None) -> Text:
    return same(yuan(value))


def as_exact_yuan(value: float | None) -> Text:
    return same(yuan(value, 2))


def as_score(value: float | None) -> Text:
    return NO_FIGURE if value is None else same(signed(value, 0))
