"""Who is on which list, after consent and policy."""

from datetime import timedelta

from features.audience import columns_of
from features.audiences import candidates, changes, decide, members, outcomes, rank
from features.policy import Known, permitted
from features.reachable import reachable_accounts
from jobs.lists.inputs import LIST_TABLES, stale_inputs, with_older
from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.job import Run, job
from jobs.runtime.user_rows import user_rows
from schemas.gold.audience import AUDIENCE_CHANGE, AUDIENCE_DAY, AUDIENCE_MEMBER
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.intake import INGEST_BALANCE, INGEST_FILE
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY


@job(
    reads=(*LIST_TABLES, INGEST_FILE, INGEST_BALANCE),
    writes=(AUDIENCE_MEMBER, AUDIENCE_CHANGE, AUDIENCE_DAY),
    purpose="marketing",
)
def build_audiences(run: Run) -> None:
    """Chooses the users of every audience and lets the policy decide who may be reached."""
    policy = load_policy(run.settings.conf)
    audiences = load_audiences(run.settings.conf, load_tags(run.settings.conf), policy)
    run = with_older(run, stale_inputs(run, policy))
    held = run.read(USER_PORTRAIT, since=run.day, until=run.day).select("user_id", "tag_codes")
    users = user_rows(run, (*columns_of(audiences), *policy.columns)).join(held, "user_id")
    earlier = run.stage("earlier", run.read_or_empty(AUDIENCE_MEMBER, until=run.day - timedelta(days=1)))
    identity = run.read(IDENTITY, since=run.day, until=run.day)
    consent = run.read(CONSENT_STATE, since=run.day, until=run.day)
    known = Known(run.day, consent, reachable_accounts(identity), users, earlier)
    judged = permitted(run.stage("candidates", candidates(users, audiences)), known, policy)
    ranked = run.stage("ranked", rank(decide(judged), audiences, policy))
    today = run.stage("members", members(ranked, audiences, policy, run.day))
    run.write(AUDIENCE_MEMBER, today, since=run.day)
    run.write(AUDIENCE_CHANGE, changes(today, earlier, run.day), since=run.day)
    run.write(AUDIENCE_DAY, outcomes(ranked, run.day), since=run.day)
