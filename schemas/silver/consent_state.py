"""What a person's consent is on a day."""

from schemas.table import Check, Column, Table
from schemas.vocabulary import CHANNELS, DATA_CLASSES, PURPOSES

CONSENT_REASONS = ("granted", "refused", "expired", "outdated_text", "no_guardian")

CONSENT_STATE = Table(
    "silver.consent_state",
    "What a person last said on a purpose, data class and channel. No row, no consent.",
    ("as_of_date", "user_id", "purpose", "data_class", "channel"),
    (
        Column("as_of_date", "date", "Day at whose end this holds.", nullable=False),
        Column("user_id", "string", "Person.", nullable=False, sensitivity="personal"),
        Column("purpose", "string", "For what.", nullable=False),
        Column("data_class", "string", "About which data.", nullable=False),
        Column("channel", "string", "Reached through what; `none` where no one is to be reached.", nullable=False),
        Column("is_granted", "boolean",
               "Agreed, not expired, in a text that counts, and by a guardian for a child under 14.", nullable=False),
        Column("reason", "string", "Why it is granted or not.", nullable=False),
        Column("text_version", "string", "Version of the text that was shown.", nullable=False),
        Column("stated_at", "timestamp", "When it was said.", nullable=False),
        Column("expires_at", "timestamp", "Until when it was given."),
        Column("consent_id", "string", "The statement it rests on.", nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("in_set", "purpose", values=PURPOSES),
        Check("in_set", "data_class", values=DATA_CLASSES),
        Check("in_set", "channel", values=(*CHANNELS, "none")),
        Check("in_set", "reason", values=CONSENT_REASONS),
    ),
)  # fmt: skip
