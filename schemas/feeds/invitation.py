"""A share, an invitation, or somebody who came by one."""

from schemas.feed import Feed, Field

FEED = Feed(
    "invitation",
    "A share, an invitation, or somebody who came by one.",
    (
        Field("invitation_id", "string", "Number of the act.", required=True),
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
            "Shared, invited, or an invited person registered.",
            required=True,
            codes=("share", "invite", "accept"),
        ),
        Field("invitee_token", "string", "Account that came.", sensitivity="personal", identifier="account"),
        Field("channel", "string", "Through what."),
        Field("acted_at", "timestamp", "When.", required=True),
    ),
    event_time="acted_at",
    id=("invitation_id",),
)
