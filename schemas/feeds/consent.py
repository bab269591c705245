"""A consent given, refused or withdrawn."""

from schemas.feed import Feed, Field
from schemas.vocabulary import CHANNELS, DATA_CLASSES, PURPOSES

FEED = Feed(
    "consent",
    "A consent given, refused or withdrawn.",
    (
        Field("consent_id", "string", "Number of the statement.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("purpose", "string", "For what.", required=True, codes=PURPOSES),
        Field("data_class", "string", "About which data.", required=True, codes=DATA_CLASSES),
        Field(
            "channel",
            "string",
            "Reached through what; `none` where no one is to be reached.",
            required=True,
            codes=(*CHANNELS, "none"),
        ),
        Field("is_granted", "boolean", "Agreed, or refused / withdrawn.", required=True),
        Field("text_version", "string", "Version of the text that was shown.", required=True),
        Field(
            "guardian_token", "string", "Guardian who agreed for a child.", sensitivity="personal", identifier="account"
        ),
        Field("expires_at", "timestamp", "Until when."),
        Field("stated_at", "timestamp", "When.", required=True),
    ),
    event_time="stated_at",
    id=("consent_id",),
    is_needed=True,
)
