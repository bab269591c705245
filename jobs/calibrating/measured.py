"""Each number that may be calibrated, measured on the users of a day: what it comes to, and what would fit better."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pyspark.sql import DataFrame

from features.calibration import Concentration, HalfLife, Reach, Threshold, as_text, chosen, place_in_rule
from features.columns import COLUMNS
from features.rule import parse_rule
from features.tag import Tag
from features.tag_ranks import TierTag

BINS = 24
# How far back losses of a tag are looked at.
LOOK_BACK_DAYS = 365
Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """What the candidates come to. `shape`: users by what was measured, from where each bin begins."""

    method: str
    users: int
    candidates: Mapping[float, float]
    target: float
    since: date
    shape: Mapping[str, float]


@dataclass(frozen=True)
class Number:
    """One number on its way: where it is declared, what it is, how it may go."""

    of: str
    key: str
    file: str
    declaration: str
    declared: float
    in_force: float
    reach: Reach


def judged(number: Number, found: Measured) -> Row:
    """A row of audit.calibration_proposal without day and id."""
    few = found.users < number.reach.least_users or not found.candidates
    best = number.in_force if few else chosen(found.candidates, found.target, number.in_force)
    return {
        "of": number.of,
        "number": number.key,
        "file": number.file,
        "declaration": number.declaration,
        "method": found.method,
        "outcome": "too_few" if few else "kept" if best == number.in_force else "proposed",
        "declared": number.declared,
        "in_force": number.in_force,
        "proposed": best,
        "largest_step": number.reach.largest_step,
        "target": found.target if not few else None,
        "measured_in_force": None if few else found.candidates[number.in_force],
        "measured_proposed": None if few else found.candidates[best],
        "measured_user_count": found.users,
        "least_user_count": number.reach.least_users,
        "measured_since": found.since,
        "bins": dict(found.shape) or None,
    }


def measure_threshold(users: DataFrame, tag: Tag, column: str, said: Threshold, now: float, day: date) -> Measured:
    """A number of a rule. `users` has the columns of the tag and of `said.among`."""
    among = f"coalesce({parse_rule(said.among, COLUMNS).sql}, false) AND {column} IS NOT NULL"
    candidates = said.candidates(now)
    since = _since(column, day)
    shape = _shape(users, column, among)
    if said.quantile is not None:
        value = f"percentile(CASE WHEN {among} THEN CAST({column} AS DOUBLE) END, {said.quantile})"
        row = _one(users, {"n": f"count_if({among})", "value": value})
        target = row["value"] if row["value"] is not None else now
        return Measured("quantile", int(row["n"]), {c: c for c in candidates}, target, since, shape)
    stated = str(getattr(tag, "rule", ""))
    start, end = place_in_rule(stated, column)
    rules = [parse_rule(stated[:start] + as_text(c) + stated[end:], COLUMNS).sql for c in candidates]
    asked = {f"c{i}": f"count_if(({among}) AND coalesce({rule}, false))" for i, rule in enumerate(rules)}
    row = _one(users, {"n": f"count_if({among})", **asked})
    n = int(row["n"])
    shares = {c: row[f"c{i}"] / n for i, c in enumerate(candidates)} if n else {}
    return Measured("held_by", n, shares, said.held_by or 0.0, since, shape)


def measure_percentile(users: DataFrame, tag: TierTag, said: Concentration, now: float, day: date) -> Measured:
    """A percentile of a tier: as few users above it as have the part `said.holds` of the column's sum."""
    among = f"coalesce({tag.condition.sql}, false) AND {tag.column} IS NOT NULL"
    cuts = {c: c for c in said.candidates(now)}
    return _concentrated(users, f"CAST({tag.column} AS DOUBLE)", among, cuts, said, _since(tag.column, day))


def measure_share(
    users: DataFrame, measure: str, among: str, said: Concentration, now: float, before: float, day: date
) -> Measured:
    """A share of all users: those who come first by a measure, after the share `before` of them who come still earlier.

    Together they have the part `said.holds` of the sum.
    """
    row = _one(users, {"everybody": "count(1)", "n": f"count_if({among})"})
    everybody, n = int(row["everybody"]), int(row["n"])
    if not n:
        return Measured("concentration", 0, {}, said.holds, _since("_365d", day), {})
    cuts = {c: max(0.0, 1 - (c + before) * everybody / n) for c in said.candidates(now)}
    return _concentrated(users, measure, among, cuts, said, _since("_365d", day))


