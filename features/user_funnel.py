"""How far users' visits go on the way to a consultation."""

from datetime import date

from pyspark.sql import DataFrame

from features.persons import ACTED
from features.windows import Measures, days_since, for_every_user, name_of_largest, share, spread
from schemas.feature.user_funnel import FUNNEL_STEPS, USER_FUNNEL

_VISITS = (
    "search_session_count",
    "doctor_session_count",
    "start_session_count",
    "paid_session_count",
    *(f"left_at_{step}_session_count" for step in FUNNEL_STEPS),
    "search_only_session_count",
    "review_first_session_count",
    "view_doctor_count",
    "view_reviews_count",
)


FUNNEL = Measures(
    {
        "search_count": (7, 30, 90, 180),
        **dict.fromkeys(_VISITS, (30, 90)),
        # For the stage of the journey; their own columns are other themes'.
        "active_days": (30, 90),
        "order_count": (90,),
    },
    day_counts={"active_days": ACTED},
    lasts={"search": "search_count > 0", "left_at_payment": "left_at_payment_session_count > 0"},
)
# The furthest stage that the last 90 days show.
_JOURNEY = """CASE WHEN order_count_90d >= 4 AND active_days_30d >= 1 THEN 'loyalty'
    WHEN order_count_90d >= 1 THEN 'use'
    WHEN search_count_90d + view_doctor_count_90d + start_session_count_90d >= 1 THEN 'decision'
    WHEN active_days_90d >= 1 THEN 'awareness' END"""


def user_funnel(spans: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_funnel from FUNNEL `add_up`ped."""
    later_first = {step: f"left_at_{step}_session_count_90d" for step in reversed(FUNNEL_STEPS)}
    derived = {
        "top_left_at_step_90d": name_of_largest(later_first),
        "doctor_to_start_share_90d": share("least(start_session_count_90d, doctor_session_count_90d)",
                                           "doctor_session_count_90d"),
        "start_to_paid_share_90d": share("least(paid_session_count_90d, start_session_count_90d)",
                                         "start_session_count_90d"),
        "review_first_share_90d": share("review_first_session_count_90d", "start_session_count_90d"),
        "days_since_last_search": days_since("search_date", as_of, 180),
        "days_since_last_left_at_payment": days_since("left_at_payment_date", as_of, 180),
        "journey_stage_90d": _JOURNEY,
        "is_searching_without_asking_30d": "search_session_count_30d >= 3 AND start_session_count_30d = 0",
    }  # fmt: skip
    return for_every_user(users, [spread(spans, FUNNEL)], USER_FUNNEL, as_of, derived)
