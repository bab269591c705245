"""Looks that no job takes: a person at a keyboard reads tables, or asks what is known of somebody."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
from typing import Any

from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.entry import Entry
from schemas.tables import TABLES

_NAME = re.compile(r"\b[a-z]+\.[a-z_]+\b")


def tell_access(settings: Settings, what: str, **detail: Any) -> None:
    """Adds who looks, and at what, before anything is shown; `detail` holds no personal data."""
    trail = Trail(Store(str(settings.lake)), settings.anchors, read_conf(settings.conf), "")
    trail.tell_conf()
    trail.append(Entry("access", what, {"by": user_at_work(), **detail}))


def tell_query(settings: Settings, what: str, query: str) -> None:
    """As `tell_access`, of a query: the tables it names and its hash, since its text may name a person."""
    tables = sorted({name for name in _NAME.findall(query) if name in TABLES})
    tell_access(settings, what, tables=tables, query_sha256=hashlib.sha256(query.encode()).hexdigest())


def user_at_work() -> str:
    """Whose account of the machine this is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
