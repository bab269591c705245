"""A complaint."""

from schemas.feed import Feed, Field

FEED = Feed(
    "complaint",
    "A complaint.",
    (
        Field("complaint_id", "string", "Number of the complaint.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field(
            "kind",
            "string",
            "About what.",
            required=True,
            codes=("slow_reply", "attitude", "fee", "medicine", "privacy", "medical_accident", "other"),
        ),
        Field("text", "string", "What was written.", scrub=True, sensitivity="personal"),
        Field("resolved_at", "timestamp", "When it was settled."),
        Field("complained_at", "timestamp", "When.", required=True),
    ),
    event_time="complained_at",
    id=("complaint_id",),
)
