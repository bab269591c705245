"""The parts of the benchmark: what is measured, on which world, and what one part needs of another."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jobs.runtime.settings import elsewhere, load_settings
from tests.bench import plan
from tests.bench.plan import Size, World
from tests.bench.steps import Cost, StepFailed, Steps
from tests.bench.work import JobOrder, Order

Groups = dict[str, list[Cost]]


@dataclass
class Found:
    """What was measured; a part that failed or was left out has its reason in `failed`."""

    loaded: Groups = field(default_factory=dict)
    day: Groups = field(default_factory=dict)
    short_day: Groups = field(default_factory=dict)
    tenth_day: Groups = field(default_factory=dict)
    engines: dict[str, list[Cost]] = field(default_factory=dict)
    peer: list[Cost] = field(default_factory=list)
    likeness: dict[str, list[str]] = field(default_factory=dict)
    persons: list[Cost] = field(default_factory=list)
    groups: list[Cost] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass
class Bench:
    """One run of all parts below one folder."""

    folder: Path
    size: Size
    steps: Steps
    found: Found = field(default_factory=Found)

    def run(self) -> Found:
        """All parts in their order; a part whose ground is missing is left out."""
        parts: list[tuple[str, str | None, Callable[[], None]]] = [
            ("history", None, self.history),
            ("day", "history", self.day),
            ("peer", "day", self.peer),
            ("short history", "history", self.short_history),
            ("engines", None, self.engines),
            ("persons", None, self.persons),
            ("groups", None, self.groups),
            *([("a tenth", None, self.tenth)] if self.size.tenth else []),
        ]
        for name, ground, part in parts:
            if ground in self.found.failed:
                self.found.failed[name] = f"left out, since {ground} failed"
                continue
            self.steps.console.print(f"[bold]{name}[/bold]")
            try:
                part()
            except (StepFailed, OSError) as error:
                self.found.failed[name] = str(error)
                self.steps.console.print(f"  [red]✗[/red] {error}", highlight=False, markup=True)
        return self.found

    def history(self) -> None:
        """The world and all its days but the last."""
        self.found.loaded = self._load("main", self.size.world)

    def day(self) -> None:
        """The last day, a process for each daily DAG."""
        self.found.day = self._groups("main", self.size.world, plan.daily(self.size.world))

    def peer(self) -> None:
        """The DuckDB script over the lake as it is after the day."""
        world = self.size.world
        order = Order(str(self.folder / "main"), world.accounts, peer=str(world.last))
        told = self.steps.run("DuckDB script", order)
        self.found.peer, self.found.likeness = told.costs, told.others["likeness"]

    def short_history(self) -> None:
        """The same day of the same accounts on 30 days of history."""
        world = self.size.world
        self._twin("short", world, ("landing", "mlflow"))
        self._groups("short", world, plan.short_past(world))
        self.found.short_day = self._groups("short", world, plan.daily(world))
        shutil.rmtree(self.folder / "short")

    def engines(self) -> None:
        """History and day in one pass on each engine."""
        world = self.size.small
        if world != self.size.world or "history" in self.found.failed:
            self._groups("small", world, {"simulate": plan.simulated(world)})
        source = "main" if world == self.size.world and "history" not in self.found.failed else "small"
        for name, engine in (("sail", "sail"), ("spark", "local[2]")):
            self._twin(name, world, ("landing",), source)
            order = Order(str(self.folder / name), world.accounts, engine, plan.in_one_pass(world))
            self.found.engines[engine] = self.steps.run(f"the whole day on {engine}", order).costs
            shutil.rmtree(self.folder / name)

    def persons(self) -> None:
        """Who is one person among many identifiers, at first and a day later."""
        order = Order(str(self.folder / "persons"), 0, identifiers=self.size.identifiers)
        self.found.persons = self.steps.run("persons", order).costs
        shutil.rmtree(self.folder / "persons")

    def groups(self) -> None:
        """Finding groups and putting everybody into one of them."""
        order = Order(str(self.folder / "groups"), 0, users=self.size.users)
        self.found.groups = self.steps.run("groups", order).costs
        shutil.rmtree(self.folder / "groups")

    def tenth(self) -> None:
        """The day of a hospital a tenth of the size."""
        world = self.size.tenth
        assert world
        self._load("tenth", world)
        self.found.tenth_day = self._groups("tenth", world, plan.daily(world))
        shutil.rmtree(self.folder / "tenth")

    def _load(self, place: str, world: World) -> Groups:
        return self._groups(place, world, {"simulate": plan.simulated(world), **plan.past(world)})

    def _groups(self, place: str, world: World, groups: dict[str, list[JobOrder]]) -> Groups:
        folder = str(self.folder / place)
        return {
            name: self.steps.run(f"{place}: {name}", Order(folder, world.accounts, jobs=jobs)).costs
            for name, jobs in groups.items()
        }

    def _twin(self, place: str, world: World, shared: tuple[str, ...], source: str = "main") -> None:
        """A hospital's folder of its own that shares some of another's."""
        settings = load_settings("simulated")
        ours, theirs = (elsewhere(settings, self.folder / p, world.accounts).hospital.folder for p in (place, source))
        ours.mkdir(parents=True)
        for name in shared:
            (ours / name).symlink_to(theirs / name, target_is_directory=True)
