"""A rating of a doctor or of the service."""

from schemas.feed import Feed, Field

FEED = Feed(
    "review",
    "A rating of a doctor or of the service.",
    (
        Field("review_id", "string", "Number of the review.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("subject", "string", "What is rated.", required=True, codes=("doctor", "service")),
        Field("doctor_id", "string", "Doctor rated."),
        Field("consultation_id", "string", "Consultation rated."),
        Field("rating", "double", "Stars.", required=True, min=1, max=5),
        Field("text", "string", "What was written.", scrub=True, sensitivity="personal"),
        Field("reviewed_at", "timestamp", "When.", required=True),
    ),
    event_time="reviewed_at",
    id=("review_id",),
)
