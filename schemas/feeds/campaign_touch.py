"""Something sent to, shown to or clicked by a person in a campaign."""

from schemas.feed import Feed, Field
from schemas.vocabulary import TOUCH_CHANNELS

FEED = Feed(
    "campaign_touch",
    "Something sent to, shown to or clicked by a person in a campaign.",
    (
        Field("touch_id", "string", "Number of the touch.", required=True),
        Field("campaign_id", "string", "Campaign.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=False,
            sensitivity="personal",
            identifier="account",
        ),
        Field("device_token", "string", "Device, before log-in.", sensitivity="personal", identifier="device"),
        Field("channel", "string", "Through what.", required=True, codes=TOUCH_CHANNELS),
        Field("action", "string", "What happened.", required=True, codes=("sent", "shown", "clicked")),
        Field("cost_yuan", "decimal(18,4)", "Cost of the touch.", unit="yuan", min=0, max=10000),
        Field("touched_at", "timestamp", "When.", required=True),
    ),
    event_time="touched_at",
    id=("touch_id",),
)
