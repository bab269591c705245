"""The hospital as the outside sees it: deliveries by day, and the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from models.hospital import truth
from models.hospital.delivery import Delivery, Post
from models.hospital.world import World

Table = Mapping[str, Any]
MOST_EXPECTED = 60_000
"""Of a larger world the first so many accounts' expectations are written down."""


class Hospital:
    """A simulated hospital of which each day is asked for once, in order."""

    def __init__(self, seed: int, start: date, days: int, accounts: int, as_of: Sequence[date] = ()) -> None:
        self.days = days
        self.world = World(seed, start, accounts)
        self.post = Post(seed, self.world.realm.calendar)
        self._asked = {(day - start).days for day in as_of} | {days - 1}
        self._today: dict[str, Table] = {}

    def deliver(self, day: int) -> list[Delivery]:
        """The files that arrive on a day."""
        self._today = {}
        calendar = self.world.realm.calendar
        if day in self._asked or calendar.on(day).day == 1:
            self._today["expectation"] = truth.expectations(self.world, day, MOST_EXPECTED)
        if day == 0 or calendar.on(day).day == 1:
            self._today["channel_credit"] = truth.channel_credit(self.world, day)
        return self.post.deliver(day, self.world.day(day))

    def day_truth(self) -> Mapping[str, Table]:
        """What the truth has to say of the day just delivered, by table."""
        world = self.world
        tables = {
            **self._today, "session": truth.sessions(world), "consultation": truth.consultations(world),
            "episode": truth.episodes(world),
        }  # fmt: skip
        for effects in world.effects:
            tables["treatment_effect"] = {**effects, "account_id": truth.account_texts(effects["account"])}
        world.effects.clear()
        return tables

    def truth(self) -> Iterator[tuple[str, Table]]:
        """The tables that are known at the end only, after the last day."""
        world = self.world
        yield "person", truth.persons(world)
        yield "account", truth.accounts(world)
        yield "device_owner", truth.device_owners(world)
        yield "expectation_at_end", truth.expectations(world, self.days, MOST_EXPECTED)
        yield "dirt", truth.dirt(self.post, world.realm.calendar.on(self.days - 1))
        yield "delivered", truth.delivered(self.post)


def open_hospital(seed: int, start: date, days: int, accounts: int, as_of: Sequence[date] = ()) -> Hospital:
    """A hospital that has `accounts` accounts by its 180th day; see `parameters` for everything else."""
    return Hospital(seed, start, days, accounts, as_of)
