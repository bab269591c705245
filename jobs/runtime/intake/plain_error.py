"""Errors in front of the door, where records are as they came: what failed is told, not what it stumbled over."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from pyspark.errors import PySparkException

from jobs.runtime.faults import Search, explained

_PLACE = re.compile(r'File "[^"]*?((?:jobs|features)/[a-z_/]+\.py)", line ([0-9]+)')
_KIND = re.compile(r"^(?:[a-z_]+\.)*([A-Z][A-Za-z]*(?:Error|Exception|Invalid))\b", re.MULTILINE)


class IntakeFailed(RuntimeError):
    """The engine or a library failed while records were as they came."""


@contextmanager
def without_records(near: Path, damage: Search) -> Iterator[None]:
    """Raises a Fault or IntakeFailed for what engines and libraries raise: their words quote values and lines.

    `near` and `damage` are as for jobs.runtime.faults.
    """
    try:
        yield
    except (PySparkException, pa.ArrowException, UnicodeError, csv.Error) as error:
        raise explained(error, near, damage) or IntakeFailed(_told(error)) from None


def _told(error: BaseException) -> str:
    """The kinds of error and the places in our code."""
    words = str(error)
    kinds = dict.fromkeys([type(error).__name__, *_KIND.findall(words)])
    condition = error.getCondition() if isinstance(error, PySparkException) else None
    places = dict.fromkeys(f"{file}:{line}" for file, line in _PLACE.findall(words))
    told = ", ".join([*kinds, *([condition] if condition else [])])
    where = f" at {', '.join(places)}" if places else ""
    return (
        f"the files could not be read: {told}{where}. What was said of it is left out, since it may quote a record; "
        "`cameo source check` shows, masked, what is wrong with a file"
    )
