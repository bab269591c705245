"""Episodes of care that begin on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from features.care_events import begun, of_those_who_consent
from features.policy import Known
from features.reachable import reachable_accounts
from features.tag import Tag
from jobs.runtime.declarations import load_care_events, load_policy, load_tags
from jobs.runtime.job import Run, job
from jobs.runtime.quality import CheckResult
from jobs.runtime.user_rows import USER_TABLES, user_rows
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.gold.care_event import CARE_EVENT
from schemas.gold.tag import TAG_DAY, USER_TAG
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_event import USER_ID_MAP


@job(
    reads=(*USER_TABLES, USER_TAG, TAG_DAY, CONSENT_STATE, IDENTITY, USER_ID_MAP),
    writes=(CARE_EVENT,),
    purpose="care",
    takes_known_at=True,
)
def raise_care_events(run: Run) -> None:
    """Tells which episodes of care begin on the day, for users who consent to care."""
    tags = load_tags(run.settings.conf)
    declared = load_care_events(run.settings.conf, tags)
    id_map = run.read_or_empty(USER_ID_MAP)
    found = begun(run.read(USER_TAG), declared, run.day, tags_told_before(run, run.day), id_map)
    events = run.stage("events", consented(run, found, tags), CARE_EVENT.ddl)
    told = run.read_or_empty(CARE_EVENT, since=run.day, until=run.day)
    gone = told.join(events, list(CARE_EVENT.key), "left_anti").count()
    run.write(CARE_EVENT, events)
    run.keep([_taken_back(gone)])


def tags_told_before(run: Run, day: date) -> frozenset[str]:
    """The tags that were derived on any day before."""
    rows = run.read_or_empty(TAG_DAY).where(f"as_of_date < DATE'{day}'").select("tag_code").distinct()
    return frozenset(row["tag_code"] for row in rows.collect())


def consented(run: Run, events: DataFrame, tags: Sequence[Tag]) -> DataFrame:
    """The events of the run's day, of users whom the policy lets care use."""
    policy = load_policy(run.settings.conf)
    classes = {t.code: t.data_classes for t in tags}
    accounts = reachable_accounts(run.read(IDENTITY, since=run.day, until=run.day))
    consent = run.read(CONSENT_STATE, since=run.day, until=run.day)
    known = Known(run.day, consent, accounts, user_rows(run, policy.columns), run.lake.empty(AUDIENCE_MEMBER))
    return of_those_who_consent(events, classes, known, policy)


def _taken_back(gone: int) -> CheckResult:
    return CheckResult(
        CARE_EVENT.name, "still_true", "kind", "warn", not gone, f"{gone} told by day that are not so",
        "what was told during the day holds at night", gone, gone,
    )  # fmt: skip
