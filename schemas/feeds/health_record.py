"""One entry of a health record: allergy, operation, history, habit, fertility, check-up value."""

from schemas.feed import Feed, Field
from schemas.vocabulary import RELATIONS

FEED = Feed(
    "health_record",
    "One entry of a health record: allergy, operation, history, habit, fertility, check-up value.",
    (
        Field("record_id", "string", "Number of the entry.", required=True),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field(
            "patient_token",
            "string",
            "Family member it is about; empty when the holder, or nobody said.",
            sensitivity="personal",
            identifier="member",
        ),
        Field(
            "patient_relation",
            "string",
            "Who the patient is to the account's holder.",
            required=True,
            codes=RELATIONS,
            sensitivity="personal",
        ),
        Field(
            "kind",
            "string",
            "What kind of entry.",
            required=True,
            codes=("allergy", "operation", "family_history", "check_up", "fertility", "smoking", "drinking"),
        ),
        Field(
            "item",
            "string",
            "What: substance, operation, disease, test, or state.",
            required=True,
            sensitivity="health",
        ),
        Field("value", "double", "Measured value of a check-up; of a pregnancy, its week.", sensitivity="health"),
        Field("unit", "string", "Unit of the value."),
        Field("recorded_at", "timestamp", "When.", required=True),
    ),
    event_time="recorded_at",
    id=("record_id",),
    is_needed=True,
)
