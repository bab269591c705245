"""
### feeds_daily: yesterday's exports become facts and features

**Makes** bronze, silver, who is who, who agreed to what, `feature.user_day` and every `feature.user_*` table.
**Who waits for it:** scores_daily, and through it portraits and marketing's lists, due at 07:00 hospital time.

**When a task is red**
- `ingest_feed [feed]`: the message names the file. *Mostly bad*: look at `bronze.rejected` for the reason, mend
  conf/sources, clear the task. *Counts do not balance*: do not publish lists; call the data engineer on duty.
- `list_feeds`: *no file of any feed came*. Ask the hospital's side for the export; when it is there, clear the task.
- One feed that did not come is no failure; it is told in the report and taken when it comes.
- `ingest_feed [feed]` is *skipped*: it was stopped, as above, and the day goes on without what it lacks, since its
  contract does not say `is_needed`. The report says so. Mend it, then clear the task and those after it.
- `compute_features`, `link_identity`: StopTheDay names the check; `audit.quality_result` has the counts.

**Is a rerun safe?** Yes, always: each task replaces exactly its own day. Backfill: `airflow backfill create`.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronPartitionTimetable
from cameo_tasks import FACTS, ingest_each_feed, job_task
from pendulum import datetime

with DAG(
    "feeds_daily",
    schedule=CronPartitionTimetable("0 3 * * *", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["cameo", "daily"],
    doc_md=__doc__,
):
    identity = job_task("link_identity")
    known = [job_task("resolve_consent"), job_task("build_calendar")]
    (
        ingest_each_feed()
        >> job_task("build_user_day", trigger_rule="none_failed")
        >> identity
        >> known
        >> job_task("compute_features", outlets=[FACTS])
    )
