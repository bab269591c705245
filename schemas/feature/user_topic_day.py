"""What an actor looked for or read about on a day."""

from schemas.table import Check, Column, Table

USER_TOPIC_DAY = Table(
    "feature.user_topic_day",
    "How often an actor searched for or read about a topic on a day, as far as one delivery told.",
    ("known_date", "event_date", "actor_id", "topic"),
    (
        Column("actor_id", "string", "Account, or the device where nobody had logged in.", nullable=False,
               sensitivity="personal"),
        Column("event_date", "date", "Day of the events in the hospital's time zone.", nullable=False),
        Column("known_date", "date", "Business day on which they were delivered.", nullable=False),
        Column("topic", "string", "Topic, a department's code where there is one.", nullable=False,
               sensitivity="health"),
        Column("topic_search_count", "int", "Searches.", "searches", nullable=False, sensitivity="health"),
        Column("topic_content_count", "int", "Articles and pages of content seen.", "views", nullable=False,
               sensitivity="health"),
        Column("topic_doctor_count", "int", "Doctors' pages seen.", "views", nullable=False, sensitivity="health"),
    ),
    slice_by="known_date",
    partition_by=("known_date",),
    checks=(Check("between", "topic_search_count", min=0),),
)  # fmt: skip
