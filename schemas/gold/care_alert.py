"""Readings a care team must look at."""

from schemas.table import Check, Column, Table

CARE_ALERT = Table(
    "gold.care_alert",
    "Something in a user's home readings that the care team must look at. For care alone, never for marketing.",
    ("as_of_date", "user_id", "kind"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        Column("user_id", "string", "User.", nullable=False, sensitivity="personal"),
        Column("kind", "string", "What is wrong, as conf/care_alerts.yml names it.", nullable=False),
        Column("severity", "string", "`high` is for today, `middle` for this week.", nullable=False),
        Column("text_zh", "string", "What to tell the team, in Chinese.", nullable=False, sensitivity="health"),
        Column("text_en", "string", "What to tell the team, in English.", nullable=False, sensitivity="health"),
        Column("evidence", "map<string,string>", "Columns the rule named and what they held.", sensitivity="health"),
        Column("rule_version", "string", "Hash of the alert's declaration.", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "severity", values=("high", "middle")),),
)
