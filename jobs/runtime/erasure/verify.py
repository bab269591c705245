"""Whether anybody can still be found: every file of every table, its log, the lists, the report."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.runtime.erasure.lists import REMOVALS
from jobs.runtime.settings import Settings

# Kept by law or on purpose: what must be refused when it comes again, and the record that it was erased.
KEPT = ("audit/suppressed",)
_FEW = 100
# A token, or a person's number, at each place where one could begin.
_LIKE_TOKENS = re.compile(rb"(?=([0-9a-z][0-9a-f]{31}))")


@dataclass(frozen=True)
class Verified:
    """Files that were read, and those in which a token stands, below the hospital's folder."""

    files: int
    found: tuple[str, ...]


def look_for(settings: Settings, tokens: Collection[str]) -> Verified:
    """Reads every file that Cameo has written: tables with all their versions and logs, lists, report, models.

    The landing folder is the hospital's, and `exports/removals` is for whoever pulled a list: both are left out.
    """
    wanted = pa.array(sorted(tokens), pa.string())
    files = list(_files(settings))
    with ThreadPoolExecutor(2) as pool:
        stands = pool.map(lambda path: _stands_in(path, wanted), files)
        found = [path for path, there in zip(files, stands, strict=True) if there]
    return Verified(len(files), tuple(path.relative_to(settings.hospital.folder).as_posix() for path in found))


def _files(settings: Settings) -> Iterator[Path]:
    kept = {settings.lake / name for name in KEPT}
    for folder in (settings.lake, settings.exports, settings.report, settings.mlflow):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.parent.name != REMOVALS and not kept & {*path.parents}:
                yield path


def _stands_in(path: Path, wanted: pa.Array) -> bool:
    if path.suffix != ".parquet":
        return _names_any(path.read_bytes(), wanted)
    if path.parent.name == "_delta_log":
        # A checkpoint: the least and greatest values of the files stand inside of texts.
        return _names_any(str(pq.read_table(path).to_pylist()).encode(), wanted)
    with pq.ParquetFile(path) as file:
        fields = list(file.schema_arrow)
    names = [f.name for f in fields if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    others = [f.name for f in fields if pa.types.is_string_view(f.type) or pa.types.is_nested(f.type)]
    # As dictionaries: each different value is looked at once.
    with pq.ParquetFile(path, read_dictionary=names) as file:
        batches = file.iter_batches(columns=[*names, *others], use_threads=False)
        return any(_among(column, wanted) for batch in batches for column in batch.columns)


def _names_any(content: bytes, wanted: pa.Array) -> bool:
    """Whether one of the texts stands in the bytes. Of many, whatever looks like a token is looked up among them."""
    if len(wanted) <= _FEW:
        return any(token.encode() in content for token in wanted.to_pylist())
    found = pa.array(sorted({match.decode() for match in _LIKE_TOKENS.findall(content)}), pa.string())
    return bool(pc.any(pc.is_in(found, wanted)).as_py())


def _among(column: pa.Array, wanted: pa.Array) -> bool:
    """Whether one of the texts is a value, or in a list, a key or a value of a map."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _among(column.dictionary, wanted)
    if pa.types.is_map(kind):
        return _among(column.keys, wanted) or _among(column.items, wanted)
    if pa.types.is_list(kind):
        return _among(column.flatten(), wanted)
    if pa.types.is_struct(kind):
        return any(_among(part, wanted) for part in column.flatten())
    if pa.types.is_string_view(kind) or pa.types.is_large_string(kind):
        return _among(column.cast(pa.string()), wanted)
    return pa.types.is_string(kind) and bool(pc.any(pc.is_in(column, wanted)).as_py())
