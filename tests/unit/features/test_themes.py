"""What user_day and the silver tables say of a person as of a day, theme by theme."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from silver_rows import DAY, at, people, rows_of, silver, told

from features.member_points import MemberPoints
from features.persons import as_known, of_users
from features.user_activity import ACTIVITY, user_activity
from features.user_consultation import CONSULTATION, user_consultation
from features.user_device import user_device
from features.user_engagement import ENGAGEMENT, user_engagement
from features.user_funnel import FUNNEL, user_funnel
from features.user_social import SOCIAL, user_social
from features.user_value import VALUE, user_value, with_worth
from features.wide import THEMES, feature_columns
from features.windows import Measures, add_up
from jobs.runtime.conform import conform
from schemas.feature.user_activity import USER_ACTIVITY
from schemas.feature.user_consultation import USER_CONSULTATION
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_device import USER_DEVICE
from schemas.feature.user_engagement import USER_ENGAGEMENT
from schemas.feature.user_funnel import USER_FUNNEL
from schemas.feature.user_social import USER_SOCIAL
from schemas.feature.user_topic_day import USER_TOPIC_DAY
from schemas.feature.user_value import USER_VALUE

POINTS = MemberPoints(
    net_spend_yuan=1, closed_consultation_count=20, review_count=0, check_in_count=2, community_answer_count=0,
    share_count=0, invitation_accepted_count=0, levels={"silver": 100, "gold": 500},
)  # fmt: skip
PEOPLE = [("a", "u1"), ("b", "u1"), ("silent", "u2")]


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def days_of(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """user_day `of_users`; a row says how many days ago it was, and of which account when not of `a`."""
    said = [
        {"actor_id": "a", "actor_kind": "account", "known_date": DAY, **r, "event_date": ago(r["ago"])} for r in rows
    ]
    return of_users(as_known(rows_of(USER_DAY, spark, *said), DAY), people(spark, PEOPLE), "actor_id")


def spans(spark: SparkSession, wanted: Measures, *rows: dict[str, Any]) -> DataFrame:
    return add_up(days_of(spark, *rows), DAY, [wanted])


def users(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("u1",), ("u2",)], "user_id string")


def empty(spark: SparkSession, feed: str) -> DataFrame:
    return of_users(silver(spark, feed), people(spark, PEOPLE))


def test_active_days_are_days_not_rows_and_windows_end_where_they_say(spark: SparkSession) -> None:
    acts = [
        {"ago": 0, "active_event_count": 2},
        {"ago": 0, "active_event_count": 1, "actor_id": "b", "night_event_count": 1},
        {"ago": 6, "active_event_count": 1},
        {"ago": 7, "active_event_count": 4},  # a Sunday
        {"ago": 30, "active_event_count": 1},
        {"ago": 179, "active_event_count": 1, "session_count": 1, "dwell_seconds": 90.0},
        {"ago": 180, "active_event_count": 9},
        {"ago": 1, "event_count": 5},  # a push was shown: no activity
    ]
    topics = rows_of(USER_TOPIC_DAY, spark)
    known = of_users(topics, people(spark, PEOPLE), "actor_id")
    found = user_activity(spans(spark, ACTIVITY, *acts), known, users(spark), DAY)
    active, silent = told(conform(USER_ACTIVITY, found), "user_id")
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_activity": 180}
    assert active == {
        "user_id": "u1", "as_of_date": DAY, "active_days_7d": 2, "active_days_30d": 3, "active_days_90d": 4,
        "active_days_180d": 5, "active_event_count_7d": 4, "active_event_count_30d": 8, "active_event_count_90d": 9,
        "active_event_count_180d": 10, "session_count_180d": 1, "dwell_minutes_180d": 1.5,
        "active_days_prior_30d": 1, "active_event_count_prior_30d": 1, "active_days_trend_30d": 0.5,
        "night_event_share_30d": 0.125, "night_event_share_90d": 1 / 9, "weekend_event_share_30d": 7 / 8,
        "weekend_event_share_90d": 7 / 9, "top_daypart_90d": "night",
    }  # fmt: skip


def test_days_that_share_a_span_are_counted_to_the_last(spark: SparkSession) -> None:
    acts = [{"ago": n, "active_event_count": 1} for n in range(180)]
    known = of_users(rows_of(USER_TOPIC_DAY, spark), people(spark, PEOPLE), "actor_id")
    found = told(user_activity(spans(spark, ACTIVITY, *acts), known, users(spark), DAY), "user_id")[0]
    assert [found[f"active_days_{n}d"] for n in (7, 30, 90, 180)] == [7, 30, 90, 180]
    assert found["active_days_prior_30d"] == 30


def test_frequency_is_halved_from_two_days_on(spark: SparkSession) -> None:
    known = of_users(rows_of(USER_TOPIC_DAY, spark), people(spark, PEOPLE), "actor_id")
    acts = [{"ago": n, "active_event_count": 1} for n in (3, 40, 41)] + [
        {"ago": n, "active_event_count": 1, "actor_id": "silent"} for n in (40,)
    ]
    found = user_activity(spans(spark, ACTIVITY, *acts), known, users(spark), DAY)
    assert {r["user_id"]: r["is_frequency_halved"] for r in found.collect()} == {"u1": True, "u2": False}


def test_topics_read_lately_weigh_more(spark: SparkSession) -> None:
    row = {"actor_id": "a", "known_date": DAY}
    topics = [
        {**row, "event_date": ago(60), "topic": "old", "topic_content_count": 3},
        {**row, "event_date": ago(0), "topic": "new", "topic_content_count": 1},
        {**row, "event_date": ago(0), "topic": "asked", "topic_search_count": 1},
        {**row, "event_date": ago(90), "topic": "gone", "topic_content_count": 9},
    ]
    known = of_users(rows_of(USER_TOPIC_DAY, spark, *topics), people(spark, PEOPLE), "actor_id")
    found = told(user_activity(spans(spark, ACTIVITY), known, users(spark), DAY), "user_id")[0]
    assert (found["top_content_topics_90d"], found["top_search_topics_90d"]) == (["new", "old"], ["asked"])
    ranks = [found.get(f"{rank}_content_topic_90d") for rank in ("top", "second", "third")]
    assert ranks == ["new", "old", None]


def test_the_workday_peak_leaves_weekends_out_and_a_platform_is_new_for_who_was_there_before(
    spark: SparkSession,
) -> None:
    acts = [
        {"ago": 0, "active_event_count": 2, "peak_event_count": 2, "app_event_count": 2},  # a Sunday
        {"ago": 1, "active_event_count": 1, "peak_event_count": 1, "app_event_count": 1},  # a Saturday
        {"ago": 2, "active_event_count": 4, "peak_event_count": 1, "web_event_count": 1, "app_event_count": 3},
        {"ago": 40, "active_event_count": 1, "web_event_count": 1},
        {
            "ago": 2,
            "active_event_count": 1,
            "app_event_count": 1,
            "actor_id": "silent",
        },  # came today for the first time
    ]
    known = of_users(rows_of(USER_TOPIC_DAY, spark), people(spark, PEOPLE), "actor_id")
    found, newcomer = told(user_activity(spans(spark, ACTIVITY, *acts), known, users(spark), DAY), "user_id")
    assert found["workday_peak_event_share_90d"] == 1 / 8
    assert (found["platform_count_90d"], found["new_platform_30d"]) == (2, "app")
    assert (newcomer["platform_count_90d"], newcomer.get("new_platform_30d")) == (1, None)


def test_the_second_form_is_not_the_first(spark: SparkSession) -> None:
    days = [
        {"ago": 1, "voice_consultation_count": 2, "video_consultation_count": 2, "text_consultation_count": 1},
        {"ago": 1, "text_consultation_count": 4, "actor_id": "silent"},
    ]
    asked = empty(spark, "consultation")
    found = told(user_consultation(spans(spark, CONSULTATION, *days), asked, users(spark), DAY), "user_id")
    assert [(f["top_form_90d"], f.get("second_form_90d")) for f in found] == [("voice", "video"), ("text", None)]


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ([], None),
        ([{"ago": 89, "active_event_count": 1}], "awareness"),
        ([{"ago": 90, "active_event_count": 1}], None),
        ([{"ago": 3, "view_doctor_count": 1, "active_event_count": 1}], "decision"),
        ([{"ago": 3, "search_count": 1, "active_event_count": 1}, {"ago": 80, "order_count": 1}], "use"),
        ([{"ago": 3, "search_count": 1, "active_event_count": 1}, {"ago": 90, "order_count": 9}], "decision"),
        ([{"ago": 3, "active_event_count": 1}, {"ago": 80, "order_count": 4}], "loyalty"),
        ([{"ago": 80, "order_count": 4}], "use"),
    ],
)
def test_the_journey_is_told_by_its_furthest_stage(
    spark: SparkSession, days: list[dict[str, Any]], stage: str | None
) -> None:
    found = user_funnel(spans(spark, FUNNEL, *days), users(spark), DAY)
    assert told(found, "user_id")[0].get("journey_stage_90d") == stage


@pytest.mark.parametrize(
    ("days", "role"),
    [
        ([], None),
        ([{"ago": 10, "group_join_count": 1}], "potential"),
        ([{"ago": 10, "group_join_count": 1}, {"ago": 9, "group_leave_count": 1}], None),
        ([{"ago": 59, "like_count": 1}], "active"),
        ([{"ago": 60, "like_count": 1}, {"ago": 60, "group_join_count": 1}], "lost"),
        ([{"ago": 29, "community_answer_count": 5}], "core"),
        ([{"ago": 30, "community_answer_count": 5}], "active"),
    ],
)
def test_everybody_has_one_role_in_groups(spark: SparkSession, days: list[dict[str, Any]], role: str | None) -> None:
    found = user_social(spans(spark, SOCIAL, *days), users(spark), DAY)
    assert told(found, "user_id")[0].get("community_role") == role


def test_points_are_earned_by_what_was_done_and_never_owed(spark: SparkSession) -> None:
    days = [
        {"ago": 364, "closed_consultation_count": 3},
        {"ago": 365, "closed_consultation_count": 50},
        {"ago": 5, "check_in_count": 20, "refund_count": 1, "refund_yuan": Decimal("900.00")},
        {"ago": 5, "order_count": 1, "spend_yuan": Decimal("899.99"), "actor_id": "silent"},
    ]
    known = days_of(spark, *days)
    opened = spark.createDataFrame([("u2", ago(9))], "user_id string, registered_date date")
    found = told(user_value(add_up(with_worth(known), DAY, [VALUE]), users(spark), opened, DAY, POINTS), "user_id")
    points = ("points_365d", "points_level", "points_to_next_level")
    assert [tuple(f.get(name) for name in points) for f in found] == [(100, "silver", 400), (899, "gold", None)]
    assert found[1]["arpu_yuan_365d"] == 899.99


def test_a_late_event_counts_from_the_day_it_is_known(spark: SparkSession) -> None:
    rows = [{"actor_id": "a", "event_date": ago(5), "known_date": DAY + timedelta(days=1), "order_count": 1}]
    late = rows_of(USER_DAY, spark, *rows)
    assert as_known(late, DAY).count() == 0
    assert as_known(late, DAY + timedelta(days=1)).count() == 1


def test_consultations_for_a_child_are_no_department_of_ones_own(spark: SparkSession) -> None:
    days = [
        {"ago": 0, "consultation_count": 1, "child_consultation_count": 1, "text_consultation_count": 1},
        {"ago": 40, "consultation_count": 2, "self_consultation_count": 2, "closed_consultation_count": 1,
         "consultation_minutes": 12.0, "rated_consultation_count": 1, "rating_stars": 4.0},
    ]  # fmt: skip
    asked = [
        {"patient_relation": "child", "department": "pediatrics", "doctor_id": "d1",
         "asked_at": at("2026-03-01 01:00")},
        {"patient_relation": "self", "department": "tcm", "doctor_id": "d2", "asked_at": at("2026-01-20 01:00"),
         "rating": 4},
        {"patient_relation": "self", "department": "tcm", "doctor_id": "d2", "asked_at": at("2026-01-20 02:00")},
    ]  # fmt: skip
    seen = of_users(
        silver(spark, "consultation", *({"account_token": "a", **row} for row in asked)), people(spark, PEOPLE)
    )
    found = user_consultation(spans(spark, CONSULTATION, *days), seen, users(spark), DAY)
    asking, silent = told(conform(USER_CONSULTATION, found), "user_id")
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_consultation": 180,
                      "days_since_last_self_consultation": 180}  # fmt: skip
    assert asking == {
        "user_id": "u1", "as_of_date": DAY, "consultation_count_7d": 1, "consultation_count_30d": 1,
        "consultation_count_90d": 3, "consultation_count_180d": 3, "text_consultation_count_90d": 1,
        "text_consultation_count_180d": 1, "child_consultation_count_30d": 1, "child_consultation_count_90d": 1,
        "child_consultation_count_180d": 1, "self_consultation_count_90d": 2, "self_consultation_count_180d": 2,
        "consultation_minutes_90d": 12.0, "consultation_minutes_180d": 12.0, "consultation_minutes_mean_90d": 12.0,
        "rating_mean_180d": 4.0, "days_since_last_self_consultation": 40, "top_form_90d": "text",
        "top_department_180d": "tcm", "top_self_department_180d": "tcm", "last_self_department": "tcm",
        "last_department": "pediatrics", "departments_180d": ["pediatrics", "tcm"], "department_count_180d": 2,
        "same_doctor_count_90d": 2, "top_doctor_id_90d": "d2", "doctor_count_90d": 2, "last_rating": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("high_days", "longest", "alert"),
    [
        ((0, 1, 2), 3, True),
        ((0, 1, 3), 2, False),
        ((6, 7, 8), 3, True),
        ((7, 8, 9, 10), 4, False),
        ((29, 30, 31), 1, False),
    ],
)
def test_three_days_running_out_of_range(
    spark: SparkSession, high_days: tuple[int, ...], longest: int, alert: bool
) -> None:
    days = [{"ago": n, "reading_count": 1, "bp_high_reading_count": 1} for n in high_days]
    found = told(user_device(days_of(spark, *days), users(spark), DAY), "user_id")[0]
    assert (found["bp_high_run_days_30d"], found.get("is_out_of_range_3_days", False)) == (longest, alert)


def cuff(*days: tuple[int, float]) -> list[dict[str, Any]]:
    """Days ago and the mean of two readings of systolic pressure."""
    return [
        {"ago": ago, "reading_count": 2, "systolic_reading_count": 2, "systolic_mmhg_sum": 2 * value}
        for ago, value in days
    ]


USUAL = [(20, 128.0), (30, 132.0), (60, 130.0)]


@pytest.mark.parametrize(
    ("days", "worse", "faulty"),
    [
        ([(5, 151.0), (3, 158.0), (0, 155.0)], True, False),
        ([(5, 151.0), (3, 140.0), (0, 155.0)], False, False),  # one of the three near the usual
        ([(3, 158.0), (0, 155.0)], False, False),  # two days only
        ([(25, 155.0), (3, 158.0), (0, 155.0)], False, False),  # the first of the three is no longer recent
        ([(2, 194.0), (1, 195.0), (0, 190.0)], False, True),  # further than a body goes
        ([(2, 155.0), (1, 155.0), (0, 155.0)], False, True),  # stands still
        ([(6, 155.0), (5, 156.0), (2, 130.0), (1, 131.0), (0, 129.0)], False, False),  # over
    ],
)
def test_a_worsening_is_told_from_the_own_level_and_from_a_broken_meter(
    spark: SparkSession, days: list[tuple[int, float]], worse: bool, faulty: bool
) -> None:
    found = told(user_device(days_of(spark, *cuff(*USUAL, *days)), users(spark), DAY), "user_id")[0]
    assert (found.get("is_worsening_3_days", False), found.get("is_meter_faulty", False)) == (worse, faulty)


def test_without_a_usual_level_nothing_is_worse(spark: SparkSession) -> None:
    found = told(user_device(days_of(spark, *cuff((2, 180.0), (1, 185.0), (0, 190.0))), users(spark), DAY), "user_id")
    assert not {"is_worsening_3_days", "is_meter_faulty"} & found[0].keys()


def test_readings_are_means_of_readings_and_steps_are_sums_of_days(spark: SparkSession) -> None:
    days = [
        {"ago": 0, "reading_count": 3, "systolic_reading_count": 2, "systolic_mmhg_sum": 250.0,
         "steps_reading_count": 1, "step_count_sum": 1000.0},
        {"ago": 0, "reading_count": 1, "steps_reading_count": 1, "step_count_sum": 500.0, "known_date": ago(-0)},
        {"ago": 40, "reading_count": 2, "systolic_reading_count": 1, "systolic_mmhg_sum": 140.0,
         "weight_reading_count": 1, "weight_kg_sum": 70.0},
    ]  # fmt: skip
    using, silent = told(conform(USER_DEVICE, user_device(days_of(spark, *days), users(spark), DAY)), "user_id")
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_reading": 90}
    assert using == {
        "user_id": "u1", "as_of_date": DAY, "systolic_mmhg_last": 125.0, "systolic_mmhg_mean_7d": 125.0,
        "systolic_mmhg_mean_30d": 125.0, "systolic_mmhg_mean_90d": 130.0, "systolic_reading_count_30d": 2,
        "step_count_last": 1500.0, "step_count_mean_7d": 1500.0, "step_count_mean_30d": 1500.0,
        "step_count_mean_90d": 1500.0, "steps_reading_count_30d": 2, "weight_kg_last": 70.0, "weight_kg_mean_90d": 70.0,
        "reading_count_30d": 4, "reading_days_7d": 1, "reading_days_30d": 1, "reading_days_90d": 2,
    }  # fmt: skip


def test_the_last_nps_answer_and_the_kinds_of_complaints(spark: SparkSession) -> None:
    days = [
        {"ago": 3, "nps_answer_count": 2, "nps_points": 19.0, "complaint_count": 1, "fee_complaint_count": 1},
        {"ago": 9, "nps_answer_count": 1, "nps_points": 2.0, "check_in_count": 1},
        {"ago": 100, "review_count": 2, "review_stars": 7.0},
    ]
    said, silent = told(conform(USER_SOCIAL, user_social(spans(spark, SOCIAL, *days), users(spark), DAY)), "user_id")
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_community_act": 180,
                      "days_since_last_complaint": 180}  # fmt: skip
    assert said == {
        "user_id": "u1", "as_of_date": DAY, "nps_score_last": 9.5, "is_promoter": True, "complaint_count_30d": 1,
        "complaint_count_90d": 1, "complaint_count_180d": 1, "fee_complaint_count_180d": 1, "check_in_count_30d": 1,
        "check_in_count_90d": 1, "community_act_count_30d": 1, "community_act_count_90d": 1,
        "community_act_count_180d": 1, "review_count_180d": 2, "review_rating_mean_180d": 3.5,
        "days_since_last_community_act": 9, "days_since_last_complaint": 3, "community_role": "active",
    }  # fmt: skip


def test_purchases_are_counted_by_day_and_refunds_leave_spend_alone(spark: SparkSession) -> None:
    days = [
        {"ago": 10, "order_count": 2, "spend_yuan": Decimal("30.00"), "medicine_spend_yuan": Decimal("30.00")},
        {"ago": 10, "order_count": 1, "spend_yuan": Decimal("10.00"), "actor_id": "b"},
        {"ago": 3, "refund_count": 1, "refund_yuan": Decimal("12.50")},
        {"ago": 400, "order_count": 1, "spend_yuan": Decimal("60.00"), "package_order_count": 1},
        {"ago": 730, "order_count": 1, "spend_yuan": Decimal("99.00")},
    ]
    opened = spark.createDataFrame([("u1", ago(410))], "user_id string, registered_date date")
    found = user_value(spans(spark, VALUE, *days), users(spark), opened, DAY, POINTS)
    buyer, silent = told(conform(USER_VALUE, found), "user_id")
    forty = Decimal("40.00")
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_order": 730, "points_level": "ordinary",
                      "points_to_next_level": 100}  # fmt: skip
    assert buyer == {
        "user_id": "u1", "as_of_date": DAY, **{f"order_count_{n}d": 3 for n in (30, 90, 180, 365)},
        **{f"spend_yuan_{n}d": forty for n in (30, 90, 180, 365)},
        **{f"refund_yuan_{n}d": Decimal("12.50") for n in (30, 90, 180, 365)},
        **{f"net_spend_yuan_{n}d": Decimal("27.50") for n in (30, 90, 180, 365)},
        **{f"refund_count_{n}d": 1 for n in (90, 180, 365)}, "basket_yuan_mean_180d": 40 / 3,
        "medicine_spend_yuan_90d": Decimal("30.00"), "medicine_spend_yuan_365d": Decimal("30.00"),
        "top_item_kind_365d": "medicine", "days_since_last_order": 10, "is_buyer": True,
        "first_order_date": ago(400), "days_registration_to_first_order": 10, "order_count_730d": 4,
        "repeat_purchase_count": 1, "days_first_to_last_purchase": 390, "days_since_first_purchase": 400,
        "mean_spend_yuan": 50.0, "arpu_yuan_365d": 27.5 / 12, "item_kind_count_365d": 1, "points_365d": 27,
        "points_level": "ordinary", "points_to_next_level": 73,
    }  # fmt: skip


def test_the_later_step_is_told_of_two_left_equally_often(spark: SparkSession) -> None:
    days = [
        {"ago": 1, "search_count": 3, "search_session_count": 3, "left_at_search_session_count": 1},
        {"ago": 50, "doctor_session_count": 2, "left_at_doctor_session_count": 1, "start_session_count": 1,
         "review_first_session_count": 1},
    ]  # fmt: skip
    seen, silent = told(conform(USER_FUNNEL, user_funnel(spans(spark, FUNNEL, *days), users(spark), DAY)), "user_id")
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_search": 180,
                      "days_since_last_left_at_payment": 180}  # fmt: skip
    assert seen == {
        "user_id": "u1", "as_of_date": DAY, "search_count_7d": 3, "search_count_30d": 3, "search_count_90d": 3,
        "search_session_count_30d": 3, "search_session_count_90d": 3, "left_at_search_session_count_30d": 1,
        "left_at_search_session_count_90d": 1, "doctor_session_count_90d": 2, "left_at_doctor_session_count_90d": 1,
        "start_session_count_90d": 1, "review_first_session_count_90d": 1, "top_left_at_step_90d": "doctor",
        "doctor_to_start_share_90d": 0.5, "review_first_share_90d": 1.0, "days_since_last_search": 1,
        "days_since_last_left_at_payment": 180, "is_searching_without_asking_30d": True,
        "journey_stage_90d": "decision",
    }  # fmt: skip


def test_the_channel_that_is_answered_best_is_not_the_loudest(spark: SparkSession) -> None:
    days = [
        {"ago": 2, "sms_touch_count": 90, "sms_click_count": 2, "wechat_touch_count": 2, "wechat_click_count": 1,
         "evening_answer_count": 3, "touch_cost_yuan": Decimal("4.5000")},
        {"ago": 5, "push_shown_count": 4, "push_opened_count": 1, "lunch_answer_count": 1},
    ]  # fmt: skip
    found = conform(USER_ENGAGEMENT, user_engagement(spans(spark, ENGAGEMENT, *days), users(spark), DAY))
    reached, silent = told(found, "user_id")
    assert silent == {"user_id": "u2", "as_of_date": DAY, "days_since_last_touch": 180, "days_since_last_answer": 180}
    windows = (7, 30, 90)
    assert reached == {
        "user_id": "u1", "as_of_date": DAY, **{f"touch_count_{n}d": 92 for n in windows},
        **{f"click_count_{n}d": 3 for n in windows}, **{f"push_shown_count_{n}d": 4 for n in windows},
        **{f"push_opened_count_{n}d": 1 for n in windows}, **{f"push_open_share_{n}d": 0.25 for n in (30, 90)},
        **{f"click_share_{n}d": 3 / 92 for n in (30, 90)}, "sms_touch_count_90d": 90, "sms_click_count_90d": 2,
        "wechat_touch_count_90d": 2, "wechat_click_count_90d": 1, "top_channel_90d": "wechat",
        "second_channel_90d": "sms",
        "evening_answer_count_90d": 3, "lunch_answer_count_90d": 1, "top_answer_daypart_90d": "evening",
        **{f"touch_cost_yuan_{n}d": Decimal("4.5000") for n in (30, 90, 180)}, "days_since_last_touch": 2,
        "days_since_last_answer": 2,
    }  # fmt: skip


def test_no_feature_has_two_homes() -> None:
    assert len(feature_columns()) == sum(len(t.columns) - len(t.key) for t in THEMES)
    assert len(feature_columns()) >= 150
