"""Audiences: who is on a list, who came and went, and who was refused for which reason."""

from schemas.table import Check, Column, Table

ARMS = ("list", "holdout")

AUDIENCE_MEMBER = Table(
    "gold.audience_member",
    "One user in one audience as of a day, after consent and policy. The hold-out is never published.",
    ("as_of_date", "audience", "user_id"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        Column("audience", "string", "Code of the audience.", nullable=False),
        Column("user_id", "string", "User.", nullable=False, sensitivity="personal"),
        Column("account_token", "string", "Account to reach.", nullable=False, sensitivity="personal"),
        Column("arm", "string", "`list`, or `holdout`: kept out so that the effect can be measured.", nullable=False),
        Column("channel", "string", "How the user is to be reached.", nullable=False),
        Column("rank", "int", "Place in the audience's order, the first being 1.", nullable=False),
        Column("purpose", "string", "Purpose the consent was checked for.", nullable=False),
        Column("offer_zh", "string", "What is offered, in Chinese."),
        Column("offer_en", "string", "What is offered, in English."),
        Column("details", "map<string,string>", "Columns the list carries.", sensitivity="health"),
        Column("policy_version", "string", "Hash of the policy it passed.", nullable=False),
        Column("audience_version", "string", "Hash of the audience's declaration.", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "arm", values=ARMS), Check("between", "rank", min=1)),
)

AUDIENCE_CHANGE = Table(
    "gold.audience_change",
    "One user who came onto or left a published list since the audience's last one.",
    ("as_of_date", "audience", "user_id"),
    (
        Column("as_of_date", "date", "Day of the newer list.", nullable=False),
        Column("audience", "string", "Code of the audience.", nullable=False),
        Column("user_id", "string", "User.", nullable=False, sensitivity="personal"),
        Column("account_token", "string", "Account.", nullable=False, sensitivity="personal"),
        Column("change", "string", "`added` or `removed`.", nullable=False),
        Column("previous_date", "date", "Day of the list compared with; empty for the first list."),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "change", values=("added", "removed")),),
)

AUDIENCE_DAY = Table(
    "gold.audience_day",
    "What became of an audience's candidates as of a day: one row per outcome.",
    ("as_of_date", "audience", "outcome"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        Column("audience", "string", "Code of the audience.", nullable=False),
        Column("outcome", "string", "`list`, `holdout`, `over_size_cap` or the reason of a refusal.", nullable=False),
        Column("user_count", "bigint", "Users.", unit="users", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("between", "user_count", min=0),),
)
