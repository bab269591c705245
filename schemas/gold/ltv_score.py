"""What users are expected to spend."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY

LTV_SCORE = Table(
    "gold.ltv_score",
    "What a user is expected to spend after the as-of day, by the champion of that day: paid for lines sold, refunds "
    "not taken off, not discounted. Every user with an open account has one.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        Column("ltv_yuan_90d", "decimal(12,2)", "Expected spend in the next 90 days.", "yuan", nullable=False),
        Column("ltv_yuan_180d", "decimal(12,2)", "Expected spend in the next 180 days.", "yuan", nullable=False),
        Column("ltv_yuan_365d", "decimal(12,2)", "Expected spend in the next 365 days.", "yuan", nullable=False),
        Column("alive_probability", "double",
               "Chance that a buyer has not left for good (MBG/NBD); empty for who never bought."),
        Column("expected_order_count_90d", "double",
               "Days with a purchase to expect in the next 90 days (MBG/NBD); empty for who never bought.", "days"),
        Column("method", "string",
               "How each horizon was come by, as `90d=…; 180d=…; 365d=…`: `two_stage` was learned on labels of that "
               "horizon, `two_stage_45d_times_btyd_ratio` was learned on 45 days and stretched.", nullable=False),
        Column("model_version", "string", "Version of the model `ltv` in the registry.", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(
        Check("between", "ltv_yuan_90d", min=0),
        Check("compare", "ltv_yuan_90d", other="ltv_yuan_180d"),
        Check("compare", "ltv_yuan_180d", other="ltv_yuan_365d"),
        Check("between", "alive_probability", min=0, max=1),
        Check("between", "expected_order_count_90d", min=0),
        Check("rows", min=1),
    ),
)  # fmt: skip
