"""One wide row per user."""

from features.portrait import COLUMNS, portrait, tags_as_of
from jobs.runtime.job import Run, job
from jobs.runtime.user_rows import USER_TABLES, user_rows
from schemas.gold.tag import TAG_DEFINITION, USER_TAG
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity_event import USER_ID_MAP


@job(
    reads=(*USER_TABLES, USER_TAG, TAG_DEFINITION, CONSENT_STATE, USER_ID_MAP),
    writes=(USER_PORTRAIT,),
    takes_known_at=True,
)
def build_portrait(run: Run) -> None:
    """Builds the portrait of every user as of the day."""
    names = run.read(TAG_DEFINITION).where("is_current").select("tag_code", "name_zh")
    consent = run.read(CONSENT_STATE, since=run.day, until=run.day)
    users = user_rows(run, COLUMNS)
    tags = tags_as_of(run.read(USER_TAG), run.read_or_empty(USER_ID_MAP), names, run.day)
    run.write(USER_PORTRAIT, portrait(users, tags, consent, run.day), since=run.day)
