"""Somebody asks to be erased."""

from schemas.feed import Feed, Field

FEED = Feed(
    "erasure_request",
    "Somebody asks to be erased. The request itself goes with the person; its number stays in the receipt.",
    (
        Field("request_id", "string", "Number of the request.", required=True),
        Field(
            "account_token",
            "string",
            "Account whose owner asks.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("reason", "string", "Why, if they say.", scrub=True, sensitivity="personal"),
        Field("requested_at", "timestamp", "When.", required=True),
    ),
    event_time="requested_at",
    id=("request_id",),
    daily=False,
)
