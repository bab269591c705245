from __future__ import annotations

import pytest
from deltalake.exceptions import CommitFailedError
from pyspark.errors import PySparkException

from jobs.runtime.commits import again_on_conflict


class Write:
    """A write that others are in the way of, as often as there are errors."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tried = 0

    def __call__(self) -> None:
        self.tried += 1
        if self.errors:
            raise self.errors.pop(0)


@pytest.mark.parametrize(
    "error",
    [
        CommitFailedError("a commit came between"),
        PySparkException("Failed to commit transaction: 1"),
        PySparkException("[DELTA_CONCURRENT_APPEND] files were added"),
    ],
    ids=["deltalake", "sail", "spark"],
)
def test_write_is_tried_again_after_anothers_commit(error: Exception) -> None:
    write = Write(error)
    again_on_conflict(write)
    assert write.tried == 2


def test_any_other_error_is_told_at_once() -> None:
    write = Write(PySparkException("no space left on device"))
    with pytest.raises(PySparkException, match="no space left"):
        again_on_conflict(write)
    assert write.tried == 1


def test_conflict_without_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.runtime.commits.time.sleep", lambda seconds: None)
    write = Write(*[CommitFailedError("again")] * 100)
    with pytest.raises(CommitFailedError, match="again"):
        again_on_conflict(write)
    assert 5 < write.tried < 100
