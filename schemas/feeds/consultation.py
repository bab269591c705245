"""One consultation between a patient and a doctor."""

from schemas.feed import Feed, Field
from schemas.vocabulary import DEPARTMENTS, FORMS, RELATIONS, SEXES

FEED = Feed(
    "consultation",
    "One consultation between a patient and a doctor.",
    (
        Field("consultation_id", "string", "Number of the consultation.", required=True),
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
            "patient_age", "int", "Age as stated; often missing.", unit="years", min=0, max=120, sensitivity="personal"
        ),
        Field("patient_sex", "string", "Sex as stated.", codes=SEXES, sensitivity="personal"),
        Field("department", "string", "Department asked.", required=True, codes=DEPARTMENTS, sensitivity="health"),
        Field("form", "string", "Text and pictures, voice or video.", required=True, codes=FORMS),
        Field("doctor_id", "string", "Doctor's number."),
        Field("asked_at", "timestamp", "When the question was asked.", required=True),
        Field("accepted_at", "timestamp", "When a doctor took it."),
        Field("first_reply_at", "timestamp", "When the doctor first answered."),
        Field("closed_at", "timestamp", "When it ended."),
        Field("question_count", "int", "Questions the patient asked.", min=0, max=1000),
        Field("chief_complaint", "string", "What the patient wrote first.", sensitivity="health", scrub=True),
        Field("fee_yuan", "decimal(18,2)", "Fee.", unit="yuan", min=0, max=100000),
        Field("rating", "int", "Stars given afterwards.", min=1, max=5),
        Field("status", "string", "How it ended.", required=True, codes=("closed", "cancelled", "refused")),
    ),
    event_time="asked_at",
    id=("consultation_id",),
    is_needed=True,
)
