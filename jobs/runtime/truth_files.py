"""The truth's tables; only evaluation and tests may read what is written here."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Table = Mapping[str, Any]


class TruthFiles:
    """Tables that grow day by day, and tables written once at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def add(self, tables: Mapping[str, Table]) -> None:
        for name, table in tables.items():
            arrow = pa.table(dict(table))
            if name not in self._writers:
                self._writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", arrow.schema)
            if arrow.num_rows:
                self._writers[name].write_table(arrow)

    def write(self, name: str, table: Table) -> None:
        pq.write_table(pa.table(dict(table)), self.folder / f"{name}.parquet")

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
