"""How far a user's visits go on the way to a consultation."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY, counts, days_since

FUNNEL_STEPS = ("home", "search", "doctor", "payment")
JOURNEY_STAGES = ("awareness", "decision", "use", "loyalty")

USER_FUNNEL = Table(
    "feature.user_funnel",
    "How far a user's visits go on the way from the home page to a paid consultation, and where they end.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *counts({"search_count": "Searches"}, (7, 30, 90)),
        *counts({
            "search_session_count": "Visits with a search", "doctor_session_count": "Visits that saw a doctor's page",
            "start_session_count": "Visits that began a consultation", "paid_session_count": "Visits that paid",
            "left_at_home_session_count": "Visits that came to the home page and went no further",
            "left_at_search_session_count": "Visits that searched and went no further",
            "left_at_doctor_session_count": "Visits that saw a doctor's page and went no further",
            "left_at_payment_session_count": "Visits that began a consultation and did not pay",
            "search_only_session_count": "Visits with a search and no consultation begun",
            "review_first_session_count": "Visits that read reviews before they began a consultation",
            "view_doctor_count": "Doctors' pages seen", "view_reviews_count": "Times that reviews were read"},
            (30, 90)),
        Column("top_left_at_step_90d", "string", "Step at which most visits ended unpaid; the later step of equals."),
        Column("doctor_to_start_share_90d", "double", "Visits that began a consultation among those that saw a "
               "doctor."),
        Column("start_to_paid_share_90d", "double", "Visits that paid among those that began a consultation."),
        Column("review_first_share_90d", "double", "Visits that read reviews first among those that began a "
               "consultation."),
        days_since("search", "Days since the last search", 180),
        days_since("left_at_payment", "Days since a visit last began a consultation and did not pay", 180),
        Column("journey_stage_90d", "string", "Furthest stage of the last 90 days: loyalty, four or more orders and "
               "active within 30 days; use, an order; decision, a search, a doctor's page or a consultation begun; "
               "awareness, anything else done. Empty for who was not there."),
        Column("is_searching_without_asking_30d", "boolean", "Three or more visits with a search and no consultation "
               "begun in any visit, last 30 days.", nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("in_set", "top_left_at_step_90d", values=FUNNEL_STEPS),
        Check("in_set", "journey_stage_90d", values=JOURNEY_STAGES),
        Check("between", "review_first_share_90d", min=0, max=1),
        Check("compare", "search_session_count_30d", other="search_session_count_90d"),
    ),
)  # fmt: skip
