"""What users say about us and pass on."""

from datetime import date

from pyspark.sql import DataFrame

from features.windows import Measures, days_since, for_every_user, share, spread
from schemas.feature.user_social import USER_SOCIAL

_ACTS = ("post_count", "community_answer_count", "check_in_count", "like_count")
_SUMS = {
    **dict.fromkeys(("share_count", "invitation_count", "invitation_accepted_count"), (30, 90, 180)),
    **dict.fromkeys(("review_count", "low_review_count"), (90, 180)),
    "review_stars": (180,),
    **dict.fromkeys(_ACTS, (30, 90)),
    "community_act_count": (30, 90, 180),
    "group_join_count": (180,),
    "group_leave_count": (180,),
    "complaint_count": (30, 90, 180),
    **{f"{kind}_complaint_count": (180,) for kind in ("slow_reply", "attitude", "fee", "medicine")},
}


SOCIAL = Measures(
    _SUMS,
    formulas={"community_act_count": " + ".join(_ACTS)},
    lasts={"community_act": " + ".join(_ACTS) + " > 0", "complaint": "complaint_count > 0"},
    picks={"nps_score_last": ("nps_answer_count > 0", "(nps_points / nullif(nps_answer_count, 0))")},
)


def user_social(spans: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_social from SOCIAL `add_up`ped."""
    acted = days_since("community_act_date", as_of, 180)
    derived = {
        "review_rating_mean_180d": share("review_stars_180d", "review_count_180d"),
        "days_since_last_community_act": acted,
        "community_role": f"""CASE WHEN community_act_count_30d >= 10 OR community_answer_count_30d >= 5 THEN 'core'
            WHEN {acted} < 60 THEN 'active' WHEN community_act_count_180d >= 1 THEN 'lost'
            WHEN group_join_count_180d > group_leave_count_180d THEN 'potential' END""",
        "days_since_last_complaint": days_since("complaint_date", as_of, 180),
        "is_promoter": "nps_score_last >= 9",
        "is_detractor": "nps_score_last <= 6",
    }
    return for_every_user(users, [spread(spans, SOCIAL)], USER_SOCIAL, as_of, derived)
