"""A tag that one of the hospital's own systems gives a person."""

from schemas.feed import Feed, Field

FEED = Feed(
    "imported_tag",
    "A tag that one of the hospital's own systems gives a person.",
    (
        Field(
            "account_token",
            "string",
            "Account that it is given to.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("tag_name", "string", "What the system calls it.", required=True, sensitivity="health"),
        Field("value", "string", "What it says.", required=True, scrub=True, sensitivity="health"),
        Field("given_on", "date", "Since when the person has it.", required=True),
        Field("valid_until", "date", "Last day on which it is valid; empty: until another is given."),
    ),
    event_time="given_on",
    content=("account_token", "tag_name", "value", "given_on", "valid_until"),
    daily=False,
)
