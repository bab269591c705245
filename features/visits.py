"""What events say about a day: counts, and how far each visit went."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.persons import ACTOR, ACTOR_KIND

DAYPART_HOURS = {
    "night": (22, 6), "dawn": (6, 8), "peak": (8, 9), "forenoon": (9, 12), "lunch": (12, 14), "afternoon": (14, 18),
    "evening": (18, 22),
}  # fmt: skip
DAY_KEY = ("actor_id", "actor_kind", "event_date", "known_date")
_ACTIVE = "event_name NOT IN ('push_shown', 'push_refused')"
_ANSWERED = "event_name IN ('push_opened', 'message_opened')"
_COUNTED = (
    "search", "view_doctor", "view_reviews", "view_content", "start_consultation", "pay", "favourite", "set_reminder",
    "open_reminder", "open_health_record", "login", "crash", "push_shown", "push_opened", "push_refused",
    "message_opened",
)  # fmt: skip


def in_part(part: str, hour: str = "hour") -> str:
    """SQL: whether a local hour lies in a part of the day."""
    first, end = DAYPART_HOURS[part]
    return f"{hour} >= {first} {'OR' if end < first else 'AND'} {hour} < {end}"


def visit_measures(event: DataFrame, zone: str) -> DataFrame:
    """The measures of user_day that events bear, one row per actor, day and delivery day.

    A visit is a session within one day and one delivery: a session that runs over midnight is two.
    """
    counted = {
        "event_count": "count(1)",
        "active_event_count": f"count_if({_ACTIVE})",
        "dwell_seconds": "sum(coalesce(dwell_seconds, 0D))",
        **{f"{part}_event_count": f"count_if({_ACTIVE} AND ({in_part(part)}))" for part in DAYPART_HOURS},
        **{f"{part}_answer_count": f"count_if({_ANSWERED} AND ({in_part(part)}))" for part in DAYPART_HOURS},
        **{f"{p}_event_count": f"count_if({_ACTIVE} AND platform = '{p}')" for p in ("app", "mini_program", "web")},
        **{f"{name}_count": f"count_if(event_name = '{name}')" for name in _COUNTED},
    }
    reached = {
        "home_count": "count_if(event_name = 'view_home')",
        "reviews_at": "min(CASE WHEN event_name = 'view_reviews' THEN event_at END)",
        "start_at": "max(CASE WHEN event_name = 'start_consultation' THEN event_at END)",
    }
    acts = event.selectExpr(
        "*",
        f"{ACTOR} AS actor_id",
        f"{ACTOR_KIND} AS actor_kind",
        f"hour(from_utc_timestamp(event_at, '{zone}')) AS hour",
    )
    sessions = acts.where("actor_id IS NOT NULL").groupBy(*DAY_KEY, "session_id")
    visits = sessions.agg(*(F.expr(sql).alias(name) for name, sql in {**counted, **reached}.items()))
    ends = {name: f"count_if({holds})" for name, holds in _visit_conditions().items()}
    totals = {name: f"sum({name})" for name in counted}
    return visits.groupBy(*DAY_KEY).agg(*(F.expr(sql).alias(name) for name, sql in {**totals, **ends}.items()))


def _visit_conditions() -> dict[str, str]:
    searched, saw, began, paid = (
        "search_count > 0",
        "view_doctor_count > 0",
        "start_consultation_count > 0",
        "pay_count > 0",
    )
    return {
        "session_count": "active_event_count > 0",
        "search_session_count": searched,
        "doctor_session_count": saw,
        "start_session_count": began,
        "paid_session_count": paid,
        "left_at_home_session_count": f"home_count > 0 AND NOT ({searched} OR {saw} OR {began} OR {paid})",
        "left_at_search_session_count": f"{searched} AND NOT ({saw} OR {began} OR {paid})",
        "left_at_doctor_session_count": f"{saw} AND NOT ({began} OR {paid})",
        "left_at_payment_session_count": f"{began} AND NOT {paid}",
        "search_only_session_count": f"{searched} AND NOT {began}",
        "review_first_session_count": "reviews_at < start_at",
    }


def topic_days(event: DataFrame) -> DataFrame:
    """feature.user_topic_day: what an actor searched for or read about, per day and delivery day."""
    acts = event.where("topic IS NOT NULL AND event_name IN ('search', 'view_content', 'view_doctor')")
    named = acts.withColumn("actor_id", F.expr(ACTOR)).where("actor_id IS NOT NULL")
    return named.groupBy("actor_id", "event_date", "known_date", "topic").agg(
        F.expr("CAST(count_if(event_name = 'search') AS INT)").alias("topic_search_count"),
        F.expr("CAST(count_if(event_name = 'view_content') AS INT)").alias("topic_content_count"),
        F.expr("CAST(count_if(event_name = 'view_doctor') AS INT)").alias("topic_doctor_count"),
    )
