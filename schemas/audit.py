"""What ran, and what was checked. Logs: they grow with each run and are never part of 'the same tables'."""

from schemas.table import Column, Table

JOB_RUN = Table(
    "audit.job_run",
    "One run of one job.",
    ("run_id",),
    (
        Column("run_id", "string", "Random number of the run.", nullable=False),
        Column("job", "string", "Name of the job.", nullable=False),
        Column("options", "string", "What it was told, as key=value.", nullable=False),
        Column("since", "date", "First day it worked on.", nullable=False),
        Column("day", "date", "Last day it worked on.", nullable=False),
        Column("known_at", "date", "Last delivery that counted, where a job makes a state as of the day."),
        Column("status", "string", "`done` or `failed`.", nullable=False),
        Column("error", "string", "Kind of the error of a failed run."),
        Column("started_at", "timestamp", "When it began.", nullable=False),
        Column("seconds", "double", "How long it took.", unit="s", nullable=False),
        Column("peak_memory_mb", "double", "Most memory its process ever held so far.", unit="MiB"),
        Column("table_rows", "map<string,double>", "Rows written, by table.", unit="rows"),
    ),
)

QUALITY_RESULT = Table(
    "audit.quality_result",
    "One check of what one run of a job wrote.",
    ("run_id", "table_name", "check_name", "column_name"),
    (
        Column("run_id", "string", "Run of the job that wrote.", nullable=False),
        Column("day", "date", "Day it worked on.", nullable=False),
        Column("job", "string", "Job that wrote.", nullable=False),
        Column("table_name", "string", "Table that was written.", nullable=False),
        Column("check_name", "string", "What was checked.", nullable=False),
        Column("column_name", "string", "Column it was checked on; empty for the whole table.", nullable=False),
        Column("severity", "string", "`stop` or `warn`.", nullable=False),
        Column("is_passed", "boolean", "It held.", nullable=False),
        Column("expected", "string", "What should hold."),
        Column("observed", "string", "What was found; never a person's value."),
        Column("failing_row_count", "bigint", "Rows that broke it.", unit="rows"),
    ),
)
