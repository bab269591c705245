"""
### models_weekly: challengers are trained and judged

**Makes** new versions of the models `churn`, `ltv`, `segments` and `department` (of texts) in the registry; the alias
`champion` moves only to a challenger that beats champion and baseline on days later than all it was trained on.
**Who waits for it:** nobody the same night; scores_daily uses the champions there are.

**When a task is red**
- *Not enough history*: the message says how many days are missing; history_load brings them.
- Anything else: the old champions stay in force. It can wait for the morning.

**Is a rerun safe?** Yes: same day, same data, same seed, same model; the alias moves only to a better one.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronPartitionTimetable
from cameo_tasks import job_task
from pendulum import datetime

with DAG(
    "models_weekly",
    schedule=CronPartitionTimetable("0 9 * * 1", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["cameo", "weekly"],
    doc_md=__doc__,
):
    features = job_task("compute_training_features")
    features >> [job_task(name) for name in ("train_churn", "train_ltv", "fit_segments")]
    job_task("train_text_department")
