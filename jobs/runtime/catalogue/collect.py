"""Reads what the catalogue shows: the declarations in conf/, and each tag table once, as a small aggregate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import functions as F

from features.tag import Tag
from jobs.runtime.audit import read_rows
from jobs.runtime.calibration.in_force import load_approved
from jobs.runtime.catalogue.figures import Box, Catalogue, Entry, Point, Rests, Truth, Use, told_values
from jobs.runtime.catalogue.stability import psi
from jobs.runtime.declarations import (
    load_audiences,
    load_policy,
    load_segment_views,
    load_segments,
    load_tags,
    tag_themes,
)
from jobs.runtime.feature_names import FeatureNames, load_feature_names
from jobs.runtime.job import Run
from jobs.runtime.lineage.graph import Lineage, by_table, columns_of, load_lineage
from jobs.runtime.report.text import NOTHING, Text, same
from jobs.runtime.tag_commands.lint import MARKS, Findings, Held, files_asking, lint
from schemas.gold.tag import TAG_DAY, USER_TAG
from schemas.tables import TABLES
from schemas.tag_truth import TAG_TRUTH

READS = (USER_TAG, TAG_DAY)
MONTHS = 6
# What is about a month ago: the last derived day that is so many days back, and not more.
_A_MONTH = (28, 62)


class NoTagsDerived(ValueError):
    """There is no day to tell of."""


@dataclass(frozen=True)
class _Counted:
    """One tag's users by value, now and a month ago, and a mark of who holds it now."""

    now: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    marks: list[int] = field(default_factory=lambda: [0] * len(MARKS))


def collect(run: Run) -> Catalogue:
    """The catalogue as of the last day, up to the run's, whose tags were derived."""
    conf, title = run.settings.conf, run.settings.hospital.title
    derived = _derived_days(run)
    day, before = derived[-1], _a_month_before(derived)
    months = _month_ends(derived)
    tags = load_tags(conf, load_approved(run.settings).on(day))
    smallest = load_segment_views(conf, tags).smallest_count
    rows = _tag_days(run, {*months, day, *([before] if before else [])})
    counted = _counted(run, day, before)
    held = {code: Held(sum(c.now.values()), (c.marks[0], c.marks[1])) for code, c in counted.items() if c.now}
    entries = _Entries(
        rows, counted, day, before, months, smallest,
        tag_themes(conf), _truth(run, day), _uses(conf, tags), load_lineage(), load_feature_names(conf),
    )  # fmt: skip
    return Catalogue(
        Text(title.zh, title.en), day, before, entries.users(day), smallest,
        [entries.entry(tag) for tag in tags], _without_few(lint(tags, conf, held, day), held, smallest),
    )  # fmt: skip


def _without_few(found: Findings, held: Mapping[str, Held], smallest: int) -> Findings:
    """Of a few users it is not told that they hold two things; and it says little of the tags."""
    return replace(found, twins=tuple(group for group in found.twins if held[group[0]].users >= smallest))


def _derived_days(run: Run) -> list[date]:
    since = run.day - timedelta(days=31 * MONTHS + _A_MONTH[1])
    days = run.read_or_empty(TAG_DAY, since=since, until=run.day).select("as_of_date").distinct().collect()
    if not days:
        raise NoTagsDerived(f"no tags were derived up to {run.day}: cameo run derive_tags --day {run.day} comes first")
    return sorted(row["as_of_date"] for row in days)


def _a_month_before(derived: Sequence[date]) -> date | None:
    nearest, farthest = _A_MONTH
    return max((d for d in derived if nearest <= (derived[-1] - d).days <= farthest), default=None)


def _month_ends(derived: Sequence[date]) -> list[date]:
    """The last derived day of each of the last months."""
    last = {(d.year, d.month): d for d in derived}
    return sorted(last.values())[-MONTHS:]


_TagDays = Mapping[tuple[str, date], tuple[int, float, str]]


def _tag_days(run: Run, days: set[date]) -> _TagDays:
    listed = ", ".join(f"DATE'{d}'" for d in sorted(days))
    rows = run.read(TAG_DAY).where(f"as_of_date IN ({listed})").collect()
    return {(r["tag_code"], r["as_of_date"]): (r["user_count"], r["user_share"], r["rule_version"]) for r in rows}


def _counted(run: Run, day: date, before: date | None) -> dict[str, _Counted]:
    now, then = (
        f"(valid_from <= DATE'{d}' AND (valid_to IS NULL OR valid_to > DATE'{d}'))" if d else "false"
        for d in (day, before)
    )
    marks = [F.expr(f"sum(CASE WHEN {now} THEN {mark} ELSE 0 END)").alias(f"m{i}") for i, mark in enumerate(MARKS)]
    counts = [F.expr(f"count_if({held})").alias(name) for name, held in (("now", now), ("before", then))]
    rows = run.read(USER_TAG).where(f"{now} OR {then}").groupBy("tag_code", "value").agg(*counts, *marks)
    found: dict[str, _Counted] = {}
    for row in rows.collect():
        of_tag = found.setdefault(row["tag_code"], _Counted())
        for name, counts_by_value in (("now", of_tag.now), ("before", of_tag.before)):
            if row[name]:
                counts_by_value[row["value"]] = int(row[name])
        for i in range(len(MARKS)):
            of_tag.marks[i] += int(row[f"m{i}"])
    return found


