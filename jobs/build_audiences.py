"""Who is on which list, after consent and policy."""

from features.audiences import changes, decide, members, outcomes, rank
from jobs.lists.inputs import LIST_TABLES, stale_inputs, with_older
from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.job import Run, job
from jobs.runtime.passage import earlier_lists, judged_candidates
from schemas.gold.audience import AUDIENCE_CHANGE, AUDIENCE_DAY, AUDIENCE_MEMBER
from schemas.intake import INGEST_BALANCE, INGEST_FILE


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
    ranked = run.stage("ranked", rank(decide(judged_candidates(run, policy, audiences)), audiences, policy))
    today = run.stage("members", members(ranked, audiences, policy, run.day))
    earlier = run.stage("earlier", earlier_lists(run))
    run.write(AUDIENCE_MEMBER, today, since=run.day)
    run.write(AUDIENCE_CHANGE, changes(today, earlier, run.day), since=run.day)
    run.write(AUDIENCE_DAY, outcomes(ranked, run.day), since=run.day)
