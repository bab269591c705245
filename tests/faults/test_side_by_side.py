"""Two runs that write to one table at once: none of the rows is lost, and neither run fails."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

from deltalake import DeltaTable

from jobs.runtime.settings import project_root

WRITES, ROWS = 12, 500
RUN = f"""
import sys, time
from datetime import date
from pathlib import Path
from jobs.runtime.engine import get_engine
from jobs.runtime.lake import Lake
from schemas.intake import REJECTED
me, folder = sys.argv[1], Path(sys.argv[2])
lake = Lake(get_engine("sail", work=folder / me), str(folder / "lake"))
rows = lake.spark.sql(
    f"SELECT '{{me}}' AS feed, DATE'2026-01-01' AS known_date, 'f' AS source_file, id AS source_line, 'b' AS batch, "
    "array('x') AS reasons FROM range({ROWS})")
(folder / f"{{me}}.ready").touch()
while len(list(folder.glob("*.ready"))) < 2:
    time.sleep(0.02)
for _ in range({WRITES}):
    lake.replace(REJECTED, rows, date(2026, 1, 1), date(2026, 1, 1), job="j", of={{"feed": me}})
"""


def test_two_writers_of_one_table_both_land(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN]
    runs = [
        subprocess.Popen([*command, name, str(tmp_path)], cwd=project_root(), stderr=subprocess.PIPE, text=True)
        for name in ("review", "event")
    ]
    failed = [told for told in (run.communicate(timeout=300)[1] for run in runs) if "Error" in told]
    assert not failed, failed[0][-2000:]
    assert [run.returncode for run in runs] == [0, 0]
    written = DeltaTable(str(tmp_path / "lake" / "bronze" / "rejected")).to_pyarrow_table()
    assert sorted(written.column("feed").to_pylist()) == ["event"] * ROWS + ["review"] * ROWS
    assert set(written.column("known_date").to_pylist()) == {date(2026, 1, 1)}
