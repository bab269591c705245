"""What a user is worth to the hospital, in four tiers."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY

VALUE_TIERS = ("high", "potential", "ordinary", "churn_risk")

USER_VALUE_TIER = Table(
    "gold.user_value_tier",
    "The value tier of every user as of a day, by the shares of conf/value_tiers.yml.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        Column("value_yuan", "decimal(18,2)", "Past year's spend and next year's expected, weighted.", "yuan"),
        Column("at_stake_yuan", "decimal(18,2)", "That value times the chance of falling silent.", "yuan"),
        Column("value_tier", "string", "`high`, `potential`, `ordinary`, or `churn_risk`: worth keeping and about to "
               "be lost.", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "value_tier", values=VALUE_TIERS), Check("rows", min=1)),
)  # fmt: skip
