"""The nightly self-proof: what the jobs have written bit by bit is what bronze gives anew."""

from features.comparison import Difference, difference
from jobs.compute_features import SILVER
from jobs.proof.anew import PROVED_FEEDS, TAGS_HELD, compute_again, tags_again, two_at_a_time
from jobs.proof.rows import proof_rows
from jobs.proof.sample import draw
from jobs.runtime.audit import replace_rows
from jobs.runtime.job import Run, job
from jobs.runtime.proved import verdict
from jobs.runtime.store import where
from jobs.runtime.user_rows import USER_TABLES
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_symptom_day import USER_SYMPTOM_DAY
from schemas.feature.user_topic_day import USER_TOPIC_DAY
from schemas.gold.tag import USER_TAG
from schemas.self_proof import SELF_PROOF
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table

_BRONZE = tuple(feed.bronze for feed in PROVED_FEEDS)
_ADDED_UP = (USER_DAY, USER_TOPIC_DAY, USER_SYMPTOM_DAY)
_HELD_AGAINST = (*(feed.silver for feed in PROVED_FEEDS), *_ADDED_UP, CONSENT_STATE, USER_TAG)


@job(
    reads=(IDENTITY, *_BRONZE, *_HELD_AGAINST, SILVER["environment"], *USER_TABLES),
    writes=(SELF_PROOF,),
)
def prove_sample(run: Run) -> None:
    """Computes some users anew from bronze and holds all that is kept of them against it; a difference stops the lists.

    Who is a person and what the models say are taken as they stand.
    """
    sample = draw(run)
    again = compute_again(sample)
    pairs = {table: (sample.stored(table), anew) for table, anew in again.made.items()}
    pairs[TAGS_HELD] = tags_again(again)

    def compared(table: Table) -> Difference:
        return difference(table, *pairs[table])

    found = dict(zip((t.name for t in pairs), two_at_a_time(compared, pairs), strict=True))
    rows = proof_rows(run.day, sample.user_count, found)
    replace_rows(run.lake.store, SELF_PROOF, rows, where(SELF_PROOF, run.day, run.day))
    run.written[SELF_PROOF.name] = len(rows)
    run.keep(verdict(rows))