def measure_half_life(gaps: Sequence[tuple[int, int, int]], said: HalfLife, now: float, day: date) -> Measured:
    """`gaps`: days until a lost tag came back, how often, and users altogether (the same in each)."""
    returns = sum(count for _, count, _ in gaps)
    users = gaps[0][2] if gaps else 0
    back = {c: sum(n for gap, n, _ in gaps if gap <= c) / returns for c in said.candidates(now)} if returns else {}
    since = day - timedelta(days=said.within_days + LOOK_BACK_DAYS)
    width = max(1, -(-said.within_days // BINS))
    shape = {str(w * width): float(sum(n for gap, n, _ in gaps if gap // width == w)) for w in range(BINS)}
    return Measured("half_life", users, back, 0.5, since, shape if returns else {})


def days_until_back(history: DataFrame, within: Mapping[str, int], day: date) -> dict[str, list[tuple[int, int, int]]]:
    """Of each tag: (days until it came back, how often, users who came back), of losses that had time to.

    A stretch that the next one follows without a day between is no loss: the value or the rule changed.
    """
    if not within:
        return {}
    longest = " ".join(f"WHEN '{code}' THEN {days}" for code, days in within.items())
    listed = ", ".join(f"'{code}'" for code in within)
    known = history.where(f"tag_code IN ({listed}) AND valid_from <= DATE'{day}'")
    followed = known.selectExpr(
        "user_id", "tag_code", "valid_to",
        "lead(valid_from) OVER (PARTITION BY user_id, tag_code ORDER BY valid_from) AS back",
        f"CASE tag_code {longest} END AS within",
    )  # fmt: skip
    gaps = followed.selectExpr("*", "datediff(back, valid_to) AS gap").where(
        f"gap BETWEEN 1 AND within AND datediff(DATE'{day}', valid_to) BETWEEN within AND within + {LOOK_BACK_DAYS}"
    )
    users = gaps.select("tag_code", "user_id").distinct().groupBy("tag_code").count()
    counted = {r["tag_code"]: int(r["count"]) for r in users.collect()}
    found: dict[str, list[tuple[int, int, int]]] = {}
    for r in gaps.groupBy("tag_code", "gap").count().orderBy("tag_code", "gap").collect():
        found.setdefault(r["tag_code"], []).append((int(r["gap"]), int(r["count"]), counted[r["tag_code"]]))
    return found


def _concentrated(
    users: DataFrame, measure: str, among: str, cuts: Mapping[float, float], said: Concentration, since: date
) -> Measured:
    of_them = f"CASE WHEN {among} THEN {measure} END"
    at = _one(users, {f"t{i}": f"percentile({of_them}, {p!r})" for i, p in enumerate(cuts.values())})
    above = {
        f"s{i}": f"sum(CASE WHEN {among} AND {measure} > CAST('{at[f't{i}'] or 0.0!r}' AS DOUBLE) THEN {measure} END)"
        for i in range(len(cuts))
    }
    row = _one(users, {"n": f"count_if({among})", "all": f"sum({of_them})", **above})
    whole = float(row["all"] or 0.0)
    parts = {c: float(row[f"s{i}"] or 0.0) / whole for i, c in enumerate(cuts)} if whole > 0 else {}
    shape = _shape(users, measure, among)
    return Measured("concentration", int(row["n"]), parts, said.holds, since, shape)


def _shape(users: DataFrame, measure: str, among: str) -> dict[str, float]:
    """Users in equally wide bins up to the hundredth largest of ten thousand; the last bin takes all above."""
    row = _one(users, {
        "low": f"min(CASE WHEN {among} THEN CAST({measure} AS DOUBLE) END)",
        "high": f"percentile(CASE WHEN {among} THEN CAST({measure} AS DOUBLE) END, 0.99)",
    })  # fmt: skip
    if row["low"] is None or row["high"] <= row["low"]:
        return {}
    low, width = float(row["low"]), (float(row["high"]) - float(row["low"])) / BINS
    place = f"least({BINS - 1}, CAST(floor((CAST({measure} AS DOUBLE) - {low!r}) / {width!r}) AS INT))"
    counted = users.where(among).selectExpr(f"{place} AS bin").groupBy("bin").count().collect()
    found = {int(r["bin"]): float(r["count"]) for r in counted}
    return {as_text(low + i * width): found.get(i, 0.0) for i in range(BINS)}


def _one(users: DataFrame, asked: Mapping[str, str]) -> Any:
    return users.selectExpr(*(f"{sql} AS `{name}`" for name, sql in asked.items())).collect()[0]


def _since(column: str, day: date) -> date:
    """The first day that a column looks back to, by its name; of a state that is the day itself."""
    found = re.search(r"_(\d+)d$", column)
    return day - timedelta(days=int(found.group(1)) - 1) if found else day
