"""
### portrait_daily: four layers of tags and one wide row per user

**Makes** `gold.user_value_tier`, `gold.user_tag` (history), `gold.user_portrait`, `gold.segment_member` (history),
`gold.care_alert`, `gold.care_event`.
**Who waits for it:** analysts in the morning; exports_daily; the care team reads alerts and events.

**When a task is red**
- *Tag file*: the message names file, line and key; put the last version back (git) and clear the task.
- *Segment file*: as above; `build_segments` names file, line and key.
- *conf/care_events.yml*: a cause is no tag any more; `raise_care_events` names file and line. Portrait and lists go on.
- *StopTheDay*: a check on the tags failed; `audit.quality_result` says which.

**Is a rerun safe?** Yes. Days may come in any order; a day that is run again is rolled back first.
"""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable
from cameo_tasks import PORTRAIT, SCORES, job_task
from pendulum import datetime

with DAG(
    "portrait_daily",
    schedule=PartitionedAssetTimetable(assets=SCORES),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["cameo", "daily"],
    doc_md=__doc__,
):
    job_task("raise_care_alerts")
    tags = job_task("assign_value_tiers") >> job_task("derive_tags")
    tags >> job_task("raise_care_events")
    tags >> job_task("build_portrait") >> job_task("build_segments", outlets=[PORTRAIT])
