"""Who asked to be erased, and what became of it. Without it an erased person would come back with the next file."""

from schemas.table import Check, Column, Table

TOKEN_KINDS = ("account", "device", "member", "user")

SUPPRESSED = Table(
    "audit.suppressed",
    "A token of somebody who was erased: records that carry it are refused at the door.",
    ("token", "receipt_id"),
    (
        Column("token", "string", "Keyed token of an account, device or family member, or a person's number.",
               nullable=False, sensitivity="personal"),
        Column("kind", "string", "What it is a token of.", nullable=False),
        Column("receipt_id", "string", "The erasure it belongs to.", nullable=False),
        Column("suppressed_at", "timestamp", "Since when.", nullable=False),
    ),
    checks=(Check("in_set", "kind", values=TOKEN_KINDS),),
)  # fmt: skip

ERASURE = Table(
    "audit.erasure",
    "One step of one erasure: `begun`, then `done` with what was found and removed. No personal data.",
    ("receipt_id", "status"),
    (
        Column("receipt_id", "string", "Number of the receipt.", nullable=False),
        Column("status", "string", "`begun`, `done` or `confirmed` by whoever had pulled lists.", nullable=False),
        Column("at", "timestamp", "When.", nullable=False),
        Column("removed_rows", "map<string,double>", "Rows found, by table, and removed.", unit="rows"),
        Column("list_count", "bigint", "Published lists that the person was taken out of.", unit="lists"),
        Column("models", "array<string>", "Models that were trained on days when the person was known."),
        Column("requests", "array<string>", "The hospital's numbers of the requests that it answers."),
        Column("file_count", "bigint", "Files that the verifier read afterwards.", unit="files"),
        Column("found_count", "bigint", "Files in which it still found the person.", unit="files"),
    ),
    checks=(Check("in_set", "status", values=("begun", "done", "confirmed")),),
)  # fmt: skip
