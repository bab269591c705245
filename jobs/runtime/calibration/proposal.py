"""What was proposed, as the tables have it, and what would hold if it were approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from features.rule import nearest
from jobs.runtime.audit import read_rows
from jobs.runtime.calibration.in_force import Approval, ApprovedNumber, Held, InForce
from jobs.runtime.store import Store
from schemas.calibration import CALIBRATION_MOVE, CALIBRATION_PROPOSAL

Row = Mapping[str, Any]


class NoSuchProposal(ValueError):
    """An id that no table has, or has no longer."""


@dataclass(frozen=True)
class Proposal:
    """All numbers of one proposal, measured on a day, and what would move."""

    id: str
    day: date
    numbers: tuple[Row, ...]
    moves: tuple[Row, ...] = field(default=())

    @property
    def proposed(self) -> tuple[Row, ...]:
        return tuple(r for r in self.numbers if r["outcome"] == "proposed")


def read_proposals(store: Store) -> list[Proposal]:
    """Every proposal there is, the newest first; what they would move is left out."""
    by_id: dict[str, list[Row]] = {}
    for row in read_rows(store, CALIBRATION_PROPOSAL):
        by_id.setdefault(row["proposal_id"], []).append(row)
    found = [Proposal(name, rows[0]["as_of_date"], _sorted(rows)) for name, rows in by_id.items()]
    return sorted(found, key=lambda p: (p.day, p.id), reverse=True)


def read_proposal(store: Store, proposal_id: str) -> Proposal:
    """One proposal with all it says; NoSuchProposal where it was made anew since, or never was."""
    rows = read_rows(store, CALIBRATION_PROPOSAL, ("proposal_id", "=", proposal_id))
    if not rows:
        known = [p.id for p in read_proposals(store)]
        newer = next((i for i in known if i[:10] == proposal_id[:10]), None)
        hint = f"; the day was measured anew since: {newer}" if newer else nearest(proposal_id, known)
        raise NoSuchProposal(f"no proposal {proposal_id}{hint} (cameo calibration list)")
    moves = read_rows(store, CALIBRATION_MOVE, ("proposal_id", "=", proposal_id))
    ordered = sorted(moves, key=lambda r: (r["kind"], r["code"]))
    return Proposal(proposal_id, rows[0]["as_of_date"], _sorted(rows), tuple(ordered))


def _sorted(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda r: (r["of"], r["number"])))


def as_approved(rows: Iterable[Row]) -> tuple[ApprovedNumber, ...]:
    """Rows of audit.calibration_proposal as conf/calibrated has them."""
    return tuple(
        ApprovedNumber(of=r["of"], number=r["number"], declared=r["declared"], was=r["in_force"], becomes=r["proposed"])
        for r in rows
    )


def trial(now: InForce, proposed: Iterable[Row]) -> InForce:
    """What holds now, with the proposed numbers over it."""
    numbers = as_approved(proposed)
    nobody = Approval(
        proposal="0001-01-01-00000000", since=date.min, by="-", why="-", approved_at="0001-01-01", numbers=numbers
    )
    return InForce({**now.held, **{(n.of, n.number): Held(n, nobody, Path("a trial")) for n in numbers}})
