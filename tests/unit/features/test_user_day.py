"""One row of additive measures per actor, day and delivery day."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from silver_rows import ZONE, at, silver, told

from features.user_day import USER_DAY_FEEDS, user_day
from features.visits import DAYPART_HOURS, in_part, topic_days
from jobs.runtime.conform import conform
from schemas.feature.user_day import USER_DAY

KEY = ("actor_id", "event_date", "known_date")


def day_rows(spark: SparkSession, **feeds: list[dict[str, Any]]) -> DataFrame:
    tables = {feed: silver(spark, feed, *feeds.get(feed, [])) for feed in USER_DAY_FEEDS}
    return conform(USER_DAY, user_day(tables, ZONE))


def event(name: str, when: str, **more: Any) -> dict[str, Any]:
    return {"account_token": "a", "event_name": name, "event_at": at(when), "session_id": "s1", **more}


def test_a_visit_that_reads_reviews_and_begins_a_consultation_is_left_at_payment(spark: SparkSession) -> None:
    visit = [
        event("view_home", "2026-03-01 14:30", dwell_seconds=5.0),  # 22:30 in Shanghai
        event("search", "2026-03-01 14:31"),
        event("view_reviews", "2026-03-01 14:32", dwell_seconds=20.5),
        event("start_consultation", "2026-03-01 14:33"),
        event("push_shown", "2026-03-01 00:10", session_id=None),
    ]
    assert told(day_rows(spark, event=visit), *KEY) == [
        {
            "actor_id": "a", "actor_kind": "account", "event_date": date(2026, 3, 1), "known_date": date(2026, 3, 1),
            "event_count": 5, "active_event_count": 4, "session_count": 1, "dwell_seconds": 25.5,
            "night_event_count": 4, "app_event_count": 4, "search_count": 1, "view_reviews_count": 1,
            "start_consultation_count": 1, "push_shown_count": 1, "search_session_count": 1, "start_session_count": 1,
            "left_at_payment_session_count": 1, "review_first_session_count": 1,
        }
    ]  # fmt: skip


def test_before_log_in_the_device_is_the_actor_and_no_one_at_all_is_nobody(spark: SparkSession) -> None:
    acts = [
        event("search", "2026-03-01 01:00", account_token=None, device_token="d"),
        event("search", "2026-03-01 01:01", account_token=None, device_token=None),
        event("login", "2026-03-01 01:02", device_token="d"),
    ]
    found = [(r["actor_id"], r["actor_kind"], r["event_count"]) for r in told(day_rows(spark, event=acts), *KEY)]
    assert found == [("a", "account", 1), ("d", "device", 1)]


def test_a_refund_lowers_no_spend_and_two_lines_are_one_order(spark: SparkSession) -> None:
    line = {"account_token": "a", "line_kind": "sale", "order_id": "o1", "ordered_at": at("2026-03-01 02:00")}
    lines = [
        {**line, "line_no": 1, "item_kind": "medicine", "amount_yuan": Decimal("20.10"), "coupon_yuan": Decimal("5")},
        {**line, "line_no": 2, "item_kind": "package", "amount_yuan": Decimal("99.90"), "coupon_yuan": Decimal("1")},
        {**line, "line_kind": "refund", "order_id": "o0", "item_kind": "goods", "amount_yuan": Decimal("7.00")},
    ]
    assert told(day_rows(spark, order_line=lines), *KEY) == [
        {
            "actor_id": "a", "actor_kind": "account", "event_date": date(2026, 3, 1), "known_date": date(2026, 3, 1),
            "order_count": 1, "spend_yuan": Decimal("120.00"), "medicine_spend_yuan": Decimal("20.10"),
            "package_spend_yuan": Decimal("99.90"), "package_order_count": 1, "coupon_yuan": Decimal("6.00"),
            "coupon_order_count": 1, "refund_count": 1, "refund_yuan": Decimal("7.00"),
        }
    ]  # fmt: skip


def test_consultations_are_told_by_patient_and_a_clock_that_runs_backwards_counts_no_minutes(
    spark: SparkSession,
) -> None:
    asked = {"account_token": "a", "asked_at": at("2026-03-01 15:00"), "accepted_at": at("2026-03-01 15:01")}
    rows = [
        {**asked, "patient_relation": "self", "form": "video", "first_reply_at": at("2026-03-01 15:06"), "rating": 2,
         "closed_at": at("2026-03-01 15:21"), "question_count": 6},
        {**asked, "patient_relation": "unknown", "form": "text", "closed_at": at("2026-03-01 14:00")},
        {**asked, "patient_relation": "child", "form": "text", "status": "cancelled"},
    ]  # fmt: skip
    assert told(day_rows(spark, consultation=rows), *KEY) == [
        {
            "actor_id": "a", "actor_kind": "account", "event_date": date(2026, 3, 1), "known_date": date(2026, 3, 1),
            "consultation_count": 3, "video_consultation_count": 1, "text_consultation_count": 2,
            "self_consultation_count": 1, "unknown_consultation_count": 1, "child_consultation_count": 1,
            "cancelled_consultation_count": 1, "long_consultation_count": 1, "deep_consultation_count": 1,
            "night_consultation_count": 3, "slow_reply_consultation_count": 1, "closed_consultation_count": 1,
            "consultation_minutes": 20.0, "question_count": 6, "replied_consultation_count": 1,
            "first_reply_seconds": 360.0, "rated_consultation_count": 1, "rating_stars": 2.0,
            "low_rating_consultation_count": 1,
        }
    ]  # fmt: skip


def test_readings_add_up_by_metric_and_range(spark: SparkSession) -> None:
    reading = {"account_token": "a", "measured_at": at("2026-03-01 01:00"), "unit": "x"}
    said = [("systolic", 134.9), ("systolic", 135.0), ("diastolic", 59.0), ("glucose", 11.1), ("steps", 4000.0)]
    rows = [{**reading, "metric": metric, "value": value} for metric, value in said]
    assert told(day_rows(spark, device_reading=rows), *KEY) == [
        {
            "actor_id": "a", "actor_kind": "account", "event_date": date(2026, 3, 1), "known_date": date(2026, 3, 1),
            "reading_count": 5, "systolic_reading_count": 2, "diastolic_reading_count": 1, "glucose_reading_count": 1,
            "steps_reading_count": 1, "systolic_mmhg_sum": 269.9, "diastolic_mmhg_sum": 59.0,
            "glucose_mmol_l_sum": 11.1, "step_count_sum": 4000.0, "bp_high_reading_count": 1,
            "bp_low_reading_count": 1, "glucose_high_reading_count": 1,
        }
    ]  # fmt: skip


def test_social_acts_touches_and_answers_of_one_day_make_one_row(spark: SparkSession) -> None:
    who = {"account_token": "a"}
    touch = {**who, "channel": "sms", "touched_at": at("2026-03-01 00:30"), "cost_yuan": Decimal("0.0500")}  # 08:30
    found = day_rows(
        spark,
        invitation=[{**who, "action": "invite"}, {**who, "action": "accept"}],
        review=[{**who, "rating": 1.5}],
        community_act=[{**who, "action": "check_in"}],
        complaint=[{**who, "kind": "fee"}],
        nps_answer=[{**who, "score": 9}],
        campaign_touch=[{**touch, "action": "sent"}, {**touch, "action": "clicked", "cost_yuan": None}],
    )
    assert told(found, *KEY) == [
        {
            "actor_id": "a", "actor_kind": "account", "event_date": date(2026, 3, 1), "known_date": date(2026, 3, 1),
            "invitation_count": 1, "invitation_accepted_count": 1, "review_count": 1, "review_stars": 1.5,
            "low_review_count": 1, "check_in_count": 1, "complaint_count": 1, "fee_complaint_count": 1,
            "nps_answer_count": 1, "nps_points": 9.0, "sms_touch_count": 1, "sms_click_count": 1,
            "peak_answer_count": 1, "touch_cost_yuan": Decimal("0.0500"),
        }
    ]  # fmt: skip


def test_days_computed_one_by_one_are_the_range_computed_at_once(spark: SparkSession) -> None:
    acts = [
        event("search", "2026-03-01 01:00"),
        event("pay", "2026-03-01 01:05", known_date=date(2026, 3, 3)),  # late: a row of its own delivery day
        event("login", "2026-03-02 01:00"),
        event("login", "2026-03-03 01:00"),
    ]
    line = [{"account_token": "a", "ordered_at": at("2026-03-02 01:00"), "known_date": date(2026, 3, 3)}]
    tables: Mapping[str, DataFrame] = {
        feed: silver(spark, feed, *{"event": acts, "order_line": line}.get(feed, [])) for feed in USER_DAY_FEEDS
    }
    at_once = [tuple(r) for r in user_day(tables, ZONE).collect()]
    by_day = []
    for day in (1, 2, 3):
        that_day = {feed: df.where(f"known_date = DATE'2026-03-0{day}'") for feed, df in tables.items()}
        by_day += [tuple(r) for r in user_day(that_day, ZONE).collect()]
    assert sorted(map(str, by_day)) == sorted(map(str, at_once))
    assert len(at_once) == 5


def test_topics_count_what_was_searched_and_read(spark: SparkSession) -> None:
    acts = [
        event("search", "2026-03-01 01:00", topic="cardiology"),
        event("view_content", "2026-03-01 01:01", topic="cardiology"),
        event("view_content", "2026-03-01 01:02", topic=None),
        event("favourite", "2026-03-01 01:03", topic="cardiology"),
    ]
    assert told(topic_days(silver(spark, "event", *acts)), "topic") == [
        {
            "actor_id": "a", "event_date": date(2026, 3, 1), "known_date": date(2026, 3, 1), "topic": "cardiology",
            "topic_search_count": 1, "topic_content_count": 1,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("hour", range(24))
def test_every_hour_lies_in_one_part_of_the_day(hour: int) -> None:
    inside = [p for p in DAYPART_HOURS if eval(in_part(p, str(hour)).replace("OR", "or").replace("AND", "and"))]
    assert len(inside) == 1
