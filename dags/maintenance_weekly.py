"""
### maintenance_weekly: small files, old versions, old days

**Makes** nothing new: compacts tables, removes slices older than conf/retention.yml says, vacuums old versions.
**Who waits for it:** nobody. Skipped weeks make queries slower, never wrong.

**When a task is red:** look whether a disk is full. **Is a rerun safe?** Yes.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronPartitionTimetable
from cameo_tasks import job_task
from pendulum import datetime

with DAG(
    "maintenance_weekly",
    schedule=CronPartitionTimetable("0 12 * * 0", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["cameo", "weekly"],
    doc_md=__doc__,
):
    job_task("maintain_tables")
