"""What breaks around a job, in words: what it was, where, and what to do. The engines' own pages stay as the cause.

After each of these the same run again makes what it would have made: a job's slice is there whole or not at all.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.runtime.store import Store
    from schemas.table import Table

_PATH = re.compile(r"/?((?:[\w.=+-]+/){2,}[\w.=+-]*\w)")
_FULL = re.compile(r"No space left on device|Disk quota exceeded|os error (28|122)\b|File too large")
_NOT_ALLOWED = re.compile(r"Read-only file system|Permission denied|Operation not permitted|os error (1|13|30)\b")
_ENGINE_GONE = re.compile(r"StatusCode\.UNAVAILABLE|Socket closed|Connection (refused|reset)")
_DAMAGED = re.compile(
    r"[Pp]arquet (argument )?error|FAILED_READ_FILE|CANNOT_READ_FILE_FOOTER|Could not read footer|[Cc]orrupt snappy|"
    r"[Pp]arquet magic bytes|is not a Parquet file|snappy: corrupt|Missing commit file|Object at location .* not found"
)
_FULL_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_ALLOWED_NUMBERS = (errno.EROFS, errno.EACCES, errno.EPERM)
_AGAIN = "then run the same again; what was there before is whole"
BACK = (
    "put it back from a backup, then run the same again; without one take the table's folder away and run the jobs "
    "that write it (`cameo jobs`) for all its days"
)


class Fault(RuntimeError):
    """Something around the job broke; the text says where and what to do."""


class DiskFull(Fault):
    """There is no room to write."""


class NotAllowed(Fault):
    """A file or folder cannot be read or written by us."""


class EngineGone(Fault):
    """The engine ended under a run."""


class TableDamaged(Fault):
    """A data file or the log of a table is not what was written."""


Search = Callable[[], str | None]


@contextmanager
def in_plain_words(near: Path, damage: Search = lambda: None) -> Iterator[None]:
    """Raises what breaks inside as a Fault, with the original as its cause; what is no such thing goes through.

    `near` is told where an engine does not say which file it means. `damage` is asked for the damaged file when a table
    cannot be read: not every reader names it.
    """
    try:
        yield
    except Exception as error:
        fault = explained(error, near, damage)
        if fault is None:
            raise
        raise fault from error


def explained(error: Exception, near: Path | None = None, damage: Search = lambda: None) -> Fault | None:
    """The fault behind an error, or None when it is ours already or of another kind."""
    if type(error).__module__.startswith("jobs."):
        return None
    text, number = str(error), error.errno if isinstance(error, OSError) else None
    if number in _FULL_NUMBERS or _FULL.search(text):
        return DiskFull(f"no room left to write {_place(error, _FULL, near)}: make some, {_AGAIN}")
    if number in _NOT_ALLOWED_NUMBERS or _NOT_ALLOWED.search(text):
        why = "it is on a read-only file system" if "ead-only" in text else "the permission is missing"
        return NotAllowed(f"{_place(error, _NOT_ALLOWED, near)} cannot be read or written, {why}: mend that, {_AGAIN}")
    if _ENGINE_GONE.search(text):
        return EngineGone(
            f"the engine ended while it was at work (killed, out of memory, its host gone): see to that, {_AGAIN}"
        )
    if _DAMAGED.search(text):
        told = f"a file of a table is damaged or gone, {_place(error, _DAMAGED, near)}: {BACK}"
        return TableDamaged(damage() or told)
    return None


def _place(error: Exception, what: re.Pattern[str], near: Path | None) -> str:
    """The path in the line that says what broke; never more of the text."""
    if isinstance(error, OSError) and error.filename:
        return str(error.filename)
    line = next((line for line in str(error).splitlines() if what.search(line)), "")
    found = _PATH.search(line)
    return f"/{found.group(1)}" if found else f"below {near}" if near else "(no file was named)"


def damaged_file(store: Store, tables: Sequence[Table]) -> str | None:
    """The first data file of the tables on a disk that cannot be read to its end, told with its table."""
    here = [t for t in tables if "://" not in store.root and store.exists(t)]
    for table in here:
        for path in sorted(store.open(table).file_uris()):
            if not _reads(Path(path)):
                return f"table {table.name} is damaged, {path} cannot be read: {BACK}"
    return None


def _reads(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (OSError, pa.ArrowException):
        return False
    return True
