"""Tables as files and commits: what needs no engine, through deltalake.

Creating, documenting and evolving a table here gives the same table whichever engine writes to it later.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.schema import ArrayType, MapType, PrimitiveType
from pyarrow import fs

from jobs.runtime.commits import again_on_conflict
from jobs.runtime.conform import SchemaMismatch
from jobs.runtime.faults import BACK, NotAllowed, TableDamaged, explained
from schemas.table import Column, Table

_NAMES = {"int": "integer", "bigint": "long"}
_SIGNIFICANT = 7
_UNFINISHED = re.compile(r"\.parquet#\d+$")
_HINT = "_last_checkpoint"
_HOLDS = "delta.constraints.always"
# Logs get a commit with each run, and who opens a table reads all commits since the last checkpoint: after 100 of them,
# which is what deltalake waits for, that takes ten times as long as the append itself.
_LOG_SETTINGS = {"delta.checkpointInterval": "10"}


class Store:
    """The files under one root: tables at `<layer>/<noun>`."""

    def __init__(self, root: str, storage_options: Mapping[str, str] | None = None) -> None:
        self.root = root.rstrip("/") if "://" in root else str(Path(root).absolute())
        self.options = dict(storage_options or {}) or None
        self._prepared: set[str] = set()
        self._columns: dict[str, dict[str, str]] = {}
        self._whole: set[str] = set()

    def path(self, table: Table) -> str:
        return f"{self.root}/{table.layer}/{table.noun}"

    def files(self) -> tuple[fs.FileSystem, str]:
        """The root as a file system and a path in it, for what is no table."""
        if "://" in self.root:
            system, base = fs.FileSystem.from_uri(self.root)
            return system, base
        return fs.LocalFileSystem(), self.root

    def open(self, table: Table) -> DeltaTable:
        """The table as it is now; TableDamaged when its log is not whole."""
        if table.name not in self._whole:
            self._refuse_torn(table)
            self._whole.add(table.name)
        try:
            return DeltaTable(self.path(table), storage_options=self.options)
        except TableNotFoundError:
            raise
        except DeltaError as error:
            fault = explained(error)
            if isinstance(fault, NotAllowed):
                raise fault from error
            said = str(error).splitlines()[0]
            how = f"take {_HINT} away, it is a hint only" if _HINT in said else f"the file that it is about: {BACK}"
            raise TableDamaged(f"the log of {table.name} at {self.path(table)}/_delta_log: {said}; {how}") from error

    def _refuse_torn(self, table: Table) -> None:
        # What a machine leaves that loses its power. Both engines take a commit without bytes for one that did nothing.
        log = Path(self.path(table), "_delta_log")
        torn = [path for path in log.glob("*.json") if not path.stat().st_size] if "://" not in self.root else []
        if torn:
            raise TableDamaged(f"the log of {table.name} is damaged, {min(torn)} is empty: {BACK}")

    def exists(self, table: Table) -> bool:
        return table.name in self._columns or DeltaTable.is_deltatable(self.path(table), storage_options=self.options)

    def version(self, table: Table) -> int:
        return self.open(table).version()

    def noted_since(self, table: Table, version: int, note: str) -> None:
        """Sees to it that a commit after that version has the note: an empty one where there is none."""
        stored = self.open(table)
        new = stored.version() - version
        if new and any(commit.get("userMetadata") == note for commit in stored.history(new)):
            return
        stored.create_write_transaction(
            [],
            "append",
            stored.schema(),
            partition_by=stored.metadata().partition_columns,
            commit_properties=CommitProperties(custom_metadata={"userMetadata": note}),
        )

    def columns(self, table: Table) -> dict[str, str]:
        """The stored columns with their types in Spark's words; looked up once per process."""
        if table.name not in self._columns:
            self._columns[table.name] = {f.name: _spark_type(f.type) for f in self.open(table).schema().fields}
        return self._columns[table.name]

    def prepare(self, table: Table) -> None:
        """Create the table from its declaration, or bring a stored one up to it; once per process.

        Columns that were added to the declaration are added; one taken out or changed is an error. In slices that
        were written before, an added column is NULL until they are made again, though it may not be NULL in new ones.
        """
        if table.name in self._prepared and self.exists(table):
            return
        # When another run brings it up at the same moment, what is left to do is seen anew.
        again_on_conflict(lambda: self._bring_up(table))
        self._columns.pop(table.name, None)
        self._prepared.add(table.name)

    def _bring_up(self, table: Table) -> None:
        if not DeltaTable.is_deltatable(self.path(table), storage_options=self.options):
            self._create(table)
        else:
            self._evolve(table, self.open(table))

    def _create(self, table: Table) -> None:
        if "://" not in self.root:
            Path(self.path(table)).mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            self.path(table),
            Schema([_field(c) for c in table.columns]),
            mode="ignore",
            partition_by=list(table.partition_by) or None,
            name=table.name,
            description=table.meaning,
            configuration=_LOG_SETTINGS if table.layer == "audit" else None,
            storage_options=self.options,
        )
        self._align(table, self.open(table))

    def _align(self, table: Table, dt: DeltaTable) -> None:
        # Sail's replaceWhere fails on arrays and maps whose Arrow field names differ from the stored ones, unless
        # the table has any constraint: only then it casts the rows to the table first. So it gets one that holds.
        if any("<" in c.type for c in table.columns) and not dt.metadata().configuration.get(_HOLDS):
            name = table.columns[0].name
            dt.alter.add_constraint({_HOLDS.split(".")[-1]: f"{name} IS NULL OR {name} IS NOT NULL"})

    def _evolve(self, table: Table, dt: DeltaTable) -> None:
        stored = {f.name: f for f in dt.schema().fields}
        declared = {c.name: c for c in table.columns}
        problems = [f"column {n} is stored but no longer declared" for n in stored if n not in declared]
        problems += [
            f"column {n} is stored as {_spark_type(stored[n].type)}, declared {c.type}"
            for n, c in declared.items()
            if n in stored and _spark_type(stored[n].type) != c.type
        ]
        new = [c for c in table.columns if c.name not in stored]
        problems += [
            f"new column {c.name} must be nullable: older rows have no value" for c in new if not may_be_added(table, c)
        ]
        partitions = tuple(dt.metadata().partition_columns)
        if partitions != table.partition_by:
            problems.append(f"partitioned by {partitions} as stored, declared {table.partition_by}")
        if problems:
            raise SchemaMismatch(f"stored table {table.name} cannot become what is declared: " + "; ".join(problems))
        if new:
            dt.alter.add_columns([_field(c) for c in new])
        self._align(table, dt)
        self._document(table, dt, stored)

    def _document(self, table: Table, dt: DeltaTable, stored: Mapping[str, Field]) -> None:
        for column in table.columns:
            field = stored.get(column.name)
            if field is None:
                continue
            if field.metadata.get("comment") != _comment(column):
                dt.alter.set_column_metadata(column.name, {"comment": _comment(column)})
            if not field.nullable:  # see conform.guard
                dt.alter.drop_column_not_null(column.name)
        if dt.metadata().description != table.meaning:
            dt.alter.set_table_description(table.meaning)

    def rows(self, table: Table, slice_: tuple[date, date] | None, of: Mapping[str, str] | None = None) -> int | None:
        """Rows of a slice that was just replaced, from the log's statistics; None where they do not tell.

        Rows that a rewrite kept are all outside of the slice, so a file within it holds new rows only.
        """
        adds = pa.table(self.open(table).get_add_actions(flatten=True))
        for part, value in (of or {}).items():
            adds = adds.filter(pc.equal(adds[f"partition.{part}"], value)) if adds.num_rows else adds
        if slice_ is None:
            return int(sum(adds["num_records"].to_pylist()))
        name = table.slice_by
        if f"partition.{name}" in adds.column_names:
            low = high = adds[f"partition.{name}"].to_pylist()
        elif f"min.{name}" in adds.column_names:
            low, high = adds[f"min.{name}"].to_pylist(), adds[f"max.{name}"].to_pylist()
        else:
            return None if adds.num_rows else 0
        total = 0
        for count, first, last in zip(adds["num_records"].to_pylist(), low, high, strict=True):
            if count is None or first is None or last is None:
                return None
            if slice_[0] <= first and last <= slice_[1]:
                total += count
        return total

    def merged(self, table: Table, before: int) -> tuple[int, int, int]:
        """Rows inserted, updated and deleted by the last merge; none when it made no commit."""
        dt = self.open(table)
        if dt.version() == before:
            return 0, 0, 0
        metrics: dict[str, Any] = dt.history(1)[0].get("operationMetrics", {})
        names = ("numTargetRowsInserted", "numTargetRowsUpdated", "numTargetRowsDeleted")
        return tuple(int(metrics[n]) for n in names)  # type: ignore[return-value]

    def compact(self, table: Table) -> dict[str, Any]:
        """Join small files; the content stays as it is."""
        return self.open(table).optimize.compact()

    def vacuum(self, table: Table, retain_hours: int) -> int:
        """Delete files that no version younger than this needs, and what killed writes left; returns how many."""
        dt = self.open(table)
        gone = dt.vacuum(retain_hours, dry_run=False, enforce_retention_duration=False, full=True)
        return len(gone) + self._drop_unfinished(table, retain_hours)

    def drop_checksums(self, table: Table) -> None:
        """Delete what Spark notes beside each version of the log: optional, and it repeats the files' statistics."""
        system, base = self.files()
        log = fs.FileSelector(f"{base}/{table.layer}/{table.noun}/_delta_log", recursive=False)
        for info in system.get_file_info(log):
            if info.path.endswith(".crc"):
                system.delete_file(info.path)

    def _drop_unfinished(self, table: Table, retain_hours: int) -> int:
        # Sail writes a local file as `<name>.parquet#1` and renames it when done; VACUUM does not see these.
        system, base = self.files()
        found = system.get_file_info(fs.FileSelector(f"{base}/{table.layer}/{table.noun}", recursive=True))
        before = time.time() - retain_hours * 3600
        old = [i.path for i in found if _UNFINISHED.search(i.path) and i.mtime and i.mtime.timestamp() <= before]
        for path in old:
            system.delete_file(path)
        return len(old)

    def content_hash(self, table: Table, *, ignore: Sequence[str] = ()) -> str:
        """A digest of the rows, whatever their order, files or engine.

        Doubles count to seven significant digits: the engines add in another order each time.
        """
        import duckdb

        names = [c for c in table.columns if c.name not in ignore]
        data = self.open(table).to_pyarrow_dataset()
        with duckdb.connect() as db:
            db.execute("SET TimeZone='UTC'")
            db.register("data", data)
            row = ", ".join(_canonical(c) for c in names)
            asked = f"SELECT count(*), sum(hash({row})::HUGEINT), bit_xor(hash({row})) FROM data"
            found = db.execute(asked).fetchone()
        said = json.dumps([[c.name for c in names], [str(v) for v in found or ()]])
        return hashlib.sha256(said.encode()).hexdigest()


