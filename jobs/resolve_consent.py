"""What each person's consent is on a day."""

from features.consent import but_own_guardians, consent_state
from features.persons import as_known, of_users
from jobs.runtime.declarations import load_policy
from jobs.runtime.job import Run, job
from schemas.feeds import FEEDS
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY

ACCOUNT, CONSENT = FEEDS["account"].silver, FEEDS["consent"].silver


@job(reads=(CONSENT, ACCOUNT, IDENTITY), writes=(CONSENT_STATE,))
def resolve_consent(run: Run) -> None:
    """Finds the statement that holds for each person, purpose, data class and channel."""
    persons = run.read(IDENTITY, since=run.day, until=run.day)
    said = of_users(as_known(run.read_or_empty(CONSENT, until=run.day), run.day), persons)
    guarded = but_own_guardians(said, persons)
    accounts = of_users(as_known(run.read_or_empty(ACCOUNT, until=run.day), run.day), persons)
    outdated = load_policy(run.settings.conf).outdated_texts
    run.write(CONSENT_STATE, consent_state(guarded, accounts, run.day, run.settings.hospital.zone, outdated))
