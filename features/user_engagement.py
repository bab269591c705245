"""What reaches users, through what, and what they answer."""

from datetime import date

from pyspark.sql import DataFrame

from features.windows import Measures, days_since, for_every_user, name_of_largest, name_of_second, share, spread
from schemas.feature.user_day import DAYPARTS
from schemas.feature.user_engagement import USER_ENGAGEMENT
from schemas.vocabulary import TOUCH_CHANNELS

_SUMS = {
    **{f"{name}_count": (7, 30, 90) for name in ("push_shown", "push_opened", "push_refused", "message_opened")},
    "touch_count": (7, 30, 90),
    "click_count": (7, 30, 90),
    **{f"{channel}_touch_count": (90,) for channel in TOUCH_CHANNELS},
    **{f"{channel}_click_count": (90,) for channel in TOUCH_CHANNELS},
    **{f"{part}_answer_count": (90,) for part in DAYPARTS},
    "touch_cost_yuan": (30, 90, 180),
}


ENGAGEMENT = Measures(
    _SUMS,
    formulas={
        "touch_count": " + ".join(f"{c}_touch_count" for c in TOUCH_CHANNELS),
        "click_count": " + ".join(f"{c}_click_count" for c in TOUCH_CHANNELS),
    },
    lasts={
        "touch": " + ".join(f"{c}_touch_count" for c in TOUCH_CHANNELS) + " + push_shown_count > 0",
        "answer": " + ".join(f"{part}_answer_count" for part in DAYPARTS) + " > 0",
    },
)


def user_engagement(spans: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_engagement from ENGAGEMENT `add_up`ped."""
    answered = {c: f"{c}_answered" for c in TOUCH_CHANNELS}
    counted = spread(spans, ENGAGEMENT).selectExpr("*", *(f"{_answers(c)} AS {name}" for c, name in answered.items()))
    ranked = counted.selectExpr("*", f"{name_of_largest(answered)} AS top_channel_90d")
    derived = {
        **{f"push_open_share_{n}d": _at_most_1(f"push_opened_count_{n}d", f"push_shown_count_{n}d") for n in (30, 90)},
        **{f"click_share_{n}d": _at_most_1(f"click_count_{n}d", f"touch_count_{n}d") for n in (30, 90)},
        "second_channel_90d": name_of_second(answered, "top_channel_90d"),
        "top_answer_daypart_90d": name_of_largest({part: f"{part}_answer_count_90d" for part in DAYPARTS}),
        "days_since_last_touch": days_since("touch_date", as_of, 180),
        "days_since_last_answer": days_since("answer_date", as_of, 180),
    }
    return for_every_user(users, [ranked], USER_ENGAGEMENT, as_of, derived)


def _at_most_1(answered: str, shown: str) -> str:
    # An answer may fall into the window whose showing fell out of it.
    return share(f"least({answered}, {shown})", shown)


def _answers(channel: str) -> str:
    clicks, touches = f"{channel}_click_count_90d", f"{channel}_touch_count_90d"
    return f"(CASE WHEN {clicks} > 0 THEN ({clicks} + 1) / CAST({touches} + 10 AS DOUBLE) ELSE 0D END)"
