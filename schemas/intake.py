"""What came in, what of it could not be taken, and the proof that nothing was lost."""

from schemas.table import Check, Column, Table

FILE_STATUSES = ("taken", "repeated", "replaced", "empty", "absent", "rejected", "unreadable")
# Why a record was not taken, as `reason` or `reason:field`; the report has a sentence for each.
REJECT_REASONS = (
    *("missing", "unreadable", "unknown_code", "unknown_unit", "out_of_range"),
    *("future_time", "past_time", "broken_line", "unreadable_file", "missing_column", "erased"),
)
NOT_TAKEN = ("absent", "rejected", "unreadable")
_FEED = Column("feed", "string", "Feed it came for.", nullable=False)

REJECTED = Table(
    "bronze.rejected",
    "A record that could not be taken: why, and where it stands; never what stands there.",
    ("feed", "known_date", "source_file", "source_line"),
    (
        _FEED,
        Column("known_date", "date", "Business day on which it was delivered.", nullable=False),
        Column("source_file", "string", "File it came in, with #part where a mapping reads one.", nullable=False),
        Column("source_line", "bigint", "Line of the record in its file; 0 for the file as a whole.", nullable=False),
        Column("batch", "string", "Start of the file's SHA-256.", nullable=False),
        Column("reasons", "array<string>", "All that is wrong with it, as reason or reason:field.", nullable=False),
    ),
    slice_by="known_date",
    partition_by=("feed",),
)

INGEST_FILE = Table(
    "audit.ingest_file",
    "One file that came, or that should have come, for a feed on a day.",
    ("feed", "known_date", "source_file"),
    (
        _FEED,
        Column("known_date", "date", "Business day on which it was, or should have been, delivered.", nullable=False),
        Column("source_file", "string", "File below the landing folder; the pattern where none came.", nullable=False),
        Column(
            "status",
            "string",
            "`taken`; `repeated`: the same bytes came before, all its rows are duplicates; `replaced` by a "
            "corrected file, not read; `empty`; `absent`: none came; `rejected`: a required column is missing; "
            "`unreadable`.",
            nullable=False,
        ),
        Column("message", "string", "What a person should know of it; never anything out of the file."),
        Column("sha256", "string", "SHA-256 of its bytes."),
        Column("size_bytes", "bigint", "Its size.", unit="bytes", nullable=False),
        Column("read_count", "bigint", "Records the reader found in it.", unit="records", nullable=False),
        Column("bad_count", "bigint", "Records in it with something wrong.", unit="records", nullable=False),
        Column("key_id", "string", "The key that the tokens of its rows are of.", nullable=False),
    ),
    slice_by="known_date",
    partition_by=("feed",),
    checks=(Check("in_set", "status", values=FILE_STATUSES),),
)

INGEST_BALANCE = Table(
    "audit.ingest_balance",
    "What became of the records of a feed and day: read = taken + rejected + duplicates.",
    ("feed", "known_date"),
    (
        _FEED,
        Column("known_date", "date", "Business day on which they were delivered.", nullable=False),
        Column("read_count", "bigint", "Records the reader found.", unit="records", nullable=False),
        Column("taken_count", "bigint", "Rows in silver.", unit="records", nullable=False),
        Column("rejected_count", "bigint", "Rows in bronze.rejected.", unit="records", nullable=False),
        Column(
            "duplicate_count",
            "bigint",
            "Rows in bronze that repeat an earlier one, and bad records of a file that came before.",
            unit="records",
            nullable=False,
        ),
        Column("late_count", "bigint", "Rows in silver whose event is of an earlier day.", unit="records"),
        Column("overdue_count", "bigint", "Of these, rows that came after the feed's late window.", unit="records"),
    ),
    slice_by="known_date",
    partition_by=("feed",),
)

INGEST_FIELD = Table(
    "audit.ingest_field",
    "A field that came with a feed on a day and that no mapping names; its values are in bronze's other_fields.",
    ("feed", "known_date", "field"),
    (
        _FEED,
        Column("known_date", "date", "Business day on which it was delivered.", nullable=False),
        Column("field", "string", "Its name, dots leading into nested ones.", nullable=False),
        Column("record_count", "bigint", "Records that have it.", unit="records", nullable=False),
        Column("looks_like", "string", "What is in it, in words, without any of it."),
        Column("proposal", "string", "The line that a person may put into the mapping file."),
    ),
    slice_by="known_date",
    partition_by=("feed",),
)
