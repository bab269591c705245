"""What a changed tag file would do, counted on the tables of the last day before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.audience import Audience
from features.tag import Tag
from features.tags import day_thresholds, hold
from jobs.runtime.calibration.in_force import load_approved
from jobs.runtime.conf_file import ConfError, ConfFile
from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.settings import Settings
from jobs.runtime.tag_commands.lint import last_day, open_on
from jobs.runtime.tag_rows import tag_rows
from jobs.runtime.tag_texts import read_exactly
from schemas.gold.tag import TAG_DEFINITION, USER_TAG

_COUNTS = {
    "now": "count(was)",
    "after": "count(would_be)",
    "gains": "count_if(was IS NULL)",
    "loses": "count_if(would_be IS NULL)",
    "other": "count_if(was <> would_be)",
}
_AUDIENCE_COUNTS = {"now": "{0}", "after": "{1}", "gains": "{1} AND NOT {0}", "loses": "{0} AND NOT {1}"}


class NothingToCompare(ValueError):
    """There are no tables of a day to count on."""


@dataclass(frozen=True)
class Moved:
    """How many users a tag or an audience has now and would have, who would come and go, or change in value."""

    code: str
    state: str
    now: int = 0
    after: int = 0
    gains: int = 0
    loses: int = 0
    other: int = 0


@dataclass(frozen=True)
class Preview:
    """Tags whose rule is not the one in force, and the audiences that ask for any of them."""

    day: date
    tags: tuple[Moved, ...]
    audiences: tuple[Moved, ...]


def preview(settings: Settings, lake: Lake, file: Path, at: Callable[[str], None]) -> Preview:
    """Counts what the tags of a theme file would do; `at` is told what is being done."""
    day = last_day(lake)
    if day is None:
        raise NothingToCompare(f"no tags were derived in {lake.store.root}: cameo run derive_tags --day … comes first")
    in_force = {r["tag_code"]: r for r in lake.read(TAG_DEFINITION).where("is_current").collect()}
    everything, stated = _tags_with(settings, file)
    themes = {(t.layer, file.stem) for t in stated}
    codes = {t.code for t in everything}
    gone = [c for c, r in in_force.items() if (r["layer"], r["theme"]) in themes and c not in codes]
    changed = [t for t in stated if t.code not in in_force or in_force[t.code]["rule_version"] != t.rule_version]
    if not changed and not gone:
        return Preview(day, (), ())
    names = dict.fromkeys(gone, "removed") | {t.code: "changed" if t.code in in_force else "new" for t in changed}
    audiences = load_audiences(settings.conf, everything, load_policy(settings.conf))
    asking = [a for a in audiences if names.keys() & set(a.rule.tags)]
    run = Run(find_job("derive_tags"), day, day, {}, settings, lake)
    at(f"{len(names)} tags on the users of {day}")
    wide = run.stage("wide", tag_rows(run, changed, day, {c for a in asking for c in a.rule.columns}))
    after = run.stage(
        "after", hold(wide, changed, day_thresholds(wide, changed)).select("user_id", "tag_code", "value")
    )
    before = held_before(lake, day, names.keys() | tags_asked(asking))
    tags = count_tags(before.where(_one_of(names)), after, names)
    at(f"{len(asking)} audiences")
    return Preview(day, tags, count_audiences((wide, before), (wide, after), names, asking) if asking else ())


def tags_asked(audiences: Sequence[Audience]) -> set[str]:
    """The tags that any of the audiences asks for."""
    return {c for a in audiences for c in a.rule.tags}


def held_before(lake: Lake, day: date, codes: Iterable[str]) -> DataFrame:
    """Who held these tags on the day, by the history: user_id, tag_code, value."""
    # As expressions: Sail keeps plain columns' comments, and finds that a union's parts differ in them.
    plain = [f"concat({name}, '') AS {name}" for name in ("user_id", "tag_code", "value")]
    return open_on(lake.read(USER_TAG), day).where(_one_of(codes)).selectExpr(*plain)


def _tags_with(settings: Settings, file: Path) -> tuple[Sequence[Tag], Sequence[Tag]]:
    """All tags as they would be, and those of the file, which may stand in conf/tags or elsewhere."""
    conf, in_force = settings.conf, load_approved(settings).on()
    stated = ConfFile(file, in_force.tag_file(file, read_exactly(file)) if file.exists() else None).to(list[Tag])
    if conf.resolve() / "tags" in file.resolve().parents:
        return load_tags(conf, in_force), stated
    mistakes = [f"{file}: two tags with the code {c}" for c in _doubled([t.code for t in stated])]
    if mistakes:
        raise ConfError("\n".join(mistakes))
    codes = {t.code for t in stated}
    theirs = [(t.layer, file.stem) for t in stated]
    kept = [
        t
        for path in sorted((conf / "tags").glob("*/*.yml"))
        if (path.parent.name, path.stem) not in theirs
        for t in ConfFile(path, in_force.tag_file(path, read_exactly(path))).to(list[Tag])
        if t.code not in codes
    ]
    return [*kept, *stated], stated


def _doubled(codes: Sequence[str]) -> list[str]:
    return sorted({c for c in codes if codes.count(c) > 1})


def _one_of(codes: Iterable[str]) -> str:
    listed = ", ".join(f"'{c}'" for c in sorted(codes))
    return f"tag_code IN ({listed})"


def count_tags(before: DataFrame, after: DataFrame, names: Mapping[str, str]) -> tuple[Moved, ...]:
    """Who holds each tag before and after; `names` are the codes, with what to call each one's state."""
    was = before.withColumnRenamed("value", "was")
    both = was.join(after.withColumnRenamed("value", "would_be"), ["user_id", "tag_code"], "full")
    counted = both.groupBy("tag_code").agg(*(F.expr(sql).alias(name) for name, sql in _COUNTS.items()))
    found = {r["tag_code"]: {name: int(r[name]) for name in _COUNTS} for r in counted.collect()}
    return tuple(Moved(code, state, **found.get(code, {})) for code, state in sorted(names.items()))


