"""One commit among others' commits to the same table."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

from deltalake.exceptions import CommitFailedError
from pyspark.errors import PySparkException

_ATTEMPTS = 12
_CONFLICT = re.compile(
    "Failed to commit transaction|Missing commit file|DELTA_CONCURRENT|Concurrent[A-Z][a-z]+Exception"
)


def again_on_conflict(write: Callable[[], object]) -> None:
    """A write, tried again when another run committed to the table meanwhile.

    Sail gives up on any commit in between, even to another partition; Spark and deltalake on one that touches what
    was read. `write` must replace its own slice, merge by key, or look at the table anew each time: then it is as
    right after the other's commit as before.
    """
    for attempt in range(_ATTEMPTS):
        try:
            write()
            return
        except (PySparkException, CommitFailedError) as error:
            conflict = isinstance(error, CommitFailedError) or _CONFLICT.search(str(error))
            if attempt + 1 == _ATTEMPTS or not conflict:
                raise
        time.sleep(random.uniform(0.05, 0.2) * 2 ** min(attempt, 4))  # noqa: S311 - parts two runs, guards nothing
