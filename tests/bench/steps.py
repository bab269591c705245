"""Runs one step in a process of its own, showing what it is at, and gives what it told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status

from tests.bench.work import Order

_STEP_SECONDS = 2 * 3600.0


class StepFailed(RuntimeError):
    """A child process did not end well; the text says where and why."""


@dataclass(frozen=True)
class Cost:
    """One job's: name, seconds, processor seconds, peak memory, rows written by table."""

    name: str
    seconds: float
    processor: float
    mb: float
    rows: dict[str, float]

    @property
    def row_count(self) -> int:
        return int(sum(self.rows.values()))


@dataclass
class Told:
    """What a step told: costs in order, and anything else by name."""

    costs: list[Cost] = field(default_factory=list)
    others: dict[str, Any] = field(default_factory=dict)
    at: str = "starting"

    def take(self, line: str) -> None:
        said = json.loads(line)
        if "begins" in said:
            self.at = said["begins"]
        elif "name" in said:
            self.costs.append(Cost(**said))
        else:
            self.others |= said


@dataclass
class Steps:
    """Starts the steps of one run; their orders, lines and logs are kept in `folder`."""

    folder: Path
    console: Console
    status: Status
    count: int = 0

    def run(self, title: str, order: Order) -> Told:
        """Waits for the step and gives what it told; StepFailed when it ended badly."""
        self.count += 1
        stem = self.folder / f"step-{self.count}"
        order.write(stem.with_suffix(".json"))
        lines, log, told = stem.with_suffix(".jsonl"), stem.with_suffix(".log"), Told()
        lines.touch()
        began = time.monotonic()
        with log.open("wb") as sink, lines.open(encoding="utf-8") as said:
            process = self._start(stem, sink)
            try:
                while process.poll() is None and time.monotonic() - began < _STEP_SECONDS:
                    self._follow(said, told, title, began)
                    time.sleep(0.2)
                self._follow(said, told, title, began)
            finally:
                end(process)
        if process.returncode != 0:
            raise StepFailed(f"{title}, at {told.at} (code {process.returncode}): {_last_words(log)}")
        self.console.print(f"  [green]✓[/green] {title} [dim]{time.monotonic() - began:.0f} s[/dim]", highlight=False)
        return told

    def _start(self, stem: Path, sink: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.bench.work", f"{stem}.json", f"{stem}.jsonl"]
        # A group of its own, so that what it started ends with it.
        return subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, start_new_session=True)

    def _follow(self, said: Any, told: Told, title: str, began: float) -> None:
        while (line := said.readline()).endswith("\n"):
            told.take(line)
        self.status.update(f"{title}: {told.at} [dim]{time.monotonic() - began:.0f} s[/dim]")


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and whatever it started that is still there."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return "\n    ".join(["", *lines[-6:]])[:2000] if lines else "it said nothing"
