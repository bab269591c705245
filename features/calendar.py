"""What kind of day a day is. Plain Python: a year has 365 rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from chinese_calendar import get_holiday_detail, is_workday
from lunar_python import Solar

SEASON_BY_MONTH = {
    **dict.fromkeys((3, 4, 5), "spring"),
    **dict.fromkeys((6, 7, 8), "summer"),
    **dict.fromkeys((9, 10, 11), "autumn"),
    **dict.fromkeys((12, 1, 2), "winter"),
}


def calendar_rows(since: date, until: date, alerts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of silver.calendar for a range of days.

    `alerts`: observed_date, epidemic, alert_level of the provinces, as known on the observed day itself.
    """
    known: dict[date, list[tuple[str, int]]] = {}
    for alert in alerts:
        if alert["alert_level"]:
            known.setdefault(alert["observed_date"], []).append((alert["epidemic"], alert["alert_level"]))
    days = (since + timedelta(n) for n in range((until - since).days + 1))
    return [_row(day, known.get(day, [])) for day in days]


def solar_term(day: date) -> str:
    """The last of the 24 solar terms that began by the day, in Chinese."""
    name: str = Solar.fromYmd(day.year, day.month, day.day).getLunar().getPrevJieQi(True).getName()
    return name


def _row(day: date, alerts: list[tuple[str, int]]) -> dict[str, Any]:
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    works, holiday = _work(day)
    return {
        "calendar_date": day,
        "weekday": day.isoweekday(),
        "is_weekend": day.isoweekday() > 5,
        "is_workday": works,
        "holiday": holiday,
        "season": SEASON_BY_MONTH[day.month],
        "solar_term": solar_term(day),
        "is_solar_term_start": bool(lunar.getJieQi()),
        "epidemics": sorted({name for name, _ in alerts}),
        "epidemic_alert_level": max((level for _, level in alerts), default=0),
    }


def _work(day: date) -> tuple[bool | None, str | None]:
    """Worked or not, and the holiday; both unknown for years that the library has no announcement of."""
    try:
        return is_workday(day), get_holiday_detail(day)[1]
    except NotImplementedError:
        return None, None
