"""How often, when and where users are active."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.persons import ACTED
from features.windows import Measures, days_since, for_every_user, name_of_largest, share, spread
from schemas.feature.user_activity import PLATFORM_PARTS, USER_ACTIVITY
from schemas.feature.user_day import DAYPARTS

_ALL = (7, 30, 90, 180)
_SUMS = {
    "active_days": _ALL,
    "active_event_count": _ALL,
    "session_count": _ALL,
    "dwell_seconds": _ALL,
    "weekend_event_count": (30, 90),
    "workday_peak_event_count": (90,),
    **{f"{part}_event_count": (30, 90) for part in DAYPARTS},
    **{f"{platform}_event_count": (30, 90) for platform in PLATFORM_PARTS},
    **{f"{name}_count": (30, 90) for name in (
        "login", "view_content", "favourite", "set_reminder", "open_reminder", "open_health_record", "crash")},
}  # fmt: skip
_TOPIC_HALF_LIFE_DAYS = 30


ACTIVITY = Measures(
    _SUMS,
    formulas={
        "weekend_event_count": "CASE WHEN dayofweek(event_date) IN (1, 7) THEN active_event_count ELSE 0 END",
        "workday_peak_event_count": "CASE WHEN dayofweek(event_date) IN (1, 7) THEN 0 ELSE peak_event_count END",
    },
    day_counts={"active_days": ACTED},
    prior={"active_days": 30, "active_event_count": 30},
    lasts={"activity": ACTED},
)


def user_activity(spans: DataFrame, topic_days: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_activity from ACTIVITY `add_up`ped and 90 days of user_topic_day, `of_users`."""
    parts = [spread(spans, ACTIVITY), _top_topics(topic_days, as_of)]
    return for_every_user(users, parts, USER_ACTIVITY, as_of, _derived(as_of))


def _derived(as_of: date) -> dict[str, str]:
    new, old = "active_days_30d", "active_days_prior_30d"
    parts = (*DAYPARTS, "weekend")
    return {
        **{f"dwell_minutes_{n}d": f"dwell_seconds_{n}d / 60" for n in _ALL},
        "days_since_last_activity": days_since("activity_date", as_of, 180),
        "active_days_trend_30d": share(f"({new} - {old})", f"({new} + {old})"),
        "is_frequency_halved": f"{old} >= 2 AND 2 * {new} <= {old}",
        "sessions_per_active_day_90d": share("session_count_90d", "active_days_90d"),
        "dwell_minutes_per_session_90d": share("(dwell_seconds_90d / 60)", "session_count_90d"),
        **{
            f"{part}_event_share_{n}d": share(f"{part}_event_count_{n}d", f"active_event_count_{n}d")
            for part in parts
            for n in (30, 90)
        },
        "workday_peak_event_share_90d": share("workday_peak_event_count_90d", "active_event_count_90d"),
        **{f"{p}_event_share_90d": share(f"{p}_event_count_90d", "active_event_count_90d") for p in PLATFORM_PARTS},
        "top_daypart_90d": name_of_largest({part: f"{part}_event_count_90d" for part in DAYPARTS}),
        "top_search_topic_90d": "nullif(array_join(slice(top_search_topics_90d, 1, 1), ''), '')",
        "top_platform_90d": name_of_largest({p: f"{p}_event_count_90d" for p in PLATFORM_PARTS}),
        "platform_count_90d": " + ".join(f"CAST({p}_event_count_90d > 0 AS INT)" for p in PLATFORM_PARTS),
        "new_platform_30d": f"CASE {' '.join(_newly_used(p) for p in PLATFORM_PARTS)} END",
        **{f"{rank}_content_topic_90d": _topic(at) for at, rank in enumerate(("top", "second", "third"), start=1)},
    }


def _newly_used(platform: str) -> str:
    """SQL: WHEN a platform was used only in the last 30 of the last 90 days, and something else before them."""
    new, both = f"{platform}_event_count_30d", f"{platform}_event_count_90d"
    return f"WHEN {new} > 0 AND {new} = {both} AND active_event_count_90d > active_event_count_30d THEN '{platform}'"


def _topic(at: int) -> str:
    return f"nullif(array_join(slice(top_content_topics_90d, {at}, 1), ''), '')"


def _top_topics(topic_days: DataFrame, as_of: date) -> DataFrame:
    recent = topic_days.where(f"event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', 90)")
    decay = f"pow(0.5D, date_diff(DATE'{as_of}', event_date) / {_TOPIC_HALF_LIFE_DAYS}.0D)"
    # Rounded, so that the order of adding up does not decide between equals.
    weighed = recent.groupBy("user_id", "topic").agg(
        F.expr(f"round(sum(topic_content_count * {decay}), 6)").alias("content"),
        F.expr(f"round(sum(topic_search_count * {decay}), 6)").alias("search"),
    )
    return weighed.groupBy("user_id").agg(
        F.expr(_first_three("content")).alias("top_content_topics_90d"),
        F.expr(_first_three("search")).alias("top_search_topics_90d"),
    )


def _first_three(weight: str) -> str:
    ranked = f"array_sort(collect_list(CASE WHEN {weight} > 0 THEN struct(-{weight} AS w, topic AS topic) END))"
    return f"slice(transform({ranked}, x -> x.topic), 1, 3)"
