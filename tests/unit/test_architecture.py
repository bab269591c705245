"""The picture in docs/architecture.md is what tables and jobs declare."""

import re

from features.wide import THEMES
from jobs.runtime.job import Job, all_jobs
from jobs.runtime.settings import project_root
from schemas.feeds import FEEDS
from schemas.tables import TABLES

PAGE = (project_root() / "docs" / "architecture.md").read_text(encoding="utf-8")
PICTURE = PAGE.split("```mermaid")[1].split("```")[0]
ARROW = re.compile(r"^(?P<sources>.+?)\s*-->\|(?P<job>\w+)\|\s*(?P<targets>.+)$")
TABLE = re.compile(r"\b(?:bronze|silver|feature|gold|audit)\.(?:\w+|\*)")
WHOLE_LAYERS = {"bronze.*", "silver.*"}
# One box stands for all themes; its name is the box's, its label tells whom it stands for.
THEMES_BOX = re.compile(r"\bthemes\b")
FEED_TABLES = {table.name for feed in FEEDS.values() for table in (feed.bronze, feed.silver)}


def arrows() -> dict[str, set[str]]:
    """What the picture says each job writes."""
    drawn: dict[str, set[str]] = {}
    for line in PICTURE.splitlines():
        if found := ARROW.match(line.strip()):
            targets = found["targets"]
            said = set(TABLE.findall(targets))
            if THEMES_BOX.search(targets):
                said |= {t.name for t in THEMES}
            drawn.setdefault(found["job"], set()).update(said)
    return drawn


def to_be_drawn(job: Job) -> set[str]:
    """What the job writes, but for tables of feeds, which `silver.*` stands for, and bookkeeping."""
    return {t.name for t in job.writes if t.layer in ("silver", "feature", "gold")} - FEED_TABLES


def test_picture_names_only_tables_that_are_declared() -> None:
    named = set(TABLE.findall(PICTURE))
    assert named, "no table found in the picture"
    assert named - set(TABLES) - WHOLE_LAYERS == set()


def test_picture_names_only_jobs_that_there_are() -> None:
    assert set(arrows()) - set(all_jobs()) == set()


def test_every_table_of_a_job_is_on_an_arrow_with_its_name() -> None:
    drawn = arrows()
    missing = {name: sorted(to_be_drawn(job) - drawn.get(name, set())) for name, job in all_jobs().items()}
    assert {name: tables for name, tables in missing.items() if tables} == {}


def test_no_arrow_says_that_a_job_writes_what_it_does_not() -> None:
    jobs = all_jobs()
    known = {name: said for name, said in arrows().items() if name in jobs}
    wrong = {name: sorted(said - {t.name for t in jobs[name].writes} - WHOLE_LAYERS) for name, said in known.items()}
    assert {name: tables for name, tables in wrong.items() if tables} == {}
