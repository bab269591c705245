"""Which group a user belongs to, and what each group is like."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY

_GROUP = (
    Column("segment_id", "int", "Number of the group; kept from model to model while the people stay the same.",
           nullable=False),
    Column("segment_code", "string", "Code of the rule that named the group; `unnamed_<id>` where none did.",
           nullable=False),
    Column("segment_zh", "string", "Name in Chinese.", nullable=False),
    Column("segment_en", "string", "Name in English.", nullable=False),
)  # fmt: skip
_VERSION = Column("model_version", "string", "Version of the model `segments` in the registry.", nullable=False)

USER_SEGMENT = Table(
    "gold.user_segment",
    "The group whose centre is nearest to a user, by the champion of the day.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *_GROUP,
        Column("distance", "double", "Distance to the centre, in spreads of the axes.", nullable=False),
        _VERSION,
    ),
    slice_by="as_of_date",
    checks=(
        Check("between", "segment_id", min=1),
        Check("matches", "segment_code", pattern="^[a-z][a-z0-9_]*$"),
        Check("between", "distance", min=0),
        Check("rows", min=1),
    ),
)

SEGMENT_PROFILE = Table(
    "gold.segment_profile",
    "What one group's users are like on one axis as of a day, beside all users. One row per group and axis.",
    ("as_of_date", "segment_id", "axis"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        *_GROUP,
        Column("axis", "string", "Axis of the grouping, as conf/models/segments.yml names it.", nullable=False),
        Column("axis_zh", "string", "The axis in Chinese.", nullable=False),
        Column("axis_en", "string", "The axis in English.", nullable=False),
        Column("column_name", "string", "Feature the axis is made of.", nullable=False),
        Column("unit", "string", "Unit of the feature."),
        Column("segment_mean", "double", "Mean of the feature over the group's users."),
        Column("overall_mean", "double", "Mean of the feature over all users."),
        Column("centre_z", "double", "Centre of the group on the axis, in spreads from the median of all users.",
               nullable=False),
        Column("centre_percentile", "double", "Where the centre stands among all users, 0 to 100, when fitted.",
               nullable=False),
        Column("user_count", "bigint", "Users in the group.", "users", nullable=False),
        Column("user_share", "double", "Part of all users who are in the group.", nullable=False),
        _VERSION,
    ),
    slice_by="as_of_date",
    checks=(
        Check("between", "user_share", min=0, max=1),
        Check("between", "centre_percentile", min=0, max=100),
    ),
)  # fmt: skip
