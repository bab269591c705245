"""What users say about us and pass on."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.windows import days_since, for_every_user, share, windowed_sums
from schemas.feature.user_social import USER_SOCIAL

_ACTS = ("post_count", "community_answer_count", "check_in_count", "like_count")
_SUMS = {
    **{name: (30, 90, 180) for name in ("share_count", "invitation_count", "invitation_accepted_count")},
    **{name: (90, 180) for name in ("review_count", "low_review_count")},
    "review_stars": (180,),
    **{name: (30, 90) for name in _ACTS},
    "community_act_count": (30, 90, 180),
    "group_join_count": (180,),
    "group_leave_count": (180,),
    "complaint_count": (30, 90, 180),
    **{f"{kind}_complaint_count": (180,) for kind in ("slow_reply", "attitude", "fee", "medicine")},
}


def user_social(days: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_social from the last 180 days of user_day, `of_users`."""
    sums = windowed_sums(
        days.withColumn("community_act_count", F.expr(" + ".join(_ACTS))),
        as_of,
        _SUMS,
        lasts={"community_act": "community_act_count > 0", "complaint": "complaint_count > 0"},
    )
    derived = {
        "review_rating_mean_180d": share("review_stars_180d", "review_count_180d"),
        "days_since_last_community_act": days_since("community_act_date", as_of, 180),
        "days_since_last_complaint": days_since("complaint_date", as_of, 180),
        "is_promoter": "nps_score_last >= 9",
        "is_detractor": "nps_score_last <= 6",
    }
    return for_every_user(users, [sums, _last_nps(days, as_of)], USER_SOCIAL, as_of, derived)


def _last_nps(days: DataFrame, as_of: date) -> DataFrame:
    answered = days.where(f"nps_answer_count > 0 AND event_date > date_sub(DATE'{as_of}', 180)")
    per_day = answered.groupBy("user_id", "event_date").agg(F.expr("sum(nps_points) / sum(nps_answer_count)").alias("s"))
    return per_day.groupBy("user_id").agg(F.expr("max_by(s, event_date)").alias("nps_score_last"))
