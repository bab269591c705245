"""A user's portrait: all an analyst asks for, in one row."""

from schemas.feature.user_activity import USER_ACTIVITY
from schemas.feature.user_consultation import USER_CONSULTATION
from schemas.feature.user_engagement import USER_ENGAGEMENT
from schemas.feature.user_funnel import USER_FUNNEL
from schemas.feature.user_health import USER_HEALTH
from schemas.feature.user_profile import USER_PROFILE
from schemas.feature.user_social import USER_SOCIAL
from schemas.feature.user_value import USER_VALUE
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.user_segment import USER_SEGMENT
from schemas.gold.user_value_tier import USER_VALUE_TIER
from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY

# What the portrait takes over as it stands, from which table.
TAKEN_OVER: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (USER_PROFILE, (
        "age_years", "age_band", "generation", "sex", "occupation", "income_band", "province_name", "city_tier",
        "climate", "membership_level", "registration_channel", "registered_at", "tenure_days",
        "family_member_count", "is_minor",
    )),
    (USER_ACTIVITY, (
        "days_since_last_activity", "active_days_30d", "active_days_90d", "active_event_count_30d", "session_count_30d",
        "dwell_minutes_30d", "night_event_share_30d", "weekend_event_share_30d", "top_daypart_90d", "top_platform_90d",
    )),
    (USER_CONSULTATION, (
        "consultation_count_30d", "consultation_count_90d", "consultation_count_180d", "days_since_last_consultation",
        "top_department_180d", "last_department", "top_form_90d", "rating_mean_180d", "same_doctor_count_90d",
    )),
    (USER_HEALTH, ("chronic_condition_count", "has_sensitive_condition", "days_covered_share_180d", "fertility_state")),
    (USER_FUNNEL, ("search_count_30d", "top_left_at_step_90d")),
    (USER_ENGAGEMENT, ("push_open_share_90d", "click_share_90d", "top_channel_90d", "top_answer_daypart_90d",
                       "touch_cost_yuan_90d")),
    (USER_SOCIAL, ("share_count_90d", "invitation_count_90d", "complaint_count_180d", "nps_score_last",
                   "community_act_count_90d")),
    (USER_VALUE, ("order_count_90d", "order_count_365d", "spend_yuan_30d", "spend_yuan_90d", "spend_yuan_365d",
                  "basket_yuan_mean_180d", "days_since_last_order", "is_buyer", "first_order_date")),
    (USER_SEGMENT, ("segment_id", "segment_code", "segment_zh", "segment_en")),
    (CHURN_SCORE, ("churn_probability", "risk_decile", "risk_tier", "reasons_zh", "reasons_en")),
    (LTV_SCORE, ("ltv_yuan_90d", "ltv_yuan_180d", "ltv_yuan_365d", "alive_probability")),
    (USER_VALUE_TIER, ("value_yuan", "value_tier")),
)  # fmt: skip


def _taken_over() -> tuple[Column, ...]:
    found = (table.column(name) for table, names in TAKEN_OVER for name in names)
    return tuple(Column(c.name, c.type, c.meaning, c.unit, True, c.sensitivity) for c in found)


USER_PORTRAIT = Table(
    "gold.user_portrait",
    "One user as of a day: who, what they do, need and are worth, their tags, group and scores, and how marketing may "
    "reach them.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *_taken_over(),
        Column("tag_codes", "array<string>", "Tags held, by code.", nullable=False, sensitivity="health"),
        Column("tag_names_zh", "array<string>", "The same tags in Chinese, in the same order.", nullable=False,
               sensitivity="health"),
        Column("tag_values", "map<string,string>", "What each tag held says.", nullable=False, sensitivity="health"),
        Column("tag_weights", "map<string,double>", "Weight of each tag held (1) or fading (0.1 to 1).",
               nullable=False, sensitivity="health"),
        Column("tag_count", "int", "Tags held.", "tags", nullable=False),
        Column("marketing_channels", "array<string>", "Channels through which marketing with basic data is agreed to.",
               nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(Check("rows", min=1), Check("between", "tag_count", min=0)),
)  # fmt: skip
