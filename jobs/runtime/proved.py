"""Whether a day is proved: the rows of audit.self_proof as checks that stop the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jobs.runtime.audit import read_rows
from jobs.runtime.job import Run
from jobs.runtime.quality import CheckResult, StopTheDay
from schemas.self_proof import SELF_PROOF

Row = Mapping[str, Any]
CHECK = "self_proof"
_WHERE = 'docs/operations.md, "The self-proof"'


def verdict(rows: Iterable[Row]) -> list[CheckResult]:
    """A stop check for each table that was compared."""
    return [_judged(row) for row in rows]


def refuse_unproved(run: Run) -> None:
    """StopTheDay when the proof of the run's day found a difference, or has not been made."""
    rows = read_rows(run.lake.store, SELF_PROOF, ("as_of_date", "=", run.day))
    missing = f"there is none of {run.day}: cameo run prove_sample --day {run.day}"
    unproved = [CheckResult(SELF_PROOF.name, CHECK, None, "stop", False, missing, "a proof of the day", 0, 0)]
    failed = [result for result in verdict(rows) if not result.passed] if rows else unproved
    if failed:
        raise StopTheDay(failed)


def _judged(row: Row) -> CheckResult:
    count, compared = int(row["difference_count"]), int(row["compared_row_count"])
    expected = f"what bronze gives anew for {row['sampled_user_count']} users ({_WHERE})"
    observed = told(row) if count else f"{compared:,} rows are"
    return CheckResult(str(row["table_name"]), CHECK, None, "stop", not count, observed, expected, compared, count)


def told(row: Row) -> str:
    """In words what differs in a table, with the columns."""
    kinds = (("missing", "missing"), ("surplus", "too many"), ("changed", "with other values"))
    parts = [f"{int(row[f'{kind}_row_count'])} {words}" for kind, words in kinds if row[f"{kind}_row_count"]]
    columns = ", ".join(f"{name} {int(n)}" for name, n in sorted(dict(row["changed_columns"] or {}).items()))
    return ", ".join(parts) + (f" (rows by column: {columns})" if columns else "")
