"""What a privacy officer must be able to prove. A log: it only grows, and each entry has the hash of the one before."""

from schemas.table import Check, Column, Table

CONF_KINDS = ("policy", "tags", "conf")
KINDS = ("run", "export", *CONF_KINDS, "model", "erasure", "removal", "approval", "access", "key", "calibration")
_HASH = "[0-9a-f]{64}"

TRAIL = Table(
    "audit.trail",
    "One thing that must be provable later, chained by hashes: `cameo audit verify` finds what was changed or lost.",
    ("day", "seq"),
    (
        Column("day", "date", "UTC date of the entry; never before that of the entry before.", nullable=False),
        Column("seq", "bigint", "Its place within the day, from 0.", nullable=False),
        Column("kind", "string", f"One of {', '.join(KINDS)}.", nullable=False),
        Column("subject", "string", "What it is about: a job, a list, a file of conf/, a model.", nullable=False),
        Column("detail", "string", "What happened, as JSON with sorted keys; never personal data.", nullable=False),
        Column("run_id", "string", "Run that made it; empty where none did.", nullable=False),
        Column("conf_hash", "string", "SHA-256 over the conf/ that was in force: all that `conf` kinds tell of."),
        Column("at", "timestamp", "When.", nullable=False),
        Column("previous_hash", "string", "Hash of the entry before; 64 zeros for the first of all.", nullable=False),
        Column("hash", "string", "SHA-256 over all other columns as JSON with sorted keys.", nullable=False),
    ),
    slice_by="day",
    partition_by=("day",),
    checks=(
        Check("in_set", "kind", values=KINDS),
        Check("matches", "previous_hash", pattern=_HASH),
        Check("matches", "hash", pattern=_HASH),
    ),
)
