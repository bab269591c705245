"""Small declared tables for the tests of the lake, of all types that a column may have."""

from pyspark.sql import DataFrame

from jobs.runtime.lake import Lake
from schemas.table import Column, Table

VISIT_COLUMNS = (
    Column("user_id", "string", "Who."),
    Column("visit_date", "date", "When."),
    Column("number", "bigint", "Which of the day.", nullable=False),
    Column("paid_yuan", "decimal(12,2)", "What was paid.", unit="yuan"),
    Column("weight", "double", "A measure."),
    Column("seen_at", "timestamp", "When exactly."),
    Column("topics", "array<string>", "About what.", sensitivity="health"),
    Column("codes", "map<string,string>", "Codes by kind."),
    Column("scores", "map<string,double>", "Scores by kind."),
    Column("is_new", "boolean", "First one."),
    Column("age", "int", "Years.", unit="years"),
)
VISIT = Table(
    "silver.visit",
    "One visit.",
    ("user_id", "visit_date", "number"),
    VISIT_COLUMNS,
    slice_by="visit_date",
    partition_by=("visit_date",),
)
FLAT_VISIT = Table("silver.flat_visit", "One visit.", VISIT.key, VISIT_COLUMNS, slice_by="visit_date")
SHARED_VISIT = Table(
    "silver.shared_visit",
    "One visit of a ward.",
    VISIT.key,
    VISIT_COLUMNS,
    slice_by="visit_date",
    partition_by=("user_id",),
)
TAG = Table(
    "gold.held_tag",
    "A tag somebody has, and had.",
    ("user_id", "valid_from"),
    (
        Column("user_id", "string", "Who."),
        Column("valid_from", "date", "First day."),
        Column("valid_to", "date", "Last day."),
        Column("level", "int", "How much."),
    ),
)
WHOLE = Table(
    "gold.whole",
    "Replaced as a whole.",
    ("id",),
    (Column("id", "bigint", "Number."), Column("name", "string", "Name.")),
)

VISITS = """
    SELECT concat('u', id % 50) AS user_id, DATE'2024-01-01' + CAST(id % 3 AS INT) AS visit_date, id AS number,
           CAST(id AS DECIMAL(12,2)) AS paid_yuan, id / 3.0D AS weight,
           TIMESTAMP'2024-01-01 10:00:00' + make_interval(0, 0, 0, CAST(id % 7 AS INT)) AS seen_at,
           array(concat('t', id % 2), '头痛') AS topics, map('icd', concat('c', id % 4)) AS codes,
           map('a', id / 7.0D) AS scores, id % 2 = 0 AS is_new, CAST(id % 90 AS INT) AS age
    FROM range({rows})
"""


def visits(lake: Lake, rows: int = 300) -> DataFrame:
    """Rows of VISIT: fifty users, three days, every type."""
    return lake.spark.sql(VISITS.format(rows=rows))
