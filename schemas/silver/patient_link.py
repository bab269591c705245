"""Patients of different accounts who are likely one human being."""

from schemas.table import Check, Column, Table

PATIENT_LINK = Table(
    "silver.patient_link",
    "Pairs of patients, of accounts of different persons, who are likely one human being. Written only where "
    "conf/identity.yml asks for it; nothing is merged for it.",
    ("as_of_date", "patient_id", "linked_patient_id"),
    (
        Column("as_of_date", "date", "Day at whose end this was known.", nullable=False),
        Column("patient_id", "string", "Patient, as in silver.patient; the smaller id of the two.", nullable=False,
               sensitivity="personal"),
        Column("linked_patient_id", "string", "Patient who is likely the same; the larger id.", nullable=False,
               sensitivity="personal"),
        Column("probability", "double", "How likely, at least the threshold of that day.", nullable=False,
               sensitivity="personal"),
    ),
    slice_by="as_of_date",
    checks=(Check("between", "probability", min=0, max=1),),
)  # fmt: skip
