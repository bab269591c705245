"""An answer to 'would you recommend us?'."""

from schemas.feed import Feed, Field

FEED = Feed(
    "nps_answer",
    "An answer to 'would you recommend us?'.",
    (
        Field("answer_id", "string", "Number of the answer.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("score", "int", "Zero to ten.", required=True, min=0, max=10),
        Field("comment", "string", "What was added.", scrub=True, sensitivity="personal"),
        Field("answered_at", "timestamp", "When.", required=True),
    ),
    event_time="answered_at",
    id=("answer_id",),
)
