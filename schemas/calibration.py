"""Numbers of conf/ measured anew each month, and what would change if they held. Nothing here is in force."""

from schemas.table import Check, Column, Table

METHODS = ("quantile", "held_by", "concentration", "half_life", "rest", "new_groups")
OUTCOMES = ("proposed", "kept", "too_few")
MOVED = ("tag", "value_tier", "audience", "remembered", "group")

CALIBRATION_PROPOSAL = Table(
    "audit.calibration_proposal",
    "One number that may be calibrated, as measured on a day: `cameo calibration approve` puts those in force that are "
    "`proposed`. All numbers of a day are one proposal; measured anew it has another id where anything differs.",
    ("as_of_date", "of", "number"),
    (
        Column("as_of_date", "date", "Day on whose users it was measured.", nullable=False),
        Column("proposal_id", "string", "The day, and a hash of all that is proposed.", nullable=False),
        Column("of", "string", "Tag, `value_tiers`, or `model segments`.", nullable=False),
        Column("number", "string", "Which of its numbers: its key in conf/.", nullable=False),
        Column("file", "string", "File of conf/ that declares it; empty for a model.", nullable=False),
        Column("declaration", "string", "SHA-256 of the declaration it was measured by.", nullable=False),
        Column("method", "string", f"How: {', '.join(METHODS)}.", nullable=False),
        Column("outcome", "string", f"One of {', '.join(OUTCOMES)}.", nullable=False),
        Column("declared", "double", "What conf/ says.", nullable=False),
        Column("in_force", "double", "What held when it was measured, by approvals before.", nullable=False),
        Column("proposed", "double", "What fits best within bounds and the largest step.", nullable=False),
        Column("largest_step", "double", "How far it may go at once.", nullable=False),
        Column("target", "double", "What it should come to."),
        Column("measured_in_force", "double", "What the number in force comes to; empty with too few users."),
        Column("measured_proposed", "double", "What the proposed number comes to."),
        Column("measured_user_count", "bigint", "Users it was measured on.", unit="users", nullable=False),
        Column("least_user_count", "bigint", "Users it takes at least.", unit="users", nullable=False),
        Column("measured_since", "date", "First day of what was measured.", nullable=False),
        Column("bins", "map<string,double>", "Users by what was measured: where each bin begins, and how many."),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "method", values=METHODS), Check("in_set", "outcome", values=OUTCOMES)),
)

CALIBRATION_MOVE = Table(
    "audit.calibration_move",
    "How many users a tag, tier or audience has, and would have if all that is proposed held.",
    ("as_of_date", "kind", "code"),
    (
        Column("as_of_date", "date", "Day on whose users it was counted.", nullable=False),
        Column("proposal_id", "string", "As in audit.calibration_proposal.", nullable=False),
        Column("kind", "string", f"One of {', '.join(MOVED)}; `remembered` are lost tags that still weigh something.",
               nullable=False),
        Column("code", "string", "Which tag, tier, audience or group.", nullable=False),
        Column("now_count", "bigint", "Users it has.", unit="users", nullable=False),
        Column("after_count", "bigint", "Users it would have.", unit="users", nullable=False),
        Column("gained_count", "bigint", "Users who would come.", unit="users", nullable=False),
        Column("lost_count", "bigint", "Users who would go.", unit="users", nullable=False),
        Column("other_value_count", "bigint", "Users for whom it would say something else.", unit="users",
               nullable=False),
    ),
    slice_by="as_of_date",
    checks=(Check("in_set", "kind", values=MOVED),),
)  # fmt: skip