def _truth(run: Run, day: date) -> dict[str, Truth]:
    rows = read_rows(run.lake.store, TAG_TRUTH, ("as_of_date", "<=", day))
    newest = max(((r["as_of_date"], r["measured_at"]) for r in rows), default=None)
    names = ("precision", "recall", "base_rate", "target_precision", "target_recall", "is_met")
    of_newest = [r for r in rows if (r["as_of_date"], r["measured_at"]) == newest]
    return {r["tag_code"]: Truth(**{n: r[n] for n in names}) for r in of_newest}


def _uses(conf: Path, tags: Sequence[Tag]) -> dict[str, list[Use]]:
    policy = load_policy(conf)
    segments = load_segments(conf, tags, policy)
    found: dict[str, list[Use]] = {}
    for kind, asking in (("audience", load_audiences(conf, tags, policy, segments)), ("segment", segments)):
        for one in asking:
            name = Text(one.stated.name.zh, one.stated.name.en)
            for code in one.rule.tags:
                found.setdefault(code, []).append(Use(kind, one.code, name))
    told = ("audiences", "segments")
    for path, codes in files_asking(conf).items():
        file = path.relative_to(conf)
        for code in codes if file.parts[0] not in told else ():
            found.setdefault(code, []).append(Use("file", str(file), same(f"conf/{file}")))
    return found


@dataclass(frozen=True)
class _Entries:
    rows: _TagDays
    counted: Mapping[str, _Counted]
    day: date
    before: date | None
    months: Sequence[date]
    smallest: int
    themes: Mapping[str, str]
    truth: Mapping[str, Truth]
    uses: Mapping[str, Sequence[Use]]
    lineage: Lineage
    names: FeatureNames

    def entry(self, tag: Tag) -> Entry:
        row = self.rows.get((tag.code, self.day))
        count = row[0] if row else 0
        few = 0 < count < self.smallest
        moved, why = self._psi(tag.code)
        counts = self.counted.get(tag.code, _Counted()).now
        return Entry(
            tag, self.themes[tag.code], row is not None, few, None if few or row is None else count,
            None if few or row is None else row[1], self._trend(tag.code), None if few else moved,
            Text("人数过少", "too few users") if few else why,
            () if tag.only_holds or set(counts) <= {"yes"} else told_values(counts, self.smallest),
            self.truth.get(tag.code), self.uses.get(tag.code, ()), _rests(tag, self.lineage), self._glossary(tag),
        )  # fmt: skip

    def users(self, day: date) -> int:
        """All users of a day, as the tag that most of them hold tells."""
        held, share = max(((c, s) for (_, d), (c, s, _) in self.rows.items() if d == day), default=(0, 0.0))
        return round(held / share) if share else 0

    def _trend(self, code: str) -> list[Point]:
        told = [(d, self.rows[code, d]) for d in self.months if (code, d) in self.rows]
        return [Point(d, None if 0 < count < self.smallest else share) for d, (count, share, _) in told]

    def _psi(self, code: str) -> tuple[float | None, Text]:
        if self.before is None:
            return None, Text("尚无一个月前的数据", "no day of about a month ago")
        if (code, self.day) not in self.rows or (code, self.before) not in self.rows:
            return None, Text("一个月前尚无此标签", "not derived a month ago")
        if self.rows[code, self.day][2] != self.rows[code, self.before][2]:
            return None, Text("规则在此期间有变", "its rule changed in between")
        users, users_before = self.users(self.day), self.users(self.before)
        if not users or not users_before:
            return None, Text("没有用户", "no users")
        of_tag = self.counted.get(code, _Counted())
        return psi(of_tag.now, of_tag.before, users, users_before), NOTHING

    def _glossary(self, tag: Tag) -> list[tuple[str, Text]]:
        """The columns that the rule names, in words; those without a Chinese name by their declared meaning."""
        told = []
        for column in columns_of(tag):
            table, _, name = column.rpartition(".")
            meaning = TABLES[table].column(name).meaning
            named = self.names.full(name)
            told.append((name, Text(named[0] if named else meaning, meaning)))
        return told


def _rests(tag: Tag, lineage: Lineage) -> Rests:
    named = columns_of(tag)
    below = lineage.below(named)
    boxes = [Box(table, columns) for table, columns in by_table(below.of - set(named)).items()]
    direct = [Box(table, columns) for table, columns in by_table(named).items()]
    learned = {b.table for b in (*boxes, *direct)} & lineage.learned.keys()
    return Rests(
        delivered=[b for b in (*boxes, *direct) if b.table.startswith("silver.")],
        made=[b for b in boxes if not b.table.startswith("silver.")],
        named=[b for b in direct if not b.table.startswith("silver.")],
        models={t: len(lineage.learned[t]) for t in sorted(learned)},
        rows=sorted({c.rpartition(".")[0] for c in below.by}),
        also_seen_by=sorted(t for t, seen in lineage.learned.items() if seen & set(named)),
    )
