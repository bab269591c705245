"""What is known of family members' health."""

from schemas.feature.user_health import USER_HEALTH
from schemas.table import Check, Column, Table

# What the holder consulted for on behalf of others says nothing about this patient.
_OF_THE_HOLDER = ("user_id", "as_of_date", "family_diagnosis_count_180d", "has_child_patient_180d")

PATIENT_HEALTH = Table(
    "feature.patient_health",
    "What is known of the health of family members that accounts act for: facts that name the member, and no others. "
    "Columns as in feature.user_health. For care alone: no list, model or portrait of the holder reads it.",
    ("patient_id", "as_of_date"),
    (
        Column("patient_id", "string", "Patient, as in silver.patient.", nullable=False, sensitivity="personal"),
        Column("as_of_date", "date", "Day at whose end this was true.", nullable=False),
        *(c for c in USER_HEALTH.columns if c.name not in _OF_THE_HOLDER),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(Check("between", "days_covered_share_180d", min=0, max=1),),
)
