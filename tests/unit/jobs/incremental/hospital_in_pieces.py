"""A few users' story, and how it comes in pieces: files and days, repeats, corrections, late files, days run again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from pyspark.sql import SparkSession

from features.columns import FEATURE_TABLES
from features.tags import columns_of
from jobs.runtime.declarations import LAYERS, load_tags
from jobs.runtime.job import Run
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import project_root
from schemas.feeds import FEEDS
from tests.unit.runtime.intake.small_hospital import SmallHospital

DAYS = tuple(date(2026, 3, 2) + timedelta(days=n) for n in range(6))
LAST = len(DAYS) - 1
FED = ("account", "consultation", "event", "order_line")
_USERS = 5
_ACTS = ("view_home", "search", "view_doctor", "start_consultation", "pay", "view_content", "push_shown", "login")

Fields = dict[str, Any]
Place = tuple[str, int, str]  # feed, day, name of the file


@dataclass(frozen=True)
class Fact:
    """One row, the day it happened and the day it was first delivered."""

    feed: str
    row: Fields
    day: int
    delivered: int


@dataclass(frozen=True)
class Until:
    """What a file was before the night on which it came to be as it is in the end: other rows, or not there."""

    night: int
    rows: Sequence[Fields] | None


@dataclass(frozen=True)
class Pieces:
    """The story in pieces: `nights` are the ranges of days in the order in which they are run."""

    feeds: Sequence[str]
    facts: Sequence[Fact]
    files: dict[Place, list[Fields]]
    before: dict[Place, Until]
    nights: Sequence[tuple[int, int]]

    def at_night(self, night: int) -> dict[Place, Sequence[Fields]]:
        """The files that lie there."""
        was = {place: u.rows for place, u in self.before.items() if u.night > night}
        return {p: rows for p, rows in {**self.files, **was}.items() if rows is not None}


@st.composite
def pieces(draw: st.DrawFn, feeds: Sequence[str] = FED, most_late: int = 6) -> Pieces:
    """Any story in any pieces, with one to `most_late` files that come late or are corrected.

    The same event is never told with two contents, since either would be true.
    """
    facts = [fact for user in range(_USERS) for fact in draw(_story(user, feeds))]
    files: dict[Place, list[Fields]] = {}
    for fact in facts:
        name = draw(st.sampled_from(("a", "b")))
        files.setdefault((fact.feed, fact.delivered, name), []).append(fact.row)
        if fact.delivered < LAST and draw(_one_in(4)):
            again = draw(st.integers(fact.delivered + 1, LAST))
            files.setdefault((fact.feed, again, name), []).append(_repeat(fact, draw(st.booleans())))
    for feed, day, name in sorted(files):
        if day < LAST and draw(_one_in(5)):
            files[(feed, draw(st.integers(day + 1, LAST)), f"{name}_again")] = list(files[(feed, day, name)])
    nights = draw(_nights())
    late = draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=most_late, unique=True))
    before = {place: Until(draw(st.integers(1, len(nights))), draw(_wrong(files[place]))) for place in late}
    return Pieces(feeds, facts, files, before, nights)


def _one_in(n: int) -> st.SearchStrategy[bool]:
    return st.integers(1, n).map(lambda drawn: drawn == n)


@st.composite
def _story(draw: st.DrawFn, user: int, feeds: Sequence[str]) -> list[Fact]:
    opened = draw(st.integers(0, 2))
    facts = []
    for n in range(draw(st.integers(2, 8))):
        # The first is the registration; no two facts of one user happen in the same second.
        feed = draw(st.sampled_from(feeds)) if n else "account"
        day = draw(st.integers(opened, LAST)) if n else opened
        delivered = min(LAST, day + draw(st.sampled_from((0, 0, 0, 1, 3))))
        at = f"{DAYS[day]} {draw(st.integers(0, 23)):02}:{user:02}:{n:02}"
        rows = draw(_ROWS[feed](user, n, at, f"{DAYS[opened]} 00:00:00", f"{day}-{delivered}"))
        facts += [Fact(feed, row, day, delivered) for row in rows]
    return facts


def _account(user: int, n: int, at: str, opened: str, when: str) -> st.SearchStrategy[list[Fields]]:
    return st.fixed_dictionaries({
        "account_token": st.just(f"u{user}"), "registered_at": st.just(opened), "updated_at": st.just(at),
        "channel": st.sampled_from(("wechat", "organic")), "sex": st.sampled_from(("female", "male", "unknown")),
        "id_card_token": st.sampled_from((None, "510105197603124567", "330106198811235678")),
        "birth_date": st.sampled_from((None, "1949-12-31", "2001-05-05")), "status": st.just("open"),
        "occupation": st.sampled_from((None, "teacher", "student")),
    }).map(lambda row: [row])  # fmt: skip


def _event(user: int, n: int, at: str, opened: str, when: str) -> st.SearchStrategy[list[Fields]]:
    """Some before the log-in, with the device alone. A visit comes in one delivery: it is counted once for each."""
    return st.fixed_dictionaries({
        "event_id": st.just(f"e{user}-{n}"), "account_token": st.sampled_from((f"u{user}", f"u{user}", None)),
        "device_token": st.sampled_from((f"d{user}", "tablet")), "session_id": st.just(f"s{user}-{when}"),
        "event_name": st.sampled_from(_ACTS), "platform": st.sampled_from(("app", "web")), "event_at": st.just(at),
        "dwell_seconds": st.sampled_from((None, 1.5, 60.0)), "topic": st.sampled_from((None, "tcm", "dental")),
        "search_words": st.sampled_from((None, "咳嗽", "没有发烧")),
    }).map(lambda row: [row])  # fmt: skip


def _order_line(user: int, n: int, at: str, opened: str, when: str) -> st.SearchStrategy[list[Fields]]:
    """One or two lines, delivered together: an order is counted once for each delivery."""
    line = st.fixed_dictionaries({
        "order_id": st.just(f"o{user}-{n}"), "account_token": st.just(f"u{user}"), "ordered_at": st.just(at),
        "line_kind": st.sampled_from(("sale", "sale", "refund")), "item_kind": st.sampled_from(("goods", "package")),
        "quantity": st.just(1), "amount_yuan": st.sampled_from(("9.90", "120.00")),
    })  # fmt: skip
    return st.lists(line, min_size=1, max_size=2).map(lambda rows: [{**r, "line_no": i} for i, r in enumerate(rows)])


def _consultation(user: int, n: int, at: str, opened: str, when: str) -> st.SearchStrategy[list[Fields]]:
    return st.fixed_dictionaries({
        "consultation_id": st.just(f"c{user}-{n}"), "account_token": st.just(f"u{user}"), "asked_at": st.just(at),
        "patient_relation": st.sampled_from(("self", "child")), "department": st.sampled_from(("tcm", "dental")),
        "form": st.sampled_from(("text", "video")), "status": st.sampled_from(("closed", "cancelled")),
        "patient_token": st.sampled_from((None, f"m{user}")), "rating": st.sampled_from((None, 1, 5)),
        "question_count": st.sampled_from((None, 2, 9)), "doctor_id": st.sampled_from(("d1", "d2")),
    }).map(lambda row: [row])  # fmt: skip


_ROWS: dict[str, Callable[[int, int, str, str, str], st.SearchStrategy[list[Fields]]]] = {
    "account": _account,
    "consultation": _consultation,
    "event": _event,
    "order_line": _order_line,
}


def _repeat(fact: Fact, under_new_id: bool) -> Fields:
    """The row again; of events the same content under a new id, too."""
    return (
        {**fact.row, "event_id": f"{fact.row['event_id']}-new"} if under_new_id and fact.feed == "event" else fact.row
    )


def _wrong(rows: Sequence[Fields]) -> st.SearchStrategy[Sequence[Fields] | None]:
    """What a file held before it was corrected: nothing yet, half of it, or rows that were never true."""
    other = [{**row, **_NEVER} for row in rows]
    return st.sampled_from((None, rows[: len(rows) // 2], other))


_NEVER = {"account_token": "never", "dwell_seconds": 7, "amount_yuan": "1.00", "question_count": 1}


@st.composite
def _nights(draw: st.DrawFn) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    while not ranges or ranges[-1][1] < LAST:
        first = ranges[-1][1] + 1 if ranges else 0
        ranges.append((first, draw(st.integers(min(first + 1, LAST), LAST))))
    return draw(st.permutations(ranges))


class Told(SmallHospital):
    """A hospital that takes the story in."""

    def __init__(self, folder: Path, spark: SparkSession, engine: str) -> None:
        super().__init__(folder, spark, {feed: _mapping(feed) for feed in FED}, engine)
        self._tags()
        for name in ("identity.yml", "policy.yml", "member_points.yml", "symptoms.yml"):
            shutil.copy(project_root() / "conf" / name, self.settings.conf / name)

    def in_one_piece(self, story: Pieces, *, portrayed: bool) -> None:
        """Every fact once, one file a feed, all on the last day, one pass."""
        whole: dict[Place, list[Fields]] = {}
        for fact in story.facts:
            whole.setdefault((fact.feed, LAST, "all"), []).append(fact.row)
        self._put(whole, {})
        self.take_days(story.feeds, 0, LAST)
        if portrayed:
            self.portray(LAST)

    def in_pieces(self, story: Pieces, *, portrayed: bool) -> None:
        """Night by night; a day whose files change after it was run is run again, and so is its portrait."""
        there: dict[Place, Sequence[Fields]] = {}
        done: set[int] = set()
        for night in range(len(story.nights) + 1):
            lie = story.at_night(night)
            self._put(lie, there)
            changed = {place[:2] for place, rows in lie.items() if rows != there.get(place)}
            there = lie
            for first, last in story.nights[night : night + 1]:
                self.take_days(story.feeds, first, last)
                if portrayed and last == LAST:
                    self.portray(LAST)
            for day in sorted({day for _, day in changed} & done, reverse=True):
                self.take_days([feed for feed, changed_day in sorted(changed) if changed_day == day], day, day)
            done |= {day for first, last in story.nights[night : night + 1] for day in range(first, last + 1)}
        if portrayed:
            self.portray(LAST)
        else:
            self.run("link_identity", LAST)

    def run(self, job: str, day: int, since: int | None = None, known_at: int | None = None, **options: str) -> Run:
        first, known = (None if n is None else DAYS[n] for n in (since, known_at))
        return run_job(job, DAYS[day], since=first, settings=self.settings, options=options, known_at=known)

    def portray(self, day: int) -> None:
        """Persons, features and tags as of a day."""
        for job in ("link_identity", "compute_features", "derive_tags"):
            self.run(job, day)

    def take_days(self, feeds: Sequence[str], first: int, last: int) -> None:
        """Deliveries of the days to facts and persons."""
        for feed in feeds:
            self.run("ingest_feed", last, first, feed=feed)
        for job in ("build_user_day", "link_identity"):
            self.run(job, last, first)

    def _put(self, files: dict[Place, Any], there: dict[Place, Any]) -> None:
        for (feed, day, name), rows in files.items():
            if rows != there.get((feed, day, name)):
                lines = "".join(json.dumps(row) + "\n" for row in rows)
                self.deliver(feed, DAYS[day], f"{name}.jsonl", lines)

    def _tags(self) -> None:
        """The project's tags, those apart that need a model's score."""
        features = {c for table in FEATURE_TABLES for c in table.column_names}
        conf = project_root() / "conf"
        of_models = {t.code for t in load_tags(conf) if not set(columns_of([t])) <= features}
        for layer in LAYERS:
            for path in sorted((conf / "tags" / layer).glob("*.yml")):
                if not any(f"code: {code}\n" in path.read_text(encoding="utf-8") for code in of_models):
                    (self.settings.conf / "tags" / layer).mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, self.settings.conf / "tags" / layer)


def _mapping(feed: str) -> str:
    formats = {"timestamp": ', format: "yyyy-MM-dd HH:mm:ss"', "date": ", format: yyyy-MM-dd"}
    columns = "".join(f"  {f.name}: {{from: {f.name}{formats.get(f.type, '')}}}\n" for f in FEEDS[feed].fields)
    return f"feed: {feed}\nwhere: {feed}/{{day}}/*.jsonl\nformat: json_lines\nzone: Asia/Shanghai\ncolumns:\n{columns}"
