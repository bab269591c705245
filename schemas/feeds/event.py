"""One act in the app, mini program or web page."""

from schemas.feed import Feed, Field
from schemas.vocabulary import EVENT_NAMES, PLATFORMS

FEED = Feed(
    "event",
    "One act in the app, mini program or web page.",
    (
        Field("event_id", "string", "Number of the event.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=False,
            sensitivity="personal",
            identifier="account",
        ),
        Field("device_token", "string", "Device it happened on.", sensitivity="personal", identifier="device"),
        Field("session_id", "string", "Visit it belongs to."),
        Field("event_name", "string", "What happened.", required=True, codes=EVENT_NAMES),
        Field("platform", "string", "Where.", required=True, codes=PLATFORMS),
        Field("event_at", "timestamp", "When, by the server's correction of the device's clock.", required=True),
        Field("dwell_seconds", "double", "Time spent.", unit="s", min=0, max=86400),
        Field("search_words", "string", "What was searched.", sensitivity="health", scrub=True),
        Field("target_id", "string", "Page, doctor or article."),
        Field(
            "topic",
            "string",
            "Topic of the page or article, a department's code where there is one.",
            sensitivity="health",
        ),
        Field("app_version", "string", "Version of the app."),
    ),
    event_time="event_at",
    id=("event_id",),
    content=("account_token", "device_token", "event_name", "event_at", "target_id"),
    large=True,
    oldest_days=400,
    is_needed=True,
)
