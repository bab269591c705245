"""Rule segments: who is in them and since when, how many there are each day, and how they were declared.

K-means groups are another thing: gold.user_segment.
"""

from schemas.table import Check, Column, Table

SEGMENT_MEMBER = Table(
    "gold.segment_member",
    "One stretch of days on which a user was in a rule segment (conf/segments; not the K-means group of "
    "gold.user_segment). Kept as stretches, so that it grows with those who come and go, not with days: who was in on "
    "a day has valid_from at or before it and no valid_to at or before it, who entered has it as valid_from, who left "
    "as valid_to. A changed rule ends no stretch of those who stay.",
    ("user_id", "segment", "valid_from"),
    (
        Column("user_id", "string", "User.", nullable=False, sensitivity="personal"),
        Column("segment", "string", "Segment, as conf/segments declares it.", nullable=False, sensitivity="health"),
        Column("valid_from", "date", "First as-of day in the segment.", nullable=False),
        Column("valid_to", "date", "First as-of day no longer in it; empty while in it."),
    ),
    checks=(
        Check("compare", "valid_from", other="valid_to"),
        Check("matches", "segment", pattern=r"^[a-z][a-z0-9_]*$"),
    ),
)

SEGMENT_DAY = Table(
    "gold.segment_day",
    "How many users were in a rule segment as of a day, came and went since the last one judged. Counts from "
    "1 to below smallest_count of conf/segment_views.yml are empty. A day is here when, and only when, it was judged.",
    ("as_of_date", "segment"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        Column("segment", "string", "Segment.", nullable=False),
        Column("rule_version", "string", "Version of the rule that was applied.", nullable=False),
        Column("user_count", "bigint", "Users in it; empty: too few to tell.", unit="users"),
        Column("user_share", "double", "Part of all users; empty: too few to tell."),
        Column("entered_count", "bigint", "Of them not in it before; empty: too few to tell.", unit="users"),
        Column("left_count", "bigint", "Users in it before and no more; empty: too few to tell.", unit="users"),
        Column(
            "stayed_count", "bigint", "Users in it before and now; empty where it or entered_count is too few to tell.",
            unit="users",
        ),
        Column("all_user_count", "bigint", "Users who were judged.", unit="users", nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("between", "user_share", min=0, max=1),),
)  # fmt: skip

SEGMENT_VERSION = Table(
    "gold.segment_version",
    "One version of one segment's declaration: new when its text changes, or a rule that it rests on.",
    ("segment", "version"),
    (
        Column("segment", "string", "Segment.", nullable=False),
        Column("version", "int", "1 for the first that was judged by, and one more with each change.", nullable=False),
        Column("is_current", "boolean", "The one that conf/segments holds now.", nullable=False),
        Column("in_force_from", "date", "First as-of day that was judged by it.", nullable=False),
        Column("rule_version", "string", "Hash of what decides who is in, as in gold.segment_day.", nullable=False),
        Column("name_zh", "string", "Name in Chinese.", nullable=False),
        Column("name_en", "string", "Name in English.", nullable=False),
        Column("purposes", "array<string>", "Purposes it may be used for.", nullable=False),
        Column("sensitivity", "string", "How far it may travel.", nullable=False),
        Column("rule", "string", "The rule as SQL, with the rules of other segments in it.", nullable=False),
        Column("declaration", "string", "The file as it stood.", nullable=False),
    ),
)
