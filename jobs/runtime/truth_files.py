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
        self._empty: dict[str, pa.Table] = {}

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def add(self, tables: Mapping[str, Table]) -> None:
        """A table's first rows settle its types; a column that says nothing yet is text."""
        for name, table in tables.items():
            arrow = pa.table(dict(table))
            if not arrow.num_rows:
                self._empty[name] = arrow
                continue
            if name not in self._writers:
                schema = pa.schema([f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in arrow.schema])
                self._writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", schema)
            self._writers[name].write_table(arrow.cast(self._writers[name].schema))

    def write(self, name: str, table: Table) -> None:
        pq.write_table(pa.table(dict(table)), self.folder / f"{name}.parquet")

    def close(self) -> None:
        """Finish the files; a table that never had a row is written empty."""
        for name in self._empty.keys() - self._writers.keys():
            pq.write_table(self._empty[name], self.folder / f"{name}.parquet")
        for writer in self._writers.values():
            writer.close()