def where(table: Table, since: date, until: date, of: Mapping[str, str] | None = None) -> str:
    """The days of a slice, and whose they are, as SQL that both engines and deltalake take."""
    days = f"{table.slice_by} >= '{since}' AND {table.slice_by} <= '{until}'"
    return " AND ".join([*(f"{name} = '{value}'" for name, value in (of or {}).items()), days])


def _canonical(column: Column) -> str:
    name = f'"{column.name}"'
    if column.type == "double":
        return _rounded(name)
    if column.type.startswith("map"):
        value = _rounded("e.value") if column.type.endswith("double>") else "e.value"
        return f"list_sort(list_transform(map_entries({name}), lambda e: {{'k': e.key, 'v': {value}}}))"
    return name


def _rounded(value: str) -> str:
    exact = f"{value} IS NULL OR isnan({value}) OR isinf({value}) OR {value} = 0"
    digits = f"{_SIGNIFICANT - 1} - floor(log10(abs({value})))"
    # A little more than itself, since values such as 27/16 lie exactly between two roundings.
    whole = f"round({value} * {1 + 10.0 ** -(_SIGNIFICANT + 2)!r} * pow(10, {digits}))"
    return f"CASE WHEN {exact} THEN {value} + 0.0 ELSE {whole} * pow(10, -({digits})) END"


