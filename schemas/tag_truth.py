"""How right tags are, where a simulated hospital's truth can judge them."""

from schemas.table import Check, Column, Table

TRUTH_KINDS = ("stated", "condition", "rhythm", "stage")

TAG_TRUTH = Table(
    "audit.tag_truth",
    "How right one tag was as of one day, beside the simulated hospital's truth. A log: the newest run of a day "
    "counts. Recall is told twice: among those the hospital can know of at all, as `evident` says for each tag, and "
    "among all.",
    ("run_id", "tag_code"),
    (
        Column("run_id", "string", "Run of the job that measured, as in audit.job_run.", nullable=False),
        Column("as_of_date", "date", "Day of the tags.", nullable=False),
        Column("measured_at", "timestamp", "When it was measured.", nullable=False),
        Column("tag_code", "string", "Tag, as conf/tags declares it.", nullable=False),
        Column("rule_version", "string", "Version of its rule; empty while nobody holds it."),
        Column("kind", "string", "`stated`: a fact somebody stated; `condition`: an illness; `rhythm`: habits of use; "
               "`stage`: a state that moves. It decides the target.", nullable=False),
        Column("user_count", "bigint", "Users judged: known to the truth and to the features.", "users",
               nullable=False),
        Column("held_count", "bigint", "Of them, those who hold the tag.", "users", nullable=False),
        Column("right_count", "bigint", "Of these, those of whom it is true (with the value they hold).", "users",
               nullable=False),
        Column("true_count", "bigint", "Of all, those of whom it is true.", "users", nullable=False),
        Column("evident_count", "bigint", "Of these, those the hospital can know of.", "users", nullable=False),
        Column("found_count", "bigint", "Of these, those who hold it rightly.", "users", nullable=False),
        Column("precision", "double", "right / held; empty where nobody holds it."),
        Column("recall", "double", "found / evident; empty where there are none."),
        Column("recall_of_all", "double", "right / true; empty where there are none."),
        Column("base_rate", "double", "true / users."),
        Column("target_precision", "double", "What precision is wanted.", nullable=False),
        Column("target_recall", "double", "What recall, among the evident, is wanted.", nullable=False),
        Column("is_met", "boolean", "Both are reached; empty where one of them cannot be told."),
        Column("evident", "string", "Whom the hospital can know of.", nullable=False),
        Column("note", "string", "What a reader must know; never about a person."),
    ),
    checks=(
        Check("in_set", "kind", values=TRUTH_KINDS),
        Check("between", "precision", min=0, max=1),
        Check("between", "recall", min=0, max=1),
        Check("compare", "right_count", other="held_count"),
        Check("compare", "found_count", other="evident_count"),
    ),
)  # fmt: skip
