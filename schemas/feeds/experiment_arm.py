"""A person put into an arm of an experiment."""

from schemas.feed import Feed, Field

FEED = Feed(
    "experiment_arm",
    "A person put into an arm of an experiment.",
    (
        Field("experiment_id", "string", "Experiment.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("arm", "string", "Arm.", required=True),
        Field("assigned_at", "timestamp", "When.", required=True),
    ),
    event_time="assigned_at",
    content=("experiment_id", "account_token", "arm", "assigned_at"),
)
