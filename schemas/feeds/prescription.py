"""One line of a prescription."""

from schemas.feed import Feed, Field
from schemas.vocabulary import RELATIONS

FEED = Feed(
    "prescription",
    "One line of a prescription.",
    (
        Field("prescription_line_id", "string", "Number of the line.", required=True),
        Field("consultation_id", "string", "Consultation it was written in."),
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
        Field("drug_code", "string", "Drug.", required=True, sensitivity="health"),
        Field("drug_class", "string", "Therapeutic class, ATC level 2 in words.", sensitivity="health"),
        Field("dose", "string", "Dose as written.", sensitivity="health"),
        Field("days_supply", "int", "Days the quantity lasts.", unit="days", min=1, max=365),
        Field("is_refill", "boolean", "Repeats an earlier prescription."),
        Field("prescribed_at", "timestamp", "When.", required=True),
    ),
    event_time="prescribed_at",
    id=("prescription_line_id",),
    is_needed=True,
)
