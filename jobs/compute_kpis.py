"""The key figures of the last two months, as known by the day."""

from datetime import timedelta

from features.kpi import HISTORY_DAYS, KpiSources, kpi_day, people, user_facts
from jobs.runtime.job import Run, job
from schemas.feature.user_day import USER_DAY
from schemas.feeds import FEEDS
from schemas.gold.kpi_day import KPI_DAY
from schemas.silver.identity import IDENTITY

CONSULTATION, NPS_ANSWER, COMPLAINT, MENTION, CAMPAIGN_TOUCH = SILVER = tuple(
    FEEDS[name].silver for name in ("consultation", "nps_answer", "complaint", "mention", "campaign_touch")
)


@job(reads=(USER_DAY, IDENTITY, *SILVER), writes=(KPI_DAY,))
def compute_kpis(run: Run) -> None:
    """Computes gold.kpi_day: activity, retention, funnel, spend, service, opinion and channels."""
    first = run.day - timedelta(days=HISTORY_DAYS - 1)
    identity = run.read(IDENTITY, since=run.day, until=run.day)
    user_day = run.read(USER_DAY, since=first, until=run.day).where(f"event_date <= DATE'{run.day}'")
    feeds = [run.read_or_empty(t, since=first, until=run.day) for t in SILVER]
    sources = KpiSources(
        run.stage("kpi_facts", user_facts(user_day, identity)), people(identity, run.settings.hospital.zone), *feeds
    )
    run.write(KPI_DAY, kpi_day(sources, run.day))
