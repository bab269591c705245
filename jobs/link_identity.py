"""Persons behind accounts and devices, and patients apart from accounts."""

from datetime import timedelta

from pyspark.sql import DataFrame

from features.accounts import account_state
from features.identity import busy_actors, device_accounts, identity, identity_hubs
from features.patients import patients
from features.persons import as_known
from features.user_value import VALUE_WINDOW_DAYS
from jobs.runtime.job import Run, job
from jobs.runtime.later_days import last_day_to_mend
from schemas.feature.user_day import USER_DAY
from schemas.feeds import FEEDS
from schemas.silver.device_account import DEVICE_ACCOUNT
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_hub import IDENTITY_HUB
from schemas.silver.patient import PATIENT

ACCOUNT, EVENT = FEEDS["account"].silver, FEEDS["event"].silver
FAMILY, CONSULTATION = FEEDS["family_binding"].silver, FEEDS["consultation"].silver
DEVICE_WINDOW_DAYS = 180
PERSONS_READ = (ACCOUNT, DEVICE_ACCOUNT, USER_DAY)


@job(
    reads=(ACCOUNT, EVENT, FAMILY, CONSULTATION, USER_DAY),
    writes=(DEVICE_ACCOUNT, IDENTITY, IDENTITY_HUB, PATIENT),
    takes_known_at=True,
)
def link_identity(run: Run) -> None:
    """Tells who is one person, which identifiers say nothing, and which patients an account acts for."""
    until = last_day_to_mend(run, DEVICE_ACCOUNT, [FEEDS["event"]])
    run.write(DEVICE_ACCOUNT, device_accounts(run.read_or_empty(EVENT, since=run.since, until=until)), until=until)
    state, devices = tell_persons(run)
    run.write(IDENTITY_HUB, identity_hubs(state, devices, run.day))
    persons = run.read(IDENTITY, since=run.day, until=run.day)
    run.write(PATIENT, patients(state, run.known(FAMILY), run.known(CONSULTATION), persons, run.day))


def tell_persons(run: Run) -> tuple[DataFrame, DataFrame]:
    """Writes silver.identity of the day from tables that are there; gives the accounts' state and their devices."""
    since = run.day - timedelta(days=DEVICE_WINDOW_DAYS - 1)
    devices = run.read(DEVICE_ACCOUNT, since=since, until=run.known_at).where(f"first_event_date <= DATE'{run.day}'")
    state = run.stage("accounts", account_state(run.known(ACCOUNT)))
    acting = run.read(USER_DAY, since=run.day - timedelta(days=VALUE_WINDOW_DAYS - 1), until=run.known_at)
    actors = run.stage("actors", busy_actors(as_known(acting, run.day, known_at=run.known_at)))
    run.write(IDENTITY, identity(state, devices, actors, run.day))
    return state, devices
