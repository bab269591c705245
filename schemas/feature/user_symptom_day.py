"""Which symptoms an actor named on a day."""

from schemas.table import Check, Column, Table

ABOUT = ("self", "child", "parent", "spouse", "other")


def _count(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "int", meaning, unit, nullable=False, sensitivity="health")


USER_SYMPTOM_DAY = Table(
    "feature.user_symptom_day",
    "Symptoms that an actor affirmed on a day in searches and complaints, as far as one delivery told. The texts stay "
    "in silver.",
    ("known_date", "event_date", "actor_id", "symptom", "about"),
    (
        Column("actor_id", "string", "Account, or the device where nobody had logged in.", nullable=False,
               sensitivity="personal"),
        Column("event_date", "date", "Day of the texts in the hospital's time zone.", nullable=False),
        Column("known_date", "date", "Business day on which they were delivered.", nullable=False),
        Column("symptom", "string", "Symptom's code, as conf/symptoms.yml declares it.", nullable=False,
               sensitivity="health"),
        Column("about", "string", "Whose symptom, seen from the account: by the record, or else by the text.",
               nullable=False, sensitivity="personal"),
        _count("symptom_search_count", "Searches that name it.", "searches"),
        _count("symptom_complaint_count", "Consultations' complaints that name it.", "complaints"),
        _count("severe_symptom_count", "Texts that call it severe.", "texts"),
        _count("symptom_duration_days", "Longest that a text says it has lasted; 0 where none says.", "days"),
    ),
    slice_by="known_date",
    partition_by=("known_date",),
    checks=(Check("in_set", "about", values=ABOUT),),
)  # fmt: skip
