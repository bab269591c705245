"""Which symptoms users name in their own words."""

from schemas.table import Column, Table
from schemas.windows import USER_KEY, counts

USER_SYMPTOM = Table(
    "feature.user_symptom",
    "Which symptoms users name in searches and complaints, affirmed ones alone; those of sensitive conditions are not "
    "read from texts at all.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *counts({"symptom_count": "Times that a symptom of their own was named"}, (30, 90), "health"),
        Column("top_symptoms_90d", "array<string>", "Up to three symptoms of their own named most, first the most; "
               "what was named d days ago weighs 0.5 ** (d / 30), in a complaint three times as much as in a search.",
               nullable=False, sensitivity="health"),
        Column("top_symptom_90d", "string", "The first of them.", sensitivity="health"),
        Column("symptom_department_90d", "string", "Department that their own symptoms lead to, weighed likewise.",
               sensitivity="health"),
        Column("has_severe_symptom_30d", "boolean", "Called one of their own severe.", nullable=False,
               sensitivity="health"),
        Column("symptom_duration_days_90d", "int", "Longest that one of their own has lasted, as they say; 0 where "
               "they do not.", "days", nullable=False, sensitivity="health"),
        Column("family_symptoms_90d", "array<string>", "Up to three symptoms of others named most, likewise.",
               nullable=False, sensitivity="health"),
        Column("has_child_symptom_30d", "boolean", "Named a symptom of a child.", nullable=False, sensitivity="health"),
        Column("has_parent_symptom_30d", "boolean", "Named a symptom of a parent.", nullable=False,
               sensitivity="health"),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
)  # fmt: skip
