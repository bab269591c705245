"""What is run: the sizes, and the jobs of each step in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from jobs.runtime.intake.mapping import mapped_feeds
from jobs.runtime.settings import load_settings
from tests.bench.work import JobOrder
from tests.whole_day import FACTS, MODELS, OUT, PORTRAIT, SCORES, START

SHORT_DAYS = 30
SEED = "7"
# Who there is and what they agreed to; without it a short history would have fewer users.
REGISTRY = ("account", "family_binding", "consent")


@dataclass(frozen=True)
class World:
    """A simulated hospital's size."""

    accounts: int
    days: int

    def __str__(self) -> str:
        return f"{self.accounts:,} accounts × {self.days} days"

    @property
    def last(self) -> date:
        return START + timedelta(days=self.days - 1)

    @property
    def eve(self) -> date:
        return self.last - timedelta(days=1)


@dataclass(frozen=True)
class Size:
    """One run's worlds: the measured one, a small one for the engines, and a tenth to compare the day with."""

    world: World
    small: World
    tenth: World | None = None
    memory_gb: int = 6
    identifiers: int = 1_000_000
    users: int = 1_000_000


# Churn and value models need 135 days to learn from: nothing shorter has a whole day.
SIZES = {
    "20k": Size(World(20_000, 180), World(1_000, 140)),
    "200k": Size(World(200_000, 180), World(1_000, 140), World(20_000, 180), memory_gb=8),
}
QUICK = Size(World(300, 140), World(300, 140), identifiers=4_000, users=3_000)


def feeds() -> list[str]:
    return mapped_feeds(load_settings("simulated").sources)


def jobs(names: Iterable[str], day: date, since: date | None = None) -> list[JobOrder]:
    return [JobOrder(name, str(day), str(since) if since else None) for name in names]


def ingest(names: Iterable[str], day: date, since: date | None = None) -> list[JobOrder]:
    return [JobOrder("ingest_feed", str(day), str(since) if since else None, feed) for feed in names]


def simulated(world: World) -> list[JobOrder]:
    return [JobOrder("simulate_hospital", str(world.last), str(START), SEED)]


def past(world: World) -> dict[str, list[JobOrder]]:
    """All days but the last, in one pass; the event feed in a process of its own."""
    others = [feed for feed in feeds() if feed != "event"]
    return {
        "events": ingest(["event"], world.eve, START),
        "other feeds and facts": [*ingest(others, world.eve, START), *jobs(FACTS, world.eve, START)],
        "models": jobs(MODELS, world.eve),
        "the day before": jobs((*SCORES, *PORTRAIT, *OUT), world.eve),
    }


def short_past(world: World) -> dict[str, list[JobOrder]]:
    """The same accounts with the last 30 days of whatever they did; the models are those of the whole history."""
    since = world.eve - timedelta(days=SHORT_DAYS - 1)
    acts = [feed for feed in feeds() if feed not in REGISTRY]
    loaded = [*ingest(REGISTRY, world.eve, START), *ingest(acts, world.eve, since)]
    return {
        "30 days of history": [*loaded, *jobs(FACTS, world.eve, since)],
        "the day before": jobs((*SCORES, *PORTRAIT, *OUT), world.eve),
    }


def daily(world: World) -> dict[str, list[JobOrder]]:
    """The last day as the daily DAGs run it."""
    return {
        "feeds_daily": [*ingest(feeds(), world.last), *jobs(FACTS, world.last)],
        "scores_daily": jobs(SCORES, world.last),
        "portrait_daily": jobs(PORTRAIT, world.last),
        "exports_daily": jobs(OUT, world.last),
    }


def in_one_pass(world: World) -> list[JobOrder]:
    """History and day together, as tests/whole_day.py has it."""
    loaded = [*ingest(feeds(), world.last, START), *jobs(FACTS, world.last, START)]
    return [*loaded, *jobs((*MODELS, *SCORES, *PORTRAIT, *OUT), world.last)]
