"""Which department users' own words lead to, by the text model."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY

TEXT_DEPARTMENT = Table(
    "gold.text_department",
    "Where a user's searches and complaints of the last 30 days lead, by the champion of that day. Every user has a "
    "row; what is asked for others is left out.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        Column("text_department", "string",
               "Department that most of their texts lead to; a text of d days ago weighs 0.5 ** (d / 30), a complaint "
               "three times as much as a search. Empty where none was placed.", sensitivity="health"),
        Column("text_department_share", "double", "Its share of the weight of all texts that were placed.",
               sensitivity="health"),
        Column("placed_text_count_30d", "int", "Texts of their own that were placed.", "texts", nullable=False,
               sensitivity="health"),
        Column("model_version", "string",
               "Version of the model `department` in the registry; `none` where there is none: nothing is placed then.",
               nullable=False),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(Check("between", "text_department_share", min=0, max=1), Check("rows", min=1)),
)  # fmt: skip
