"""An act in a patients' group."""

from schemas.feed import Feed, Field

FEED = Feed(
    "community_act",
    "An act in a patients' group.",
    (
        Field("act_id", "string", "Number of the act.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field(
            "action",
            "string",
            "What was done.",
            required=True,
            codes=("join", "leave", "post", "answer", "check_in", "like"),
        ),
        Field("group_id", "string", "Group."),
        Field("text", "string", "What was written.", scrub=True, sensitivity="health"),
        Field("acted_at", "timestamp", "When.", required=True),
    ),
    event_time="acted_at",
    id=("act_id",),
)
