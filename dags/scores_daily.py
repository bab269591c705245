"""
### scores_daily: churn, lifetime value and group of every user

**Makes** `gold.churn_score`, `gold.ltv_score`, `gold.user_segment`, `gold.text_department` for the day,
with the registry's champions.
A hospital too small to learn from has a simple rule as champion; `model_version` and the report say so.
**Who waits for it:** portrait_daily (tags of kind `model`), then marketing's lists.

**When a task is red**
- *No champion*: nothing was trained yet, or the registry's file was lost. Run models_weekly for the day, then clear.
- *Feature missing*: a feature was renamed since training. Run models_weekly.

**Is a rerun safe?** Yes: each task replaces its own day.
"""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable
from cameo_tasks import FACTS, SCORES, job_task
from pendulum import datetime

with DAG(
    "scores_daily",
    schedule=PartitionedAssetTimetable(assets=FACTS),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["cameo", "daily"],
    doc_md=__doc__,
):
    scores = [job_task(name) for name in ("score_churn", "score_ltv", "score_text_department")]
    scores >> job_task("assign_segments", outlets=[SCORES])
