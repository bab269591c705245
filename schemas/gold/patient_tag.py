"""Health tags of family members."""

from schemas.table import Column, Table

PATIENT_TAG = Table(
    "gold.patient_tag",
    "Tags that family members hold on a day, of those that rest on a person's own health alone. For care: never part "
    "of the holder's tags, portrait or lists.",
    ("as_of_date", "patient_id", "tag_code"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        Column("patient_id", "string", "Patient, as in silver.patient.", nullable=False, sensitivity="personal"),
        Column("tag_code", "string", "Tag, as in gold.tag_definition.", nullable=False, sensitivity="health"),
        Column("value", "string", "What the tag says.", sensitivity="health"),
        Column("rule_version", "string", "Version of the rule.", nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
)
