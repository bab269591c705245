"""A family member bound to an account, or parted from it."""

from schemas.feed import Feed, Field
from schemas.vocabulary import RELATIONS, SEXES

FEED = Feed(
    "family_binding",
    "A family member bound to an account, or parted from it.",
    (
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("member_token", "string", "Family member.", required=True, sensitivity="personal", identifier="member"),
        Field(
            "relation",
            "string",
            "What the member is to the holder.",
            required=True,
            codes=RELATIONS,
            sensitivity="personal",
        ),
        Field(
            "member_birth_date", "date", "Date of birth of the member; a year behind silver.", sensitivity="personal"
        ),
        Field("member_sex", "string", "Sex of the member.", codes=SEXES, sensitivity="personal"),
        Field("is_guardian", "boolean", "The holder is the member's guardian."),
        Field("action", "string", "Bound or unbound.", required=True, codes=("bind", "unbind")),
        Field("bound_at", "timestamp", "When.", required=True),
    ),
    event_time="bound_at",
    content=("account_token", "member_token", "action", "bound_at"),
    is_needed=True,
)
