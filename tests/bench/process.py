"""What a job cost the process it ran in: seconds, processor seconds and the most memory that was held at once."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int | None = None) -> list[int]:
    """A process and all below it; Spark's Java is one of ours."""
    mine = pid or os.getpid()
    below: list[int] = []
    with suppress(OSError):
        for told in (_PROC / str(mine) / "task").glob("*/children"):
            below += [int(child) for child in told.read_text().split()]
    return [mine, *(p for child in below for p in family(child))]


def forget_peak() -> None:
    """Lets the kernel count each process's peak from now on."""
    for pid in family():
        with suppress(OSError):
            (_PROC / str(pid) / "clear_refs").write_text("5")


def peak_mb() -> float:
    """The sum of the processes' own peaks since `forget_peak`: with more than one, a bound from above."""
    total = 0
    for pid in family():
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+)", (_PROC / str(pid) / "status").read_text())
            total += int(found.group(1)) if found else 0
    return total / 1024


def processor_seconds() -> float:
    """User and system time of the process and of all below it that are alive."""
    ticks = 0
    for pid in family():
        with suppress(OSError):
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


@dataclass
class Meter:
    """Begun when made; `read` gives what has been used since."""

    def __post_init__(self) -> None:
        forget_peak()
        self._clock, self._processor = time.perf_counter(), processor_seconds()

    def read(self) -> dict[str, float]:
        return {
            "seconds": time.perf_counter() - self._clock,
            "processor": processor_seconds() - self._processor,
            "mb": peak_mb(),
        }
