"""The only way of persons' rows to jobs whose purpose needs consent: through the policy.

`Run` gives such a job a lake in which tables about persons cannot be read. What comes through here has been judged by
features.policy, as of the run's day, or says nothing about any one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

from pyspark.sql import DataFrame

from features.audience import Audience, columns_of
from features.audiences import candidates
from features.columns import HOMES, data_classes
from features.policy import Known, Policy, learners, permitted
from features.reachable import reachable_accounts
from features.withdrawals import granted_by, withdrawals, without_consent
from jobs.runtime.declarations import load_policy
from jobs.runtime.job import Run
from jobs.runtime.lake import ReadAroundPolicy
from jobs.runtime.user_rows import DayMissingError, user_rows
from schemas.gold.audience import AUDIENCE_CHANGE, AUDIENCE_MEMBER
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.table import Table

# Whoever stands in them passed the policy when they were written. Who no longer does: features.withdrawals.
_PASSED = (AUDIENCE_MEMBER, AUDIENCE_CHANGE)


def permitted_rows(
    run: Run, table: Table, used: Sequence[str] = (), since: date | None = None, until: date | None = None
) -> DataFrame:
    """Rows of whom the policy lets the run's purpose use; all rows where the purpose needs no consent.

    Who says what is `used` gets no other feature: consent was asked for the classes of these alone.
    """
    rows = _behind(run).read(table, since=since, until=until)
    if not run.job.is_guarded or not table.is_about_persons:
        return rows
    if run.job.purpose != "training":
        if table in _PASSED:
            return rows
        raise ReadAroundPolicy(
            f"{run.job.name}: who is on a list is chosen by judged_candidates, not from {table.name}"
        )
    policy = load_policy(run.settings.conf)
    if policy.is_not_asked(run.settings.hospital.name):
        run.asked["not_asked"] = run.settings.hospital.name
        return rows
    users = _learners(run, policy, data_classes(used or table.column_names))
    if used:
        rows = rows.select(*(c for c in table.column_names if c in used or c not in HOMES))
    if "user_id" in table.column_names:
        return rows.join(users, "user_id", "left_semi")
    actor = "actor_id" if "actor_id" in table.column_names else "account_token"
    learned = _of_day(run, IDENTITY).join(users, "user_id", "left_semi").selectExpr(f"actor_id AS {actor}")
    return rows.join(learned, actor, "left_semi")


def judged_candidates(run: Run, policy: Policy, audiences: Sequence[Audience]) -> DataFrame:
    """Everyone who meets an audience's rule, judged; of who is refused nothing is told but the reason."""
    behind = _behind(run)
    held = behind.read(USER_PORTRAIT, since=run.day, until=run.day).select("user_id", "tag_codes", "tag_values")
    users = user_rows(behind, (*columns_of(audiences), *policy.columns)).join(held, "user_id")
    accounts = reachable_accounts(_of_day(run, IDENTITY))
    known = Known(run.day, _of_day(run, CONSENT_STATE), accounts, users, earlier_lists(run))
    judged = permitted(run.stage("candidates", candidates(users, audiences)), known, policy)
    passed = "CASE WHEN refused IS NULL THEN {0} END AS {0}"
    told = ("audience", "priority", "user_id", "purpose", "data_classes", "channel", "place", "refused")
    return judged.selectExpr(*told, *(passed.format(c) for c in ("order_value", "details", "account_token")))


def earlier_lists(run: Run) -> DataFrame:
    """gold.audience_member of the days before: each of its rows passed the policy of its day."""
    return _behind(run).read_or_empty(AUDIENCE_MEMBER, until=run.day - timedelta(days=1))


def withdrawn(run: Run, audiences: Sequence[Audience]) -> dict[str, list[tuple[date, str]]]:
    """Since the last lists before the day: by audience, the list's day and the account that must be taken out of it."""
    listed = earlier_lists(run).where("arm = 'list'")
    last = listed.selectExpr("max(as_of_date) AS told").collect()[0]["told"]
    if last is None:
        return {}
    then, found = _granted(run, last), dict[str, list[tuple[date, str]]]()
    if not then.limit(1).collect():
        raise DayMissingError(f"nobody agreed to anything on {last}, of which there are lists: run resolve_consent")
    for row in withdrawals(listed, then, _granted(run, run.day), _classes(audiences)).collect():
        found.setdefault(row["audience"], []).append((row["as_of_date"], row["account_token"]))
    return found


def lists_without_consent(run: Run, audiences: Sequence[Audience]) -> list[str]:
    """The day's audiences with somebody on the list whose consent went after the list was built."""
    listed = permitted_rows(run, AUDIENCE_MEMBER, since=run.day, until=run.day).where("arm = 'list'")
    gone = without_consent(listed, _granted(run, run.day), _classes(audiences))
    return sorted(row["audience"] for row in gone.select("audience").distinct().collect())


def told_of_all(
    run: Run,
    what: Literal["min", "max", "collect_set"],
    table: Table,
    column: str,
    since: date | None = None,
    until: date | None = None,
) -> Any:
    """The least, the greatest or the different values of a column that tells nothing about a person."""
    if table.column(column).is_about_a_person:
        raise ReadAroundPolicy(f"{table.name}.{column} tells about persons")
    rows = _behind(run).read(table, since=since, until=until)
    return rows.selectExpr(f"{what}(`{column}`) AS told").collect()[0]["told"]


def newest_day(run: Run, table: Table, since: date | None = None, until: date | None = None) -> date | None:
    """The last day of which the table has rows; None where it has none, or nobody has written it."""
    days = _behind(run).read_or_empty(table, since=since, until=until)
    day: date | None = days.selectExpr(f"max(`{table.slice_by}`) AS day").collect()[0]["day"]
    return day


def _behind(run: Run) -> Run:
    """The run as a job sees it whose purpose needs no consent."""
    return replace(run, lake=run.lake.behind_the_guard, job=replace(run.job, purpose="operation"))


def _of_day(run: Run, table: Table) -> DataFrame:
    return _behind(run).read(table, since=run.day, until=run.day)


def _granted(run: Run, day: date) -> DataFrame:
    behind = _behind(run)
    return granted_by(*(behind.read(table, since=day, until=day) for table in (CONSENT_STATE, IDENTITY)))


def _classes(audiences: Sequence[Audience]) -> dict[str, tuple[str, ...]]:
    return {a.code: a.data_classes for a in audiences}


def _learners(run: Run, policy: Policy, classes: tuple[str, ...]) -> DataFrame:
    """The persons whom models may learn from, found once for each set of data classes."""
    if policy.training is None:
        raise ReadAroundPolicy("conf/policy.yml says nothing on training: nobody may be learned from")
    if classes not in run.passed:
        consent = _of_day(run, CONSENT_STATE)
        if not consent.limit(1).collect():
            raise DayMissingError(f"{CONSENT_STATE.name} has no rows of {run.day}: run resolve_consent for that day")
        flags = user_rows(_behind(run), policy.for_training.columns)
        accounts, no_lists = reachable_accounts(_of_day(run, IDENTITY)), run.lake.empty(AUDIENCE_MEMBER)
        known = Known(run.day, consent, accounts, flags, no_lists)
        run.passed[classes] = run.stage("learners", learners(known, policy, classes))
        run.asked["consent"] = policy.training.consent
        run.asked["data_classes"] = sorted({c for passed in run.passed for c in passed})
    return run.passed[classes]
