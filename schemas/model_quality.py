"""How good the models are: measured out of time, beside what is simpler, and beside the truth where there is one."""

from schemas.table import Check, Column, Table

MODELS = ("churn", "ltv", "segments", "identity")
SPLITS = ("test", "truth", "fit", "in_use")

MODEL_QUALITY = Table(
    "audit.model_quality",
    "One figure about one version of a model, from one run. A log: the newest run of a day and model counts. Bins of a "
    "calibration curve are the metrics `calibration:<bin>`: value is the observed rate, baseline_value the mean "
    "prediction; `calibration_rows:<bin>` says how many rows the bin rests on.",
    ("run_id", "model", "model_version", "metric", "split", "baseline_name"),
    (
        Column("run_id", "string", "Run of the job that measured, as in audit.job_run.", nullable=False),
        Column("day", "date", "Day the run worked on.", nullable=False),
        Column("measured_at", "timestamp", "When it was measured.", nullable=False),
        Column("model", "string", "`churn`, `ltv`, `segments`, or `identity` for who is who.", nullable=False),
        Column("model_version", "string", "Version in the registry, or of conf/identity.yml.", nullable=False),
        Column("is_champion", "boolean", "The version was champion when the run ended.", nullable=False),
        Column("metric", "string", "What was measured, such as `auc` or `gini`.", nullable=False),
        Column("split", "string", "`test`: a day later than all training; `truth`: against the simulated hospital's "
               "hidden process; `fit`: on what was fitted, for groups; `in_use`: the groups in use against "
               "users of the day.", nullable=False),
        Column("value", "double", "The model's figure."),
        Column("baseline_name", "string", "What it is compared with; empty where with nothing.", nullable=False),
        Column("baseline_value", "double", "The same figure of the baseline."),
        Column("as_of_date", "date", "Day of the features that were scored; empty for groups' candidates."),
        Column("note", "string", "What a reader must know; never about a person."),
    ),
    checks=(Check("in_set", "model", values=MODELS), Check("in_set", "split", values=SPLITS)),
)  # fmt: skip
