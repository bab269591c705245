"""One diagnosis of a patient."""

from schemas.feed import Feed, Field
from schemas.vocabulary import RELATIONS

FEED = Feed(
    "diagnosis",
    "One diagnosis of a patient.",
    (
        Field("diagnosis_id", "string", "Number of the diagnosis.", required=True),
        Field("consultation_id", "string", "Consultation it was made in."),
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
        Field("icd10_code", "string", "ICD-10 code.", required=True, sensitivity="health"),
        Field("is_primary", "boolean", "The main diagnosis of its consultation."),
        Field("diagnosed_at", "timestamp", "When.", required=True),
    ),
    event_time="diagnosed_at",
    id=("diagnosis_id",),
    is_needed=True,
)
