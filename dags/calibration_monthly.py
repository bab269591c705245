"""
### calibration_monthly: numbers of conf/ measured anew, and proposed

**Makes** a proposal: `audit.calibration_proposal`, `audit.calibration_move`, and a page beside the report. It puts
nothing in force: that is for a person to say, by `cameo calibration list`, `show`, and `approve` or `reject`.
**Who waits for it:** nobody. The numbers in force stay in force.

**When a task is red**
- *No rows of a day*: portrait_daily of the last day of the month has not run, or failed; clear the task when it has.
- *A ConfError about conf/calibrated*: a number was changed by hand where another was approved; the message says what
  to write.
- Anything else can wait for the morning.

**Is a rerun safe?** Yes: the same data make the same proposal with the same id; where data came late it is another one,
and who wants to approve the old one is told.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronPartitionTimetable
from cameo_tasks import DAY_BEFORE, job_task
from pendulum import datetime

with DAG(
    "calibration_monthly",
    schedule=CronPartitionTimetable("0 10 1 * *", timezone="Asia/Shanghai", run_offset=0, key_format="%Y-%m-%d"),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["cameo", "monthly"],
    doc_md=__doc__,
):
    job_task("propose_calibration", day=DAY_BEFORE)
