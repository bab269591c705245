"""Whom a consultation was about."""

from schemas.table import Check, Column, Table
from schemas.vocabulary import RELATIONS

TOLD_BY = ("consultation", "record", "only_member", "age_and_sex", "nothing")

CONSULTATION_PATIENT = Table(
    "silver.consultation_patient",
    "Whom each consultation of the last 180 days was about, as far as it can be told. Where it cannot, the patient is "
    "the account's unknown member: never the holder.",
    ("as_of_date", "consultation_id"),
    (
        Column("as_of_date", "date", "Day at whose end this was known.", nullable=False),
        Column("consultation_id", "string", "Number of the consultation.", nullable=False),
        Column("account_token", "string", "Account that asked.", nullable=False, sensitivity="personal"),
        Column("user_id", "string", "Person who holds the account.", nullable=False, sensitivity="personal"),
        Column("patient_id", "string", "Patient, as in silver.patient; `n…` for an account's unknown member.",
               nullable=False, sensitivity="personal"),
        Column("relation", "string", "What the patient is to the holder.", nullable=False, sensitivity="personal"),
        Column("told_by", "string", "Said in the `consultation`; in the `record` of what was diagnosed or prescribed; "
               "the `only_member` of that relation; the only one of that `age_and_sex`; told by `nothing`.",
               nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(Check("in_set", "relation", values=RELATIONS), Check("in_set", "told_by", values=TOLD_BY)),
)  # fmt: skip
