"""
### exports_daily: the self-proof, marketing's lists, the report of the day, and who asked to be erased

**Makes** `audit.self_proof`, `gold.audience_member`, the folders `exports/<day>/<audience>/`, `gold.kpi_day` and the
HTML report; the report also where there are no lists. `catalogue/index.html`, the page of all tags.
**Who waits for it:** marketing pulls the lists at 07:00; the head of marketing opens the report.

**When a task is red**
- `prove_sample`: a table does not hold what bronze gives anew; the message names table and columns. No list goes out.
  Run the first job that writes one of them for the day again (docs/operations.md, "The self-proof"), then clear it.
- `StaleInputError`: something that lists rest on is not of the day; the message names it and its day. Make it, or wait.
- `build_audiences`: an audience or the policy file is wrong; the message names file, line and key. Nothing went out.
- `publish_exports`: a list is published whole or not at all; clear the task.
- `write_catalogue`: the page of yesterday stays; nothing waits for it.
- `carry_out_erasures`: lists and report are out already. *NotGone* names a file that still names somebody. Clear the
  task: it goes on where it stood. A request may wait some days, but not be forgotten: `cameo receipts list`.

**Is a rerun safe?** Yes: the same day gives the same bytes. A list already pulled is not called back by a rerun.
"""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable
from cameo_tasks import LISTS, PORTRAIT, job_task
from pendulum import datetime

with DAG(
    "exports_daily",
    schedule=PartitionedAssetTimetable(assets=PORTRAIT),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["cameo", "daily"],
    doc_md=__doc__,
):
    lists = job_task("build_audiences")
    # The report tells why there are no lists. That nothing was published stays a failed end of the DAG.
    report = job_task("write_report", trigger_rule="all_done")
    job_task("prove_sample") >> lists >> job_task("publish_exports", outlets=[LISTS])
    job_task("write_catalogue")
    [lists, job_task("compute_kpis")] >> report >> job_task("carry_out_erasures")
