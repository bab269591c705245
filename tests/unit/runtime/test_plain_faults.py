"""What the engines and libraries say when something around them breaks, and what becomes of it."""

from __future__ import annotations

import errno
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from deltalake.exceptions import DeltaError
from pyspark.errors import PySparkException

from jobs.runtime.faults import DiskFull, EngineGone, NotAllowed, TableDamaged, explained, in_plain_words
from jobs.runtime.trail.anchors import read_anchors, write_anchor
from jobs.runtime.trail.entry import Last

PART = "bronze/review/part-0001.snappy.parquet"
SAID = [
    (OSError(errno.ENOSPC, "No space left on device", "/lake/x"), DiskFull, "/lake/x"),
    (PySparkException(f"Generic LocalFileSystem error: Unable to open file /lake/{PART}#1: No space left on device "
                      "(os error 28)"), DiskFull, f"/lake/{PART}"),
    (PySparkException("Job aborted: java.io.IOException: No space left on device"), DiskFull, "(no file was named)"),
    (OSError(errno.EROFS, "Read-only file system", "/lake/x"), NotAllowed, "/lake/x cannot be read or written, it is"),
    (DeltaError(f"Failed to parse parquet: Unable to open file /lake/{PART}#1: Permission denied (os error 13)"),
     NotAllowed, f"/lake/{PART} cannot be read or written, the permission is missing"),
    (PySparkException('Traceback:\n  File "/env/lib/worker.py", line 1\nPermissionError: [Errno 13] Permission denied: '
                      "'/landing/review/a.csv'"), NotAllowed, "/landing/review/a.csv cannot be read"),
    (PySparkException('<_InactiveRpcError: status = StatusCode.UNAVAILABLE, details = "connect: Connection refused">'),
     EngineGone, "the engine ended"),
    (PySparkException(f"Parquet error: Failed to fetch metadata for file lake/{PART}: Corrupt footer"), TableDamaged,
     f"/lake/{PART}"),
    (PySparkException("Parquet argument error: External: snappy: corrupt input"), TableDamaged, "the found one"),
    (PySparkException(f"[FAILED_READ_FILE.NO_HINT] file:///lake/{PART}"), TableDamaged, f"/lake/{PART}"),
    (PySparkException("Missing commit file: expected version 0, found 1"), TableDamaged, "the found one"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "told"), SAID, ids=[f"{k.__name__} {n}" for n, (_, k, _) in enumerate(SAID)])
def test_what_breaks_is_told_by_kind_and_place(error: Exception, kind: type[Exception], told: str) -> None:
    fault = explained(error, None, lambda: "the found one" if told.startswith("the found") else None)
    assert type(fault) is kind
    assert told in str(fault)
    assert "run the same again" in str(fault) or kind is TableDamaged


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a row of 张三 is odd"),
        PySparkException("[DIVIDE_BY_ZERO] Division by zero"),
        TableDamaged("silver.x"),
    ],
    ids=["a bug", "a query", "ours already"],
)
def test_what_is_no_fault_of_the_surroundings_stays_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, in_plain_words(Path("lake")):
        raise error
    assert raised.value is error


def test_the_words_of_a_fault_hold_nothing_of_the_error_but_a_path() -> None:
    fault = explained(PySparkException("row {name: 张三, phone: 13912345678}: No space left on device"))
    assert "张三" not in str(fault)
    assert "139" not in str(fault)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may grow beyond it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_an_anchor_that_does_not_fit_on_the_disk_leaves_no_half_line(tmp_path: Path) -> None:
    day = date(2026, 1, 5)
    write_anchor(tmp_path, Last(day, 0, "a" * 64, "c"))
    size = (tmp_path / f"{day}.jsonl").stat().st_size
    with room_for(size + 20), pytest.raises(OSError, match="No space left"):
        write_anchor(tmp_path, Last(day, 1, "b" * 64, "c"))
    write_anchor(tmp_path, Last(day, 2, "d" * 64, "c"))
    anchors, broken = read_anchors(tmp_path)
    assert ([a.entries for a in anchors], broken) == ([1, 3], [])
