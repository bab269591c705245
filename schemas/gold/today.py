"""What files that landed since the last night change, until the next night has told it all."""

from schemas.gold.tag import USER_TAG
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.table import Column, Table

USER_TAG_TODAY = Table(
    "gold.user_tag_today",
    "A row of gold.user_tag as the day's files change it, of users whom a trigger touched and of tags whose refresh is "
    "`trigger`. The newest day counts, until gold.tag_day has it; gold.user_tag_now puts both together.",
    ("as_of_date", *USER_TAG.key),
    (Column("as_of_date", "date", "Day of the files.", nullable=False), *USER_TAG.columns),
    slice_by="as_of_date",
    checks=USER_TAG.checks,
)

USER_PORTRAIT_TODAY = Table(
    "gold.user_portrait_today",
    "The portrait of a user whom a trigger touched, with what the day's files say; scores, group and other tags are "
    "the last night's. The newest day counts, until gold.user_portrait has it; gold.user_portrait_now puts both "
    "together.",
    USER_PORTRAIT.key,
    USER_PORTRAIT.columns,
    slice_by="as_of_date",
    checks=tuple(c for c in USER_PORTRAIT.checks if c.kind != "rows"),
)
