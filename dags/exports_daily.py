"""
### exports_daily: marketing's lists, the report of the day, and who asked to be erased

**Makes** `gold.audience_member`, the folders `exports/<day>/<audience>/`, `gold.kpi_day` and the HTML report.
**Who waits for it:** marketing pulls the lists at 07:00; the head of marketing opens the report.

**When a task is red**
- `build_audiences`: an audience or the policy file is wrong; the message names file, line and key. Nothing went out.
- `publish_exports`: a list is published whole or not at all; clear the task.
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
    lists = job_task("build_audiences") >> job_task("publish_exports", outlets=[LISTS])
    [lists, job_task("compute_kpis")] >> job_task("write_report") >> job_task("carry_out_erasures")
