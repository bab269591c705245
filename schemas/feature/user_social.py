"""What a user says and passes on."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY, counts, days_since

COMMUNITY_ROLES = ("potential", "active", "core", "lost")

USER_SOCIAL = Table(
    "feature.user_social",
    "What a user says about us and passes on to others.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *counts({"share_count": "Shares", "invitation_count": "Invitations sent",
                 "invitation_accepted_count": "Invited persons who registered"}, (30, 90, 180)),
        *counts({"review_count": "Reviews written", "low_review_count": "Reviews of one or two stars"}, (90, 180)),
        Column("review_rating_mean_180d", "double", "Mean stars of reviews.", "stars"),
        *counts({"post_count": "Posts in patients' groups", "community_answer_count": "Answers in patients' groups",
                 "check_in_count": "Check-ins in patients' groups", "like_count": "Likes in patients' groups"},
                (30, 90)),
        *counts({"community_act_count": "Posts, answers, check-ins and likes in patients' groups"}, (30, 90, 180)),
        *counts({"group_join_count": "Patients' groups joined", "group_leave_count": "Patients' groups left"}, (180,)),
        days_since("community_act", "Days since the last act in a patients' group", 180),
        Column("community_role", "string", "Role in patients' groups: core, ten acts or five answers in 30 days; "
               "active, an act within 60; lost, none for 60 but one within 180; potential, joined a group within 180 "
               "and did nothing yet. Empty for others."),
        *counts({"complaint_count": "Complaints"}, (30, 90, 180)),
        *counts({f"{k}_complaint_count": f"Complaints about {t}" for k, t in {
            "slow_reply": "slow replies", "attitude": "attitude", "fee": "fees", "medicine": "medicine"}.items()},
            (180,)),
        days_since("complaint", "Days since the last complaint", 180),
        Column("nps_score_last", "double", "Last answer to 'would you recommend us?' within 180 days, 0 to 10; of "
               "several on one day their mean, or the highest if they were delivered on different days.", "points"),
        Column("is_promoter", "boolean", "That answer is 9 or 10.", nullable=False),
        Column("is_detractor", "boolean", "That answer is 6 or less.", nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("in_set", "community_role", values=COMMUNITY_ROLES),
        Check("between", "nps_score_last", min=0, max=10),
        Check("between", "review_rating_mean_180d", min=1, max=5),
    ),
)  # fmt: skip
