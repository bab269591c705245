"""
### triggers_5_minutes: health facts of today, told within minutes

**Makes** `gold.user_tag_today`, `gold.user_portrait_today` and rows of `gold.care_event`, for users of whom a
diagnosis, a prescription, an entry of the health record or a reading out of range landed since the last night
(conf/triggers.yml).
**Who waits for it:** the care team, who read `gold.user_tag_now`, `gold.user_portrait_now` and `gold.care_event`. No
list and no nightly job does: paused, nothing but these is older. It is paused until somebody switches it on.

**When a task is red** the next run, five minutes later, does all of it again: what is red once needs nobody.
- *NoNightToBuildOn*: the daily DAGs are behind. See to them; the files wait in the landing folder.
- *LandingChanged*: a sender writes into the landing folder without a temporary name. Tell them if it stays.
- *FeedMostlyBad*: as in feeds_daily. The night will say the same; mend conf/sources now and it will not.
- *LakeBusy*: an erasure or a rotation of keys has the lake for itself. Wait.
- *expected refresh daily*: a tag of conf/tags says `refresh: trigger` and cannot be told by day. The message names it.

**Is a rerun safe?** Yes, at any moment, beside a night too. It reads nothing that the night writes for its day, and the
night reads nothing of it: what the night tells takes its place.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable
from cameo_tasks import trigger_task
from pendulum import datetime

with DAG(
    "triggers_5_minutes",
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="Asia/Shanghai"),
    start_date=datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    dagrun_timeout=timedelta(minutes=20),
    tags=["cameo", "by day"],
    doc_md=__doc__,
):
    trigger_task()
