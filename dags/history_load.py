"""
### history_load: a hospital's past, in one pass

**Makes** bronze, silver and `feature.user_day` for a range of days.
Trigger it with `{"since": "2026-01-01", "day": "2026-06-28"}`.
**Who waits for it:** nobody at night. It is run once for a new hospital, or again after a contract was mended.

**When a task is red:** as in feeds_daily. **Is a rerun safe?** Yes: it replaces exactly the range it was given.
"""

from __future__ import annotations

from airflow.sdk import DAG
from cameo_tasks import SINCE, ingest_each_feed, job_task
from pendulum import datetime

with DAG(
    "history_load",
    schedule=None,
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    max_active_runs=1,
    tags=["cameo", "by hand"],
    doc_md=__doc__,
):
    facts = job_task("build_user_day", since=SINCE, trigger_rule="none_failed")
    ingest_each_feed(since=SINCE) >> facts >> job_task("link_identity", since=SINCE)