def count_audiences(
    now: tuple[DataFrame, DataFrame],
    then: tuple[DataFrame, DataFrame],
    names: Iterable[str],
    audiences: Sequence[Audience],
) -> tuple[Moved, ...]:
    """Whom each audience's rule would choose, by that rule alone: consent, caps and hold-outs come after it.

    `now` and `then` are users with the columns of the rules, and who holds which tag; `then` holds only the tags
    `names`, what it does not name stays as it is now.
    """
    kept = now[1].where(f"NOT ({_one_of(names)})").unionByName(then[1])
    chosen = _chosen(*now, audiences, "now").join(_chosen(then[0], kept, audiences, "after"), "user_id", "full")
    asked = {
        f"{name}{i}": f"count_if({how.format(f'coalesce(now{i}, false)', f'coalesce(after{i}, false)')})"
        for i in range(len(audiences))
        for name, how in _AUDIENCE_COUNTS.items()
    }
    row = chosen.selectExpr(*(f"{sql} AS {name}" for name, sql in asked.items())).collect()[0]
    return tuple(
        Moved(a.code, "audience", **{name: int(row[f"{name}{i}"]) for name in _AUDIENCE_COUNTS})
        for i, a in enumerate(audiences)
    )


def _chosen(users: DataFrame, held: DataFrame, audiences: Sequence[Audience], when: str) -> DataFrame:
    listed = held.groupBy("user_id").agg(
        F.expr("collect_list(tag_code)").alias("tag_codes"),
        F.expr("map_from_entries(collect_list(struct(tag_code, value)))").alias("tag_values"),
    )
    rules = (f"{a.rule.sql} AS {when}{i}" for i, a in enumerate(audiences))
    return users.join(listed, "user_id", "left").selectExpr("user_id", *rules)
