"""Speed and memory in one run, as ratios with their sizes: `python -m tests.bench --size 20k|200k [--quick]`.

Everything happens in a temporary folder (below TMPDIR) that is removed at the end, each step in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tests.bench.parts import Bench, Found
from tests.bench.plan import QUICK, SIZES, Size
from tests.bench.show import show
from tests.bench.steps import Steps


def measure(size: Size, console: Console) -> Found:
    """All parts, in a folder that is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="cameo-bench-", ignore_cleanup_errors=True) as folder,
        console.status("starting") as status,
    ):
        return Bench(Path(folder), size, Steps(Path(folder), console, status)).run()


def machine() -> str:
    """What else there is to know about the figures."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, load {load}"


def leave(*_: object) -> None:
    """Ended from outside, it still removes its folder and its processes, and is not to be hurried."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("ended from outside", file=sys.stderr)
    sys.exit(143)


def main() -> int:
    """Entry point of `make bench`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--size", choices=sorted(SIZES), default="20k")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK.world} for everything: does it run at all?")
    asked = parser.parse_args()
    size = QUICK if asked.quick else SIZES[asked.size]
    signal.signal(signal.SIGTERM, leave)
    console = Console(width=None if sys.stdout.isatty() else 130)
    console.print(f"[bold]{size.world}[/bold] on {machine()}", highlight=False)
    began = time.monotonic()
    found = measure(size, console)
    show(found, size, console)
    console.print(f"in {(time.monotonic() - began) / 60:.1f} minutes; at the end: {machine()}", highlight=False)
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
