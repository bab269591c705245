"""Who is likely to fall silent."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY

RISK_TIERS = ("high", "middle", "low")

CHURN_SCORE = Table(
    "gold.churn_score",
    "How likely a user is not active in the 30 days after the as-of day, by the champion of that day. Every user "
    "with an open account has one, silent ones too.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        Column("churn_probability", "double", "Calibrated chance of no active day in the next 30 days.",
               nullable=False),
        Column("risk_decile", "int", "10 for the tenth of users most at risk, 1 for the least; ties by user_id.",
               nullable=False),
        Column("risk_tier", "string", "`high`, `middle` or `low`, by the thresholds of conf/models/churn.yml.",
               nullable=False),
        Column("reasons_zh", "array<string>", "What moved the score most, strongest first, in Chinese.",
               nullable=False, sensitivity="personal"),
        Column("reasons_en", "array<string>", "The same in English.", nullable=False, sensitivity="personal"),
        Column("model_version", "string", "Version of the model `churn` in the registry.", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(
        Check("between", "churn_probability", min=0, max=1),
        Check("between", "risk_decile", min=1, max=10),
        Check("in_set", "risk_tier", values=RISK_TIERS),
        Check("rows", min=1),
    ),
)  # fmt: skip
