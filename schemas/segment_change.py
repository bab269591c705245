"""Which groups came, went or were renamed, and when."""

from schemas.table import Check, Column, Table

CHANGES = ("new", "vanished", "renamed")

SEGMENT_CHANGE = Table(
    "audit.segment_change",
    "One group of users (gold.user_segment) that is new, vanished or has another name since a grouping was put into "
    "use. A log; groups that go on as they were have no row.",
    ("model_version", "segment_id", "change"),
    (
        Column("as_of_date", "date", "Day whose users were grouped.", nullable=False),
        Column("changed_at", "timestamp", "When it was put into use.", nullable=False),
        Column("model_version", "string", "Version of the model `segments` that brought the change.", nullable=False),
        Column("change", "string", "`new`, `vanished` or `renamed`.", nullable=False),
        Column("segment_id", "int", "Number of the group; never given again to another.", nullable=False),
        Column("segment_code", "string", "Code of its name, of the last one where it vanished.", nullable=False),
        Column("segment_zh", "string", "Name in Chinese.", nullable=False),
        Column("segment_en", "string", "Name in English.", nullable=False),
        Column("former_code", "string", "Code of its name before; only where it was renamed."),
        Column("former_zh", "string", "Name before, in Chinese."),
        Column("former_en", "string", "Name before, in English."),
        Column("user_share", "double", "Part of all users it had when it was fitted.", nullable=False),
        Column("named_by", "string", "`rule`, or `fallback` where no naming rule holds.", nullable=False),
    ),
    checks=(Check("in_set", "change", values=CHANGES), Check("between", "user_share", min=0, max=1)),
)
