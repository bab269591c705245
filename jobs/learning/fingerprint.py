"""What makes two trainings the same: day, data, settings and code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
from pydantic import BaseModel

import models


def fingerprint(day: date, frames: Iterable[pd.DataFrame], settings: Iterable[BaseModel]) -> str:
    """A digest of all that a training depends on, whatever champion it is judged against."""
    digest = hashlib.sha256(f"{day} {code_version()}".encode())
    for chosen in settings:
        digest.update(chosen.model_dump_json().encode())
    for frame in frames:
        digest.update(repr(list(frame.columns)).encode())
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:32]


@cache
def code_version() -> str:
    """A digest of the source of `models`."""
    folder = Path(models.__file__).parent
    return hashlib.sha256(b"".join(p.read_bytes() for p in sorted(folder.glob("*.py")))).hexdigest()[:12]
