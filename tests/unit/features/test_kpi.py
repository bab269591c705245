"""gold.kpi_day against a plain-Python recount of the same small hospital."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from features.kpi import KpiSources, kpi_day, people, user_facts
from schemas.feature.user_day import USER_DAY
from schemas.feeds import FEEDS
from schemas.gold.kpi_day import KPI_DAY, KPIS
from schemas.silver.identity import IDENTITY
from schemas.table import Table

DAY = date(2026, 6, 28)
USERS = [f"u{i}" for i in range(60)]
Found = dict[tuple[date, str, str], tuple[float, int | None]]


def _days(n: int) -> list[date]:
    return [DAY - timedelta(days=i) for i in range(n)]


class Hospital:
    """A small random history: who registered when, was active when, ordered when."""

    def __init__(self) -> None:
        draw = random.Random(7)
        self.registered = {u: DAY - timedelta(days=draw.randrange(120)) for u in USERS}
        self.active: dict[str, set[date]] = {u: set() for u in USERS}
        self.ordered: dict[str, set[date]] = {u: set() for u in USERS}
        self.spend: dict[tuple[str, date], Decimal] = {}
        for user in USERS:
            for day in _days((DAY - self.registered[user]).days + 1):
                if draw.random() < 0.12:
                    self.active[user].add(day)
                if draw.random() < 0.03:
                    self.ordered[user].add(day)
                    self.spend[user, day] = Decimal(draw.randrange(1000, 90000)) / 100

    def acted(self, user: str) -> set[date]:
        """Days on which the user did something: in the app, or an order that came another way."""
        return self.active[user] | self.ordered[user]

    def user_day(self) -> list[dict[str, Any]]:
        rows = [{"actor_id": f"a-{u}", "event_date": d, "event_count": 3, "active_event_count": 2,
                 "session_count": 1, "left_at_search_session_count": 1}
                for u in USERS for d in self.active[u]]  # fmt: skip
        rows += [{"actor_id": f"a-{u}", "event_date": d, "order_count": 1, "spend_yuan": s + 10,
                  "refund_yuan": Decimal(10), "paid_session_count": 1, "known_date": DAY}
                 for (u, d), s in self.spend.items()]  # fmt: skip
        # Pushes are no activity; a robot and an actor nobody knows are in no figure.
        rows += [{"actor_id": f"a-{u}", "event_date": DAY, "event_count": 1, "push_shown_count": 1} for u in USERS]
        rows += [{"actor_id": a, "event_date": DAY, "event_count": 9, "active_event_count": 9} for a in ("robot", "?")]
        return rows

    def identity(self) -> list[dict[str, Any]]:
        row = {"as_of_date": DAY, "actor_kind": "account", "link_kind": "own", "is_excluded": False}
        at = {u: datetime.combine(d, datetime.min.time()) - timedelta(hours=7) for u, d in self.registered.items()}
        rows = [row | {"actor_id": f"a-{u}", "user_id": u, "registered_at": at[u]} for u in USERS]
        second = row | {"actor_id": "b-u0", "user_id": "u0", "registered_at": datetime(2026, 6, 28, 3)}
        robot = row | {"actor_id": "robot", "user_id": "r", "registered_at": at["u1"], "is_excluded": True}
        return [*rows, second, robot]


def _frame(spark: SparkSession, table: Table, rows: list[dict[str, Any]]) -> DataFrame:
    """Rows of a table: what is not given is 0 where it must not be empty."""
    empty = {"int": 0, "bigint": 0, "double": 0.0, "string": "", "boolean": False}

    def filler(name: str) -> Any:
        column = table.column(name)
        if column.nullable:
            return None
        return Decimal(0) if column.type.startswith("decimal") else empty.get(column.type)

    filled = []
    for row in rows:
        known = {"known_date": row.get("event_date", DAY), "ingested_at": datetime(2026, 6, 28, 16)}
        filled.append(tuple({**known, **row}.get(n, filler(n)) for n in table.column_names))
    return spark.createDataFrame(filled, table.ddl)


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    return Hospital()


def _feeds() -> dict[str, list[dict[str, Any]]]:
    asked = datetime(2026, 6, 28, 2)
    consultations = [{"event_date": DAY, "asked_at": asked, "first_reply_at": asked + timedelta(seconds=s)}
                     for s in (10, 20, 30, 40, 1000, -5)]  # fmt: skip
    consultations.append({"event_date": DAY, "asked_at": asked})
    old = DAY - timedelta(days=95)
    answers = [{"event_date": d, "score": s} for d, s in
               ((DAY, 10), (DAY - timedelta(days=89), 9), (DAY, 3), (DAY, 8), (old, 0), (old, 0))]  # fmt: skip
    complaints = [{"event_date": DAY, "kind": k} for k in ("fee", "fee", "other")]
    quiet = [
        {"event_date": d, "topic": "medical_accident", "sentiment": -0.5}
        for d in (DAY - timedelta(days=n) for n in (8, 15, 22))
    ]
    burst = [{"event_date": DAY, "topic": "medical_accident", "sentiment": -0.8} for _ in range(25)]
    viral = [{"event_date": DAY, "topic": "praise", "sentiment": 0.8} for _ in range(200)]
    touches = [{"event_date": DAY, "channel": "sms", "action": a, "cost_yuan": c} for a, c in
               (("sent", Decimal("0.05")), ("sent", Decimal("0.05")), ("clicked", None))]  # fmt: skip
    return {"consultation": consultations, "nps_answer": answers, "complaint": complaints,
            "mention": quiet + burst + viral, "campaign_touch": touches}  # fmt: skip


@pytest.fixture(scope="module")
def found(spark: SparkSession, hospital: Hospital) -> Found:
    identity = _frame(spark, IDENTITY, hospital.identity())
    feeds = {name: _frame(spark, FEEDS[name].silver, rows) for name, rows in _feeds().items()}
    sources = KpiSources(
        user_facts(_frame(spark, USER_DAY, hospital.user_day()), identity), people(identity, "Asia/Shanghai"),
        feeds["consultation"], feeds["nps_answer"], feeds["complaint"], feeds["mention"], feeds["campaign_touch"],
    )  # fmt: skip
    from jobs.runtime.conform import conform

    rows = conform(KPI_DAY, kpi_day(sources, DAY)).collect()
    keys = {(r.as_of_date, r.kpi_date, r.kpi, r.part) for r in rows}
    assert len(keys) == len(rows), "the key holds"
    assert {r.kpi for r in rows} == set(KPIS), "every declared figure is told"
    return {(r.kpi_date, r.kpi, r.part): (r.value, r.base_count) for r in rows}


def test_activity(found: Found, hospital: Hospital) -> None:
    for day in _days(60):
        dau = sum(day in hospital.acted(u) for u in USERS)
        mau = sum(any(day - timedelta(days=29) <= a <= day for a in hospital.acted(u)) for u in USERS)
        assert found[day, "dau", ""] == (dau, None)
        assert found[day, "mau", ""] == (mau, None)
        assert found[day, "stickiness", ""] == (pytest.approx(dau / mau), mau)
        assert found[day, "new_user_count", ""][0] == sum(r == day for r in hospital.registered.values())


def test_spend_and_buyers(found: Found, hospital: Hospital) -> None:
    for day in _days(60):
        month, quarter = (day - timedelta(days=n) for n in (29, 89))
        mau = found[day, "mau", ""][0]
        spend = sum(float(s) for (_, d), s in hospital.spend.items() if month <= d <= day)
        assert found[day, "arpu_yuan_30d", ""] == (pytest.approx(spend / mau), mau)
        bought = [sum(quarter <= d <= day for d in hospital.ordered[u]) for u in USERS]
        buyers, again = sum(n > 0 for n in bought), sum(n > 1 for n in bought)
        assert found[day, "repeat_buyer_share_90d", ""] == (pytest.approx(again / buyers), buyers)
        new = [u for u in USERS if month <= hospital.registered[u] <= day]
        first = sum(any(d <= day for d in hospital.ordered[u]) for u in new)
        if new:
            assert found[day, "first_order_share_30d", ""] == (pytest.approx(first / len(new)), len(new))


def test_retention_counts_only_whose_day_is_over(found: Found, hospital: Hospital) -> None:
    monday = DAY - timedelta(days=DAY.weekday())
    for week in range(12):
        start = monday - timedelta(days=7 * week)
        cohort = [u for u in USERS if start <= hospital.registered[u] < start + timedelta(days=7)]
        for n in (1, 7, 30):
            due = {u: hospital.registered[u] + timedelta(days=n) for u in cohort}
            over = {u: d for u, d in due.items() if d <= DAY}
            kept = sum(d in hospital.acted(u) for u, d in over.items())
            expected = (pytest.approx(kept / len(over)), len(over)) if over else None
            assert found.get((start, f"retention_share_day_{n}", "")) == expected


def test_funnel_is_by_visits_that_came_at_least_so_far(found: Found, hospital: Hospital) -> None:
    active = sum(DAY in hospital.active[u] for u in USERS)
    paid = sum(d == DAY for _, d in hospital.spend)
    steps = {step: found[DAY, "funnel_visit_count", step][0] for step in ("home", "search", "doctor", "payment")}
    assert steps == {"home": active + paid, "search": active + paid, "doctor": paid, "payment": paid}


def test_service(found: Found) -> None:
    waits = [10, 20, 30, 40, 1000]
    assert found[DAY, "first_reply_seconds_median", ""] == (median(waits), 5)
    assert found[DAY, "first_reply_seconds_p90", ""] == (pytest.approx(616), 5)
    assert found[DAY, "nps_90d", ""] == (pytest.approx(25.0), 4)
    assert found[DAY - timedelta(days=20), "nps_90d", ""] == (pytest.approx(-100 / 3), 3)
    assert found[DAY, "complaint_count", "fee"][0] == 2


def test_only_hostile_bursts_raise_an_alert(found: Found) -> None:
    assert found[DAY, "mention_alert_level", "medical_accident"] == (3, 25)
    assert found[DAY, "mention_alert_level", "praise"] == (0, 200)
    assert found[DAY - timedelta(days=8), "mention_alert_level", "medical_accident"][0] == 0
    assert found[DAY, "mention_sentiment", "medical_accident"] == (pytest.approx(-0.8), 25)


def test_channels(found: Found) -> None:
    told = [found[DAY, f"channel_{what}", "sms"][0] for what in ("touch_count", "click_count", "cost_yuan")]
    assert told == [2, 1, pytest.approx(0.1)]
