"""How closely a column is to be kept, in the five levels of GB/T 39725-2020 (6.2).

1: open to everybody. 2: cannot tell who somebody is; open to many. 3: partly de-identified, but somebody could be told
again; for those who are authorised. 4: tells who somebody is, or would hurt a person if it got out; for few. 5: would
hurt badly, as the details of special diseases; for very few, under strict control.

The standard gives examples and leaves the rest to the hospital. Ours: keyed tokens and what a person is like are 3;
what is known of a person's health is 4, though no name stands beside it; a column that may tell of a special disease
(HIV or STD, mental health, and by our own rule cancer and the loss of a pregnancy) is 5 as a whole, whatever stands in
most of its rows. A table is to be kept as its highest column.
"""

from __future__ import annotations

from schemas.table import Column, Sensitivity, Table

NAME = "GB/T 39725-2020"
_BY_SENSITIVITY: dict[Sensitivity, int] = {"public": 1, "low": 2, "personal": 3, "health": 4, "secret": 5}
# With sex and region a full date of birth is one person in most districts.
_TELLS_WHO = ("birth_date", "member_birth_date")
# Free text in which a name that no pattern leads to is still there.
_OWN_WORDS = ("text", "comment")
_SPECIAL = (
    *("icd10_code", "last_icd10_code", "icd10_categories_180d"),
    *("drug_code", "drug_class", "drug_classes_180d", "item_code", "has_sensitive_medicine"),
    *(
        "department",
        "top_department_180d",
        "top_self_department_180d",
        "last_department",
        "last_self_department",
        "text_department",
    ),
    *("departments_180d", "topic", "top_search_topics_90d", "top_search_topic_90d", "top_content_topics_90d"),
    *("chief_complaint", "search_words"),
    *("has_mental_condition", "mental_condition_last_date", "has_hiv_or_std", "hiv_or_std_last_date"),
    *("has_cancer", "cancer_last_date", "has_pregnancy_loss", "pregnancy_loss_last_date", "has_recorded_loss"),
    "has_sensitive_condition",
    # The main department is a tag, and may be psychiatry.
    *("gold.user_tag.value", "gold.user_portrait.tag_values"),
    # What a hospital's own system calls somebody may be the name of a disease.
    *("bronze.imported_tag.value", "silver.imported_tag.value"),
)
STATED: dict[str, int] = {**dict.fromkeys((*_TELLS_WHO, *_OWN_WORDS), 4), **dict.fromkeys(_SPECIAL, 5)}


def data_level(table: Table, column: Column) -> int:
    """From 1 to 5: what its sensitivity says, or what is stated of it or of all columns of that name.

    What is stated holds of persons only: the topic of a mention in the news is of nobody.
    """
    usual = _BY_SENSITIVITY[column.sensitivity]
    if column.sensitivity in ("public", "low"):
        return usual
    return STATED.get(f"{table.name}.{column.name}", STATED.get(column.name, usual))


def table_level(table: Table) -> int:
    """That of its highest column."""
    return max(data_level(table, column) for column in table.columns)
