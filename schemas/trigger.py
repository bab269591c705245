"""Which files the rows of the day rest on."""

from schemas.table import Column, Table

TRIGGER_FILE = Table(
    "audit.trigger_file",
    "One file that the day's rows of gold.user_tag_today and gold.user_portrait_today rest on.",
    ("as_of_date", "feed", "source_file"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        Column("feed", "string", "Feed it came for.", nullable=False),
        Column("source_file", "string", "File below the landing folder.", nullable=False),
        Column("sha256", "string", "SHA-256 of its bytes.", nullable=False),
        Column("night", "date", "The last night that it was put on top of.", nullable=False),
    ),
    slice_by="as_of_date",
)
