"""What each person's consent is on a day."""

from features.consent import but_own_guardians, consent_state
from features.persons import of_users
from jobs.runtime.declarations import load_policy
from jobs.runtime.job import Run, job
from schemas.feeds import FEEDS
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY

ACCOUNT, CONSENT = FEEDS["account"].silver, FEEDS["consent"].silver


@job(reads=(CONSENT, ACCOUNT, IDENTITY), writes=(CONSENT_STATE,), takes_known_at=True)
def resolve_consent(run: Run) -> None:
    """Finds the statement that holds for each person, purpose, data class and channel."""
    persons = run.read(IDENTITY, since=run.day, until=run.day)
    said, accounts = (of_users(run.known(table), persons) for table in (CONSENT, ACCOUNT))
    guarded = but_own_guardians(said, persons)
    outdated = load_policy(run.settings.conf).outdated_texts
    run.write(CONSENT_STATE, consent_state(guarded, accounts, run.day, run.settings.hospital.zone, outdated))