def may_be_added(table: Table, column: Column) -> bool:
    """Whether a stored table can get the column: older rows have NULL there, until their slice is made again."""
    return column.name not in table.key and (column.nullable or table.slice_by is not None)


def _comment(column: Column) -> str:
    return f"{column.meaning} [{column.unit}]" if column.unit else column.meaning


def _field(column: Column) -> Field:
    return Field(
        column.name,
        _delta_type(column.type),
        nullable=True,  # see conform.guard
        metadata={"comment": _comment(column)},
    )


def _delta_type(kind: str) -> PrimitiveType | ArrayType | MapType:
    if kind == "array<string>":
        return ArrayType(PrimitiveType("string"), contains_null=True)
    if kind.startswith("map<"):
        return MapType(PrimitiveType("string"), PrimitiveType(kind[4:-1].split(",")[1]), value_contains_null=True)
    return PrimitiveType(_NAMES.get(kind, kind))


def _spark_type(kind: Any) -> str:
    if isinstance(kind, ArrayType):
        return f"array<{_spark_type(kind.element_type)}>"
    if isinstance(kind, MapType):
        return f"map<{_spark_type(kind.key_type)},{_spark_type(kind.value_type)}>"
    back = {v: k for k, v in _NAMES.items()}
    return back.get(str(getattr(kind, "type", kind)), str(getattr(kind, "type", kind)))
