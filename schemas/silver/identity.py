"""Which person stands behind an account or a device."""

from schemas.table import Check, Column, Table

# What joins accounts, strongest first; then what joins none.
JOINS = (
    "merge", "id_card", "unionid", "openid", "phone_name", "hospital_card_name", "phone_birth_sex",
    "hospital_card_birth_sex", "name_birth_address", "phone_birth", "hospital_card_birth",
)  # fmt: skip
LINK_KINDS = (*JOINS, "own", "log_in", "shared_device")
EXCLUDED_REASONS = ("test_account", "robot")

IDENTITY = Table(
    "silver.identity",
    "Which person stands behind an account or a device, as known at the end of a day. One row per actor.",
    ("as_of_date", "actor_id"),
    (
        Column("as_of_date", "date", "Day at whose end this was known.", nullable=False),
        Column("actor_id", "string", "Token of an account or a device.", nullable=False, sensitivity="personal"),
        Column("actor_kind", "string", "Account or device.", nullable=False),
        Column("user_id", "string", "Person; empty for a device that several persons logged in on.",
               sensitivity="personal"),
        Column("link_kind", "string", "Strongest reason for which the actor belongs to the person.", nullable=False),
        Column("registered_at", "timestamp", "When the account was opened; empty for a device, and for an account "
               "that acts but whose registration is not known."),
        Column("is_excluded", "boolean", "Test account or robot: in no portrait, list or figure.", nullable=False),
        Column("excluded_reason", "string", "Why it is excluded."),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("in_set", "actor_kind", values=("account", "device")),
        Check("in_set", "link_kind", values=LINK_KINDS),
        Check("in_set", "excluded_reason", values=EXCLUDED_REASONS),
    ),
)  # fmt: skip
