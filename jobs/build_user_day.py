"""Facts per actor and day out of the silver tables."""

from features.symptoms import symptom_days
from features.user_day import USER_DAY_FEEDS, user_day
from features.visits import topic_days
from jobs.runtime.declarations import load_symptoms
from jobs.runtime.job import Run, job
from jobs.runtime.later_days import last_day_to_mend
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_symptom_day import USER_SYMPTOM_DAY
from schemas.feature.user_topic_day import USER_TOPIC_DAY
from schemas.feeds import FEEDS


@job(reads=tuple(FEEDS[feed].silver for feed in USER_DAY_FEEDS), writes=(USER_DAY, USER_TOPIC_DAY, USER_SYMPTOM_DAY))
def build_user_day(run: Run) -> None:
    """Adds up what each account or device did, per day and delivery day.

    Of an earlier day run again, later days too: silver may have lost rows there that are repeats of what came late.
    """
    until = last_day_to_mend(run, USER_DAY, [FEEDS[feed] for feed in USER_DAY_FEEDS])
    feeds = {feed: run.read_or_empty(FEEDS[feed].silver, since=run.since, until=until) for feed in USER_DAY_FEEDS}
    run.write(USER_DAY, user_day(feeds, run.settings.hospital.zone), until=until)
    run.write(USER_TOPIC_DAY, topic_days(feeds["event"]), until=until)
    words = load_symptoms(run.settings.conf)
    run.write(USER_SYMPTOM_DAY, symptom_days(feeds["event"], feeds["consultation"], words), until=until)
