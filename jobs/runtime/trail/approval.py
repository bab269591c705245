"""Somebody answers for a change: an entry that names the entry it approves."""

from __future__ import annotations

import json

from jobs.runtime.audit import read_rows
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.trail.access import user_at_work
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.entry import Entry, Row, holds
from schemas.trail import CONF_KINDS, TRAIL


def approve(settings: Settings, what: str, role: str, note: str | None = None) -> Row:
    """Approves the last change of a file of conf/ or of a model's champion; returns the entry that is approved.

    A change of conf/ that no run has told yet is told first. ValueError where the trail tells of no such thing, or
    where its last change is approved by this role already.
    """
    store = Store(str(settings.lake))
    trail = Trail(store, settings.anchors, read_conf(settings.conf), "")
    trail.tell_conf()
    rows = sorted((r for r in read_rows(store, TRAIL) if holds(r)), key=lambda r: (r["day"], r["seq"]))
    changes = [r for r in rows if r["kind"] in (*CONF_KINDS, "model")]
    mine = [r for r in changes if r["subject"] == what]
    if not mine:
        known = ", ".join(sorted({r["subject"] for r in changes})[:12])
        raise ValueError(f"the trail tells of no change of {what}; it does of {known}, …")
    last = mine[-1]
    given = [json.loads(r["detail"]) for r in rows if r["kind"] == "approval" and r["subject"] == what]
    if any((g["hash"], g["role"]) == (last["hash"], role) for g in given):
        raise ValueError(f"the last change of {what} is approved by the role {role} already")
    detail = {"role": role, "by": user_at_work(), "day": str(last["day"]), "seq": last["seq"], "hash": last["hash"]}
    trail.append(Entry("approval", what, {**detail, "note": note}))
    return last
