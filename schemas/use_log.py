"""What personal data was used for. A log: it grows with each use and is never part of 'the same tables'."""

from schemas.table import Check, Column, Table
from schemas.vocabulary import PURPOSES

USE_LOG = Table(
    "audit.use_log",
    "One use of personal data that left the lake: which job, of which table, for what, how many rows.",
    ("entry_id",),
    (
        Column("entry_id", "string", "Random number of the entry.", nullable=False),
        Column("run_id", "string", "Run that used the data.", nullable=False),
        Column("job", "string", "Job that used it.", nullable=False),
        Column("table_name", "string", "Table it was read from.", nullable=False),
        Column("purpose", "string", "Purpose it was used for.", nullable=False),
        Column("audience", "string", "Audience it was used for."),
        Column("as_of_date", "date", "Day of the data.", nullable=False),
        Column("row_count", "bigint", "People whose data was used.", "rows", nullable=False),
        Column("manifest_sha256", "string", "SHA-256 of the manifest that went with it.", nullable=False),
        Column("policy_version", "string", "Hash of the policy that allowed it.", nullable=False),
        Column("used_at", "timestamp", "When.", nullable=False),
    ),
    checks=(Check("in_set", "purpose", values=PURPOSES), Check("between", "row_count", min=0)),
)
