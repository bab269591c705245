"""All numbers that conf/ lets be calibrated, each judged on the users of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame

from features.calibration import Concentration, HalfLife, Threshold
from features.columns import COLUMNS
from features.rule import parse_rule
from features.tag import Tag
from features.tag_ranks import TierTag
from features.value_tiers import ValueTiers, with_stakes
from jobs.calibrating.measured import (
    Measured,
    Number,
    Row,
    days_until_back,
    judged,
    measure_half_life,
    measure_percentile,
    measure_share,
    measure_threshold,
)
from jobs.runtime.calibration.declared import VALUE_TIERS_FILE, Declared, mark_of
from jobs.runtime.calibration.in_force import VALUE_TIERS
from jobs.runtime.calibration.places import number_at

# What each share is measured by, among whom, and after which tier.
_SHARES = {
    "high": ("v", "v > 0", ""),
    "potential": ("v", "v > 0", "high"),
    "churn_risk": ("stake", "at_risk AND stake > 0", ""),
}


def columns_measured(tags: Sequence[Tag]) -> set[str]:
    """What the users must bring besides the columns of the tags themselves."""
    said = [t for tag in tags if tag.calibrate for t in (tag.calibrate.thresholds or {}).values()]
    return {c for t in said for c in parse_rule(t.among, COLUMNS).columns}


def judged_tags(
    users: DataFrame, history: DataFrame, tags: Sequence[Tag], declared: Mapping[str, Declared], day: date
) -> list[Row]:
    """A row for each number of each tag; `tags` are those in force that say `calibrate`."""
    within = {t.code: t.calibrate.half_life.within_days for t in tags if t.calibrate and t.calibrate.half_life}
    back = days_until_back(history, within, day)
    rows = []
    for tag in tags:
        at, in_force = declared[tag.code], tag.calibrated_numbers
        for key, reach in (tag.calibrate.ways() if tag.calibrate else {}).items():
            stated = number_at(at.text, key)
            number = Number(tag.code, key, at.file, mark_of(at.text), stated, in_force[key], reach)
            rows.append(judged(number, _measured(users, tag, key, number, back.get(tag.code, []), day)))
    return rows


def _measured(
    users: DataFrame, tag: Tag, key: str, number: Number, back: Sequence[tuple[int, int, int]], day: date
) -> Measured:
    match number.reach:
        case Threshold() as said:
            return measure_threshold(users, tag, key.removeprefix("rule."), said, number.in_force, day)
        case Concentration() as said if isinstance(tag, TierTag):
            return measure_percentile(users, tag, said, number.in_force, day)
        case HalfLife() as said:
            return measure_half_life(back, said, number.in_force, day)
    raise ValueError(f"tag {tag.code}: nothing measures {key}")


def judged_shares(users: DataFrame, in_force: ValueTiers, text: str, day: date) -> list[Row]:
    """A row for each share of the value tiers; `text` is conf/value_tiers.yml as it stands."""
    if in_force.calibrate is None:
        return []
    staked, shares, rows = with_stakes(users, in_force), in_force.shares, []
    for tier, (measure, among, after) in _SHARES.items():
        said: Concentration = getattr(in_force.calibrate, tier)
        now = getattr(shares, tier)
        number = _share(tier, text, now, said)
        before = getattr(shares, after) if after else 0.0
        rows.append(judged(number, measure_share(staked, measure, among, said, now, before, day)))
    return [*rows, _rest(rows, _share("ordinary", text, shares.ordinary, in_force.calibrate.high))]


def _share(tier: str, text: str, now: float, said: Concentration) -> Number:
    key = f"shares.{tier}"
    return Number(VALUE_TIERS, key, VALUE_TIERS_FILE, mark_of(text), number_at(text, key), now, said)


def _rest(rows: Sequence[Row], ordinary: Number) -> Row:
    """What is left for those of no other tier; it moves when, and only when, another share does."""
    moves = any(r["outcome"] == "proposed" for r in rows)
    rest = round(1 - sum(r["proposed"] for r in rows), 10)
    return {
        **rows[0],
        "number": ordinary.key,
        "method": "rest",
        "outcome": "proposed" if moves and rest != ordinary.in_force else "kept",
        "declared": ordinary.declared,
        "in_force": ordinary.in_force,
        "proposed": rest if moves else ordinary.in_force,
        "largest_step": round(sum(r["largest_step"] for r in rows), 10),
        "target": None,
        "measured_in_force": None,
        "measured_proposed": None,
        "bins": None,
    }
