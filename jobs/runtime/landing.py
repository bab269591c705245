"""Writes the simulated hospital's exports as its systems would: JSON lines, CSV in several encodings, Parquet.

Deliveries go to `<box>/landing/<feed>/<delivery day>/<file>`, the truth to `<box>/truth/`.
"""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from jobs.runtime.export_files import file_bytes, write_parquet
from jobs.runtime.truth_files import TruthFiles
from models.hospital import Delivery, Hospital, open_hospital
from models.hospital.exports import BY_STEM

Report = Callable[[int, int], None]


def write_hospital(
    box: Path,
    seed: int,
    start: date,
    days: int,
    accounts: int,
    as_of: Sequence[date] = (),
    report: Report | None = None,
) -> Mapping[str, int]:
    """Simulate `days` days and write everything below `box`, which is emptied first; gives lines by feed.

    `as_of`: further days at whose beginning the truth's expectations are wanted. `report(done, days)` is called
    after each day.
    """
    landing, truth = box / "landing", TruthFiles(box / "truth")
    shutil.rmtree(landing, ignore_errors=True)
    truth.clear()
    hospital = open_hospital(seed, start, days, accounts, as_of)
    lines: dict[str, int] = {}
    # One day is written while the next is lived.
    with ThreadPoolExecutor(max_workers=1) as writer:
        written = writer.submit(_write_day, landing, truth, [], {})
        for day in range(days):
            deliveries, hidden = hospital.deliver(day), hospital.day_truth()
            written.result()
            written = writer.submit(_write_day, landing, truth, deliveries, hidden)
            for delivery in deliveries:
                lines[delivery.feed] = lines.get(delivery.feed, 0) + len(delivery)
            if report:
                report(day + 1, days)
        written.result()
    _close(hospital, truth)
    return lines


def _write_day(
    landing: Path, truth: TruthFiles, deliveries: Sequence[Delivery], hidden: Mapping[str, Mapping[str, Any]]
) -> None:
    for delivery in deliveries:
        write_delivery(landing, delivery)
    truth.add(hidden)


def _close(hospital: Hospital, truth: TruthFiles) -> None:
    for name, table in hospital.truth():
        truth.write(name, table)
    truth.close()


def write_delivery(landing: Path, delivery: Delivery) -> None:
    """One file; a copy has the very bytes of the file it repeats."""
    path = landing / delivery.feed / delivery.folder / delivery.name
    path.parent.mkdir(parents=True, exist_ok=True)
    if delivery.copy_of:
        shutil.copyfile(landing / delivery.feed / delivery.copy_of, path)
    elif delivery.shape.format == "parquet":
        write_parquet(path, delivery)
    else:
        path.write_bytes(file_bytes(delivery))


def write_moment(landing: Path, day: date, most: int = 3) -> int:
    """A small file of a day that has nothing else yet: some of the newest accounts have diabetes. Gives its lines."""
    shape = BY_STEM["diagnosis"]
    newest = max(path for path in (landing / "account").iterdir() if path.name < day.isoformat())
    lines = (line for path in sorted(newest.iterdir()) for line in path.read_text("utf-8-sig", "replace").splitlines())
    accounts = sorted({no for line in lines if re.fullmatch(r"U[0-9]{9}", no := line.split(",")[0])})[:most]
    said = dict.fromkeys(shape.columns, "") | {"rel": "0", "icd": "E11.9", "main_flag": "Y"}
    path = landing / shape.feed / day.isoformat() / f"{shape.stem}_{day:%Y%m%d}_0930.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, said)
        rows.writeheader()
        for account in accounts:
            rows.writerow(said | {"diag_no": f"G{account}", "user_no": account, "diag_time": f"{day} 09:30:00"})
    return len(accounts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write a simulated hospital.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--as-of", type=date.fromisoformat, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    lines = write_hospital(given.out, given.seed, given.start, given.days, given.accounts, given.as_of)
    for feed, count in sorted(lines.items()):
        sys.stdout.write(f"{feed:16} {count:>10,}\n")
    sys.stdout.write(f"{sum(lines.values()):,} lines in {time.monotonic() - began:.1f} s\n")


if __name__ == "__main__":
    main()
