"""What the report knows of a day: small aggregates as plain values, no table and no engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from jobs.runtime.report.text import Text, is_small
from schemas.gold.kpi_day import KPIS

# Days over which the reasons of rejects are told.
TREND_DAYS = 14
# Days for which it is told that groups came, went or were renamed.
CHANGE_DAYS = 31
# Bars of the churn histogram.
CHURN_BINS = 20
Row = Mapping[str, Any]
Rows = Sequence[Row]


class KpiTable:
    """gold.kpi_day of one as-of day, looked up by figure, part and day.

    Counts of one to four users, and shares that rest on so few, are not handed out.
    """

    def __init__(self, rows: Rows, day: date) -> None:
        self.day = day
        self._values: dict[tuple[str, str], dict[date, tuple[float, int | None]]] = {}
        for row in rows:
            named = self._values.setdefault((row["kpi"], row["part"]), {})
            named[row["kpi_date"]] = (row["value"], row["base_count"])

    def parts(self, kpi: str) -> list[str]:
        return sorted(part for code, part in self._values if code == kpi)

    def has(self, kpi: str) -> bool:
        return any(code == kpi for code, _ in self._values)

    def at(self, kpi: str, ago: int = 0, part: str = "") -> float | None:
        """The figure of the day, or of `ago` days before it; None where it is not known or may not be told."""
        return self.on(kpi, self.day - timedelta(days=ago), part)

    def on(self, kpi: str, when: date, part: str = "") -> float | None:
        value, base = self._values.get((kpi, part), {}).get(when, (None, None))
        few = is_small(value if KPIS[kpi].unit == "users" else base)
        return None if few and not KPIS[kpi].is_public else value

    def is_mostly_small(self, kpi: str) -> bool:
        """Most of its days may not be told: a chart of the rest would mislead."""
        told = [self.on(kpi, when) is not None for when in self.days(kpi)]
        return not told or sum(told) < len(told) / 2

    def base(self, kpi: str, when: date, part: str = "") -> int | None:
        return self._values.get((kpi, part), {}).get(when, (None, None))[1]

    def days(self, kpi: str, part: str = "") -> list[date]:
        return sorted(self._values.get((kpi, part), {}))

    def series(self, kpi: str, days: int = 60, part: str = "") -> list[tuple[date, float | None]]:
        """Day and figure of each of the last days, oldest first."""
        back = [self.day - timedelta(days=n) for n in range(days - 1, -1, -1)]
        return [(when, self.on(kpi, when, part)) for when in back]

    def total(self, kpi: str, days: int, part: str = "", ago: int = 0) -> float:
        """The figure added up over `days` days that end `ago` days before the day; a day without a row adds 0."""
        last = self.day - timedelta(days=ago)
        named = self._values.get((kpi, part), {})
        return sum(value for when, (value, _) in named.items() if last - timedelta(days=days) < when <= last)


@dataclass(frozen=True)
class Figures:
    """Everything the report may show of one day. An empty list is a part that nobody has made."""

    day: date
    hospital: Text
    kpis: KpiTable
    intake: Rows = ()
    files: Rows = ()
    fields: Rows = ()
    stopped_feeds: Sequence[str] = ()
    rejects: Rows = ()
    reject_days: Rows = ()
    proof: Rows = ()
    checks: Rows = ()
    hubs: Rows = ()
    identity_events: Rows = ()
    tags: Rows = ()
    segments: Rows = ()
    segment_money: Rows = ()
    segment_changes: Rows = ()
    churn_bins: Rows = ()
    model_quality: Rows = ()
    ltv_deciles: Rows = ()
    audiences: Rows = ()
    audience_changes: Rows = ()
    open_receipts: Rows = ()
    audience_names: Mapping[str, Text] = field(default_factory=dict)
    reason_names: Mapping[str, Text] = field(default_factory=dict)
