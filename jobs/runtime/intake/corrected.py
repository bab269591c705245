"""What a corrected file changed, told from the two files: the same whenever it is asked."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.runtime.intake.unpack import Form, open_lines, parquet_source, whole_lines


def what_changed(old: Path, new: Path, member: str, form: Form) -> str:
    """The end of a sentence, with numbers only; nothing where one of the two cannot be read."""
    try:
        before, now = (Counter(map(hash, _records(path, member, form))) for path in (old, new))
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, pa.ArrowException):
        return ""
    gone, come = (before - now).total(), (now - before).total()
    return f": {before.total():,} lines before, {now.total():,} now, {gone:,} of the old gone or changed, {come:,} new"


def _records(path: Path, member: str, form: Form) -> Iterator[bytes | str]:
    if form.format == "parquet":
        with pq.ParquetFile(parquet_source(path, member)) as file:
            for batch in file.iter_batches():
                yield from (str(row) for row in batch.to_pylist())
        return
    with open_lines(path, member, form) as lines:
        for block in whole_lines(lines):
            yield from (line for raw in block.split(b"\n") if (line := raw.strip()))
