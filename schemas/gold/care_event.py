"""What begins in a user's health that the hospital has a programme for."""

from schemas.table import Column, Table

CARE_EVENT = Table(
    "gold.care_event",
    "An episode that began: a user who consents to care came to hold a tag that conf/care_events.yml names as a "
    "cause. Told once for each user, kind and cause, on the day it began. For care alone, never for marketing.",
    ("as_of_date", "user_id", "kind", "cause_tag"),
    (
        Column("as_of_date", "date", "Day on which the episode began.", nullable=False),
        Column("user_id", "string", "User.", nullable=False, sensitivity="personal"),
        Column("kind", "string", "What began, as conf/care_events.yml names it.", nullable=False, sensitivity="health"),
        Column("cause_tag", "string", "Tag that the user came to hold.", nullable=False, sensitivity="health"),
        Column("cause_value", "string", "What the tag said.", nullable=False, sensitivity="health"),
        Column("programme", "string", "Programme to begin.", nullable=False, sensitivity="health"),
        Column("programme_zh", "string", "Its name in Chinese.", nullable=False, sensitivity="health"),
        Column("programme_en", "string", "Its name in English.", nullable=False, sensitivity="health"),
        Column("text_zh", "string", "What to tell the team, in Chinese.", nullable=False, sensitivity="health"),
        Column("text_en", "string", "What to tell the team, in English.", nullable=False, sensitivity="health"),
        Column("rule_version", "string", "Hash of the event's declaration.", nullable=False),
    ),
    slice_by="as_of_date",
)
