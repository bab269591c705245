"""Patients apart from accounts."""

from schemas.table import Check, Column, Table
from schemas.vocabulary import RELATIONS, SEXES

PATIENT = Table(
    "silver.patient",
    "Patients, apart from the accounts that act for them: each holder, and each family member bound or consulted for.",
    ("as_of_date", "account_token", "patient_id"),
    (
        Column("as_of_date", "date", "Day at whose end this was known.", nullable=False),
        Column("patient_id", "string", "Patient: the holder's user_id, or one made of the member's token.",
               nullable=False, sensitivity="personal"),
        Column("account_token", "string", "Account that acts for the patient.", nullable=False,
               sensitivity="personal"),
        Column("user_id", "string", "Person who holds the account.", nullable=False, sensitivity="personal"),
        Column("relation", "string", "What the patient is to the holder.", nullable=False, sensitivity="personal"),
        Column("birth_year", "int", "Year of birth; from the age stated in a consultation where no date is known.",
               sensitivity="personal"),
        Column("sex", "string", "Sex.", sensitivity="personal"),
        Column("is_bound", "boolean", "The family binding stands; false where a consultation alone names the member.",
               nullable=False),
        Column("is_guardian", "boolean", "The holder is the patient's guardian.", nullable=False,
               sensitivity="personal"),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("in_set", "relation", values=RELATIONS),
        Check("in_set", "sex", values=SEXES),
        Check("between", "birth_year", min=1890, max=2100),
    ),
)  # fmt: skip
