"""Identifiers that touch too many accounts to say anything about a person."""

from schemas.table import Check, Column, Table

IDENTITY_HUB = Table(
    "silver.identity_hub",
    "Identifiers that touch too many accounts to say anything about a person; they join nothing.",
    ("as_of_date", "identifier_kind", "identifier"),
    (
        Column("as_of_date", "date", "Day at whose end this was known.", nullable=False),
        Column("identifier_kind", "string", "Phone, ID card, unionid or device.", nullable=False),
        Column("identifier", "string", "Its token.", nullable=False, sensitivity="personal"),
        Column("account_count", "int", "Accounts it touches.", "accounts", nullable=False),
        Column("account_limit", "int", "More than this many make a hub.", "accounts", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "identifier_kind", values=("phone", "id_card", "unionid", "device")),),
)
