"""The tag part of a day alone, on made-up features: `python -m tests.bench.tags --users 250000 --history 30`.

It prints what deriving a day costs that follows on a derived one, and of what: laying the features side by side, all
tags in one pass, the history's change, its MERGE. Run it with other sizes to see how it grows.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs.runtime.declarations import load_tags
from jobs.runtime.engine import close_engines, get_engine
from jobs.runtime.job import Run
from jobs.runtime.lake import Lake
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import elsewhere, load_settings
from schemas.gold.tag import USER_TAG
from tests.bench.process import Meter
from tests.bench.tag_world import days_of, write_features, write_history

STAGES = {"wide": "features side by side", "held": "all tags in one pass", "changed": "what the history changes"}


def tell(name: str, meter: Meter, note: str = "") -> None:
    used = meter.read()
    print(f"{name:28}{used['seconds']:8.1f} s{used['processor']:8.1f} CPU s{used['mb']:8.0f} MB  {note}", flush=True)


def told(name_of: Callable[..., str | None], function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, telling what each of its calls costs that has a name."""

    def measured(*args: Any, **more: Any) -> Any:
        meter, name = Meter(), name_of(*args)
        found = function(*args, **more)
        if name:
            tell(f"  {name}", meter)
        return found

    return measured


def measure(folder: Path, users: int, history: int) -> None:
    """Two days: the first fills the history, the second is the one that is looked at."""
    settings = elsewhere(load_settings("simulated", "sail"), folder, users)
    lake, tags = Lake(get_engine("sail", work=settings.work), str(settings.lake)), load_tags(settings.conf)
    first, second = days_of(2)
    for day in (first, second):
        write_features(lake, settings, users, day)
    before = lake.replace(USER_TAG, write_history(lake, tags, users, history, first), job="bench")
    meter = Meter()
    done = run_job("derive_tags", first, settings=settings)
    tell("first day", meter, f"{done.written[USER_TAG.name] / users:.1f} tags a user; {before:,} older stretches")
    Run.stage = told(lambda run, name, *_: STAGES.get(name), Run.stage)  # type: ignore[method-assign]
    Lake.merge = told(lambda *_: "MERGE into the history", Lake.merge)  # type: ignore[method-assign]
    meter = Meter()
    done = run_job("derive_tags", second, settings=settings)
    tell("the day after", meter, f"{done.written[USER_TAG.name]:,} rows of the history changed")
    close_engines()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tags", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--users", type=int, default=250_000)
    parser.add_argument("--history", type=int, default=30, help="Days that the history looks back to.")
    asked = parser.parse_args()
    print(f"{len(load_tags(load_settings('simulated').conf))} tags, {asked.users:,} users, {asked.history} days")
    with tempfile.TemporaryDirectory(prefix="cameo-bench-", ignore_cleanup_errors=True) as folder:
        measure(Path(folder), asked.users, asked.history)


if __name__ == "__main__":
    main()
