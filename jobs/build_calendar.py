"""What kind of day each day is."""

from features.calendar import calendar_rows
from jobs.runtime.job import Run, job
from schemas.feeds import FEEDS
from schemas.silver.calendar import CALENDAR

ENVIRONMENT = FEEDS["environment"].silver


@job(reads=(ENVIRONMENT,), writes=(CALENDAR,))
def build_calendar(run: Run) -> None:
    """Writes down weekday, holiday, season, solar term and epidemics of each day."""
    observed = run.read_or_empty(ENVIRONMENT, since=run.since, until=run.day)
    told = observed.where("known_date = event_date AND alert_level > 0")
    alerts = [r.asDict() for r in told.select("observed_date", "epidemic", "alert_level").collect()]
    rows = calendar_rows(run.since, run.day, alerts)
    values = [tuple(row[name] for name in CALENDAR.column_names) for row in rows]
    run.write(CALENDAR, run.spark.createDataFrame(values, CALENDAR.ddl))
