"""Numbers of conf/ measured anew, and proposed where others fit better. Nothing comes into force by it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from jobs.calibrating.groups import judged_groups
from jobs.calibrating.moves import TIER, moved_tags, moved_tiers, moved_weights
from jobs.calibrating.numbers import columns_measured, judged_shares, judged_tags
from jobs.runtime.calibration.declared import VALUE_TIERS_FILE, declared_tags
from jobs.runtime.calibration.in_force import InForce, load_approved
from jobs.runtime.calibration.page import page_of
from jobs.runtime.calibration.proposal import read_proposal, trial
from jobs.runtime.declarations import load_audiences, load_policy, load_tags, load_value_tiers
from jobs.runtime.job import Run, job
from jobs.runtime.tag_commands.preview import held_before, tags_asked
from jobs.runtime.tag_rows import TAG_TABLES, tag_rows
from jobs.runtime.tag_texts import read_exactly
from jobs.runtime.trail.entry import canonical
from schemas.calibration import CALIBRATION_MOVE, CALIBRATION_PROPOSAL
from schemas.gold.tag import USER_TAG
from schemas.model_quality import MODEL_QUALITY

Row = dict[str, Any]


@job(reads=(*TAG_TABLES, USER_TAG, MODEL_QUALITY), writes=(CALIBRATION_PROPOSAL, CALIBRATION_MOVE))
def propose_calibration(run: Run) -> None:
    """Measures every number that conf/ lets be calibrated, and proposes others; puts nothing in force.

    Held against are the numbers of the day itself: once some are approved from a later day on, measuring the day
    again still makes the same proposal.
    """
    conf = run.settings.conf
    now = load_approved(run.settings).on(run.day)
    tags, tiers = load_tags(conf, now), load_value_tiers(conf, now)
    measured = [t for t in tags if t.calibrate]
    users = run.stage("measured", tag_rows(run, measured, run.day, columns_measured(measured)))
    history = run.read(USER_TAG)
    rows = judged_tags(users, history, measured, declared_tags(conf), run.day)
    valued = run.stage("valued", tag_rows(run, [], run.day, tiers.columns))
    rows += judged_shares(valued, tiers, read_exactly(conf / VALUE_TIERS_FILE), run.day)
    proposed = [r for r in rows if r["outcome"] == "proposed"]
    moves = _moves(run, now, proposed) if proposed else []
    groups, into_others = judged_groups(run)
    rows, moves = [*rows, *groups], [*moves, *into_others]
    proposal_id = f"{run.day}-{_mark(rows)}"
    told = {"as_of_date": run.day, "proposal_id": proposal_id}
    for table, found in ((CALIBRATION_PROPOSAL, rows), (CALIBRATION_MOVE, moves)):
        values = [tuple((told | row)[name] for name in table.column_names) for row in found]
        run.write(table, run.spark.createDataFrame(values, table.ddl))
    page_of(run.settings, read_proposal(run.lake.store, proposal_id))


def _mark(rows: Sequence[Row]) -> str:
    """The same for the same proposal, whenever it is made."""
    said = [{k: r[k] for k in ("of", "number", "declaration", "outcome", "in_force", "proposed")} for r in rows]
    return sha256(canonical(said).encode()).hexdigest()[:8]


def _moves(run: Run, now: InForce, proposed: Sequence[Row]) -> list[Row]:
    """What changes for users, their tags, tiers and lists if all that is proposed holds."""
    conf, then = run.settings.conf, trial(now, proposed)
    tags, later = ({t.code: t for t in load_tags(conf, numbers)} for numbers in (now, then))
    tiers = load_value_tiers(conf, now), load_value_tiers(conf, then)
    by_tier = {TIER} if tiers[0] != tiers[1] else set()
    codes = sorted(c for c, t in tags.items() if later[c].rule_version != t.rule_version or by_tier & set(t.columns))
    asking = [
        a for a in load_audiences(conf, list(tags.values()), load_policy(conf))
        if set(codes) & set(a.rule.tags) or by_tier & set(a.rule.columns)
    ]  # fmt: skip
    before, after = [tags[c] for c in codes], [later[c] for c in codes]
    asked = {*tiers[0].columns, *by_tier, *(c for a in asking for c in a.rule.columns)}
    users = run.stage("users", tag_rows(run, before, run.day, asked))
    rows: list[Row] = []
    moved = users
    if by_tier:
        rows, placed = moved_tiers(users, *tiers, run.day)
        moved = run.stage("moved", users.drop(TIER).join(placed, "user_id", "left"))
    held = held_before(run.lake, run.day, [*codes, *tags_asked(asking)])
    rows += moved_tags((users, moved), (before, after), held, asking)
    half_lives = {r["of"]: (r["in_force"], r["proposed"]) for r in proposed if r["number"] == "half_life_days"}
    return rows + moved_weights(run.read(USER_TAG), half_lives, run.day)
