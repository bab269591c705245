"""What whoever pulled lists must take out again, and whether they have said that they did."""

from schemas.table import Check, Column, Table

REMOVAL = Table(
    "audit.removal",
    "One step of one removal file: `told` when it was laid down, `confirmed` when whoever pulled the list said so.",
    ("receipt_id", "status", "at"),
    (
        Column("receipt_id", "string", "Number of the receipt, after day and audience.", nullable=False),
        Column("status", "string", "`told`, `confirmed`, or `taken_back` where a rerun found nobody any more.",
               nullable=False),
        Column("day", "date", "Day as of which consent had been withdrawn.", nullable=False),
        Column("audience", "string", "Audience whose lists the persons were on.", nullable=False),
        Column("row_count", "bigint", "Lines of the file: persons times lists.", "rows", nullable=False),
        Column("list_count", "bigint", "Lists that they were on.", "lists", nullable=False),
        Column("sha256", "string", "SHA-256 of the file.", nullable=False),
        Column("at", "timestamp", "When.", nullable=False),
    ),
    checks=(
        Check("in_set", "status", values=("told", "confirmed", "taken_back")),
        Check("between", "row_count", min=0),
    ),
)  # fmt: skip
