"""simulate_hospital: the feeds that a hospital would send, and the truth behind them."""

from __future__ import annotations

import json

from jobs.runtime.job import Run, job
from jobs.runtime.landing import write_hospital


@job(options=("accounts", "seed"))
def simulate_hospital(run: Run) -> None:
    """Writes the simulated hospital's landing files and its truth, from `since` to `day`.

    The same seed, start and accounts give the same bytes, so a world that already reaches `day` is left alone. What
    was half written by a killed run is written anew.
    """
    folder = run.settings.hospital.folder
    sign = folder / "simulated.json"
    days = (run.day - run.since).days + 1
    accounts, seed = int(run.options["accounts"]), int(run.options["seed"])
    asked = {"accounts": accounts, "seed": seed, "start": run.since.isoformat()}
    if sign.exists():
        there = json.loads(sign.read_text(encoding="utf-8"))
        if there.pop("days") >= days and there == asked:
            return
        if there != asked and run.settings.lake.exists():
            raise ValueError(
                f"{folder} holds the world {there} and tables made of it, not {asked}: "
                "`make clean`, or another number of ACCOUNTS"
            )
        sign.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    lines = write_hospital(folder, seed, run.since, days, accounts)
    run.written.update({f"landing/{feed}": count for feed, count in lines.items()})
    sign.write_text(json.dumps(asked | {"days": days}), encoding="utf-8")
