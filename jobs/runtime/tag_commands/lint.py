"""Tags that could go: nobody holds them, the same users hold another, nothing asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.tag import Tag
from jobs.runtime.lake import Lake
from schemas.gold.tag import TAG_DAY, USER_TAG

_CODE = re.compile(r"\b(?:basic|need|behaviour|value)\.[a-z][a-z0-9_]*")
_PRIMES = (1_000_000_007, 998_244_353)
# Of one row of gold.user_tag, to be added up: only the same users with the same values come to the same sums.
MARKS = tuple(f"pmod(xxhash64(user_id, value), {p})" for p in _PRIMES)


@dataclass(frozen=True)
class Held:
    """How many users held a tag on a day, and a mark that only the same users with the same values have."""

    users: int
    mark: tuple[int, int]


@dataclass(frozen=True)
class Findings:
    """What lint has to say; without a lake `day` is None and nothing is known of twins and dead tags."""

    tags: int
    unused: tuple[str, ...]
    day: date | None = None
    dead: tuple[str, ...] = ()
    twins: tuple[tuple[str, ...], ...] = ()

    @property
    def to_retire(self) -> tuple[str, ...]:
        """What is proposed: tags that nothing asks for and nobody holds, or that say what an earlier one says."""
        doubles = {code for group in self.twins for code in group[1:]}
        return tuple(sorted(set(self.unused) & (set(self.dead) | doubles)))


def lint(tags: Sequence[Tag], conf: Path, held: Mapping[str, Held] | None = None, day: date | None = None) -> Findings:
    """Judges tags that were loaded without a mistake. `held`: of the tags that anybody held on the day."""
    used = codes_asked_for(conf)
    unused = tuple(t.code for t in tags if t.code not in used)
    if held is None:
        return Findings(len(tags), unused)
    dead = tuple(t.code for t in tags if t.code not in held)
    groups: dict[Held, list[str]] = {}
    for tag in tags:
        if tag.code in held:
            groups.setdefault(held[tag.code], []).append(tag.code)
    # Of twins the one that is asked for stays.
    twins = tuple(tuple(sorted(g, key=lambda c: (c in unused, c))) for g in groups.values() if len(g) > 1)
    return Findings(len(tags), unused, day, dead, twins)


def codes_asked_for(conf: Path) -> frozenset[str]:
    """Every tag code that stands in a file of conf/ but the tags' own: audiences, segments, alerts."""
    return frozenset(code for codes in files_asking(conf).values() for code in codes)


def files_asking(conf: Path) -> dict[Path, frozenset[str]]:
    """The codes that stand in each file of conf/ but the tags' own."""
    # A list of what there is asks for nothing.
    lists = ("tags", "tag_phrases.yml")
    others = [f for f in sorted(conf.rglob("*.yml")) if f.relative_to(conf).parts[0] not in lists]
    return {f: frozenset(_CODE.findall(f.read_text(encoding="utf-8", errors="replace"))) for f in others}


def last_day(lake: Lake) -> date | None:
    """The last day whose tags were derived; None where there is none."""
    found = lake.read_or_empty(TAG_DAY).selectExpr("max(as_of_date) AS day").collect()
    last: date | None = found[0]["day"]
    return last


def held_on(lake: Lake, day: date) -> dict[str, Held]:
    """Of each tag that anybody held on the day, how many did and who, as a number."""
    marks = [F.expr(f"sum({mark})").alias(f"m{i}") for i, mark in enumerate(MARKS)]
    held = open_on(lake.read(USER_TAG), day).groupBy("tag_code").agg(F.expr("count(1)").alias("users"), *marks)
    return {r["tag_code"]: Held(int(r["users"]), (int(r["m0"]), int(r["m1"]))) for r in held.collect()}


def open_on(history: DataFrame, day: date) -> DataFrame:
    """The stretches of gold.user_tag that held on a day."""
    return history.where(f"valid_from <= DATE'{day}' AND (valid_to IS NULL OR valid_to > DATE'{day}')")
