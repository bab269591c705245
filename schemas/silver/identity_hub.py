"""Identifiers that touch too many accounts to say anything about a person."""

from schemas.table import Check, Column, Table

IDENTIFIER_KINDS = ("id_card", "unionid", "openid", "phone", "hospital_card", "name", "device")
HUB_REASONS = ("blocked", "accounts", "new_accounts_1d", "new_accounts_7d")

IDENTITY_HUB = Table(
    "silver.identity_hub",
    "Identifiers that touch too many accounts to say anything about a person, or are blocked by hand in "
    "conf/identity.yml; they join nothing.",
    ("as_of_date", "identifier_kind", "identifier"),
    (
        Column("as_of_date", "date", "Day at whose end this was known.", nullable=False),
        Column("identifier_kind", "string", "Kind of identifier.", nullable=False),
        Column("identifier", "string", "Its token.", nullable=False, sensitivity="personal"),
        Column("account_count", "int", "Accounts it touches.", "accounts", nullable=False),
        Column("account_limit", "int", "More than this many make a hub.", "accounts", nullable=False),
        Column("hub_reason", "string", "`blocked` by hand; too many `accounts` in all; or too many first seen with it "
               "within a day or seven days.", nullable=False),
        Column("new_account_count", "int", "Most accounts first seen with it within the days of the reason; empty "
               "where the rate is not the reason.", "accounts"),
        Column("new_account_limit", "int", "More than this many within those days make a hub.", "accounts"),
    ),
    slice_by="as_of_date",
    checks=(
        Check("in_set", "identifier_kind", values=IDENTIFIER_KINDS),
        Check("in_set", "hub_reason", values=HUB_REASONS),
    ),
)  # fmt: skip
