"""Somebody says yes or no to a proposal. Yes writes a file of conf/calibrated; both stand in the audit trail."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

from features.rule import nearest
from jobs.learning.groups_in_use import tell_approved
from jobs.runtime.audit import read_rows
from jobs.runtime.calibration.declared import VALUE_TIERS_FILE, declared_tags, mark_of
from jobs.runtime.calibration.in_force import (
    GROUPS,
    VALUE_TIERS,
    Approval,
    ApprovedNumber,
    calibrated_folder,
    load_approved,
)
from jobs.runtime.calibration.proposal import Row, as_approved, read_proposal
from jobs.runtime.conf_file import ConfError
from jobs.runtime.declarations import load_audiences, load_policy, load_tags, load_value_tiers
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.tag_texts import read_exactly
from jobs.runtime.trail.access import user_at_work
from jobs.runtime.trail.approval import approve as approve_change
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.entry import Entry, holds
from schemas.gold.tag import TAG_DAY
from schemas.trail import TRAIL

ROLE = "calibration"
_HEAD = """\
# Written by `cameo calibration approve`: from `since` on these numbers hold instead of those that conf/ declares.
# Days before keep theirs. Leave the file as it is; `until: <day>` ends it.
"""


class Refused(ValueError):
    """A decision that cannot be taken; the text says why and what would do."""


@dataclass(frozen=True)
class Decision:
    """What was said about a proposal, as the trail has it."""

    proposal: str
    verdict: str
    by: str
    why: str
    day: date


@dataclass(frozen=True)
class InForceFrom:
    """What an approval did: its file, from which day on, and which numbers take the place of approved ones."""

    file: Path
    since: date
    numbers: tuple[ApprovedNumber, ...]
    replaced: tuple[str, ...]


def decisions(store: Store) -> dict[str, Decision]:
    """The decisions taken so far, by proposal."""
    rows = sorted(read_rows(store, TRAIL, ("kind", "=", "calibration")), key=lambda r: (r["day"], r["seq"]))
    told = [(r, json.loads(r["detail"])) for r in rows if holds(r)]
    return {r["subject"]: Decision(r["subject"], d["verdict"], d["by"], d["why"], r["day"]) for r, d in told}


def reject(settings: Settings, proposal_id: str, by: str, why: str) -> None:
    """Says no: this proposal can never come into force."""
    store = Store(str(settings.lake))
    read_proposal(store, proposal_id)
    _refuse_unsaid(by, why)
    _refuse_decided(store, proposal_id)
    _tell(settings, proposal_id, {"verdict": "rejected", "by": by, "why": why})


def approve(
    settings: Settings, proposal_id: str, by: str, why: str, since: date | None = None, only: Collection[str] = ()
) -> InForceFrom:
    """Puts a proposal, or the numbers of those it names `only`, in force from a day on: no day that is derived yet.

    Refused where conf/ declares anything of it otherwise than when it was measured.
    """
    store = Store(str(settings.lake))
    proposal = read_proposal(store, proposal_id)
    _refuse_unsaid(by, why)
    _refuse_decided(store, proposal_id)
    rows = _wanted(proposal.proposed, only)
    _refuse_outdated(settings, rows)
    begins = _first_free_day(store, proposal.day, since)
    replaced = _replaced(settings, rows)
    numbers = as_approved(rows)
    approval = Approval(
        proposal=proposal_id, since=begins, by=by, why=why,
        approved_at=datetime.now(UTC).isoformat(timespec="microseconds"), numbers=numbers,
    )  # fmt: skip
    file = _put_in_force(settings, approval)
    try:
        approve_change(settings, file.relative_to(settings.conf).as_posix(), ROLE, f"{by}: {why}")
    except BaseException:
        file.unlink()
        raise
    for group in (n for n in numbers if n.of == GROUPS):
        tell_approved(settings, f"{group.becomes:.0f}", begins)
    _tell(settings, proposal_id, {"verdict": "approved", "by": by, "why": why, "since": str(begins)})
    return InForceFrom(file, begins, numbers, replaced)


def _refuse_unsaid(by: str, why: str) -> None:
    missing = [name for name, said in (("--by", by), ("--why", why)) if not said.strip()]
    if missing:
        raise Refused(f"{' and '.join(missing)} must say something: who answers for this, and for what reason")


def _refuse_decided(store: Store, proposal_id: str) -> None:
    if found := decisions(store).get(proposal_id):
        raise Refused(f"{proposal_id} was {found.verdict} by {found.by} on {found.day}: {found.why}")


def _wanted(proposed: Sequence[Row], only: Collection[str]) -> list[Row]:
    codes = {r["of"] for r in proposed}
    if not proposed:
        raise Refused("there is nothing to approve: every number fits as it is, or was measured on too few users")
    if strange := sorted(set(only) - codes):
        raise Refused(f"nothing is proposed for {', '.join(strange)}{nearest(strange[0], codes)}")
    return [r for r in proposed if not only or r["of"] in only]


def _refuse_outdated(settings: Settings, rows: Sequence[Row]) -> None:
    """The measure was taken of a rule; another rule was not measured."""
    texts = {code: d.text for code, d in declared_tags(settings.conf).items()}
    texts[VALUE_TIERS] = read_exactly(settings.conf / VALUE_TIERS_FILE)
    of_files = [r for r in rows if r["of"] != GROUPS]
    other = sorted({r["of"] for r in of_files if mark_of(texts.get(r["of"], "")) != r["declaration"]})
    if other:
        raise Refused(
            f"outdated: {', '.join(other)} is declared otherwise than when this was measured. Measure anew: cameo run "
            "propose_calibration --day …; or approve the others by --only"
        )


def _first_free_day(store: Store, measured_on: date, asked: date | None) -> date:
    derived = max((r["as_of_date"] for r in read_rows(store, TAG_DAY)), default=measured_on)
    first = max(derived, measured_on) + timedelta(days=1)
    if asked and asked < first:
        raise Refused(
            f"--from {asked}: days up to {first - timedelta(days=1)} are derived by the numbers of their time and stay "
            f"as they are; the first day that is free is {first}"
        )
    return asked or first


def _replaced(settings: Settings, rows: Sequence[Row]) -> tuple[str, ...]:
    """Numbers approved since this was measured: this approval, the later one, wins, if its step is not too far now."""
    held = load_approved(settings).on().held
    said = []
    for row in rows:
        found = held.get((row["of"], row["number"]))
        if found is None or found.number.becomes == row["in_force"]:
            continue
        now = found.number.becomes
        if abs(row["proposed"] - now) > row["largest_step"] * (1 + 1e-9):
            raise Refused(
                f"outdated: {row['of']} {row['number']} is {now:g} by {found.approval.proposal} since, from where "
                f"{row['proposed']:g} is more than the largest step of {row['largest_step']:g}; measure anew"
            )
        said.append(
            f"{row['of']} {row['number']}: {row['proposed']:g} takes the place of {now:g} of {found.approval.proposal}"
        )
    return tuple(said)


def _put_in_force(settings: Settings, approval: Approval) -> Path:
    """Writes the file, and takes it away again where conf/ would not be valid with it."""
    folder = calibrated_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{approval.proposal}.yml"
    if file.exists():
        raise Refused(f"{file} is there already")
    said = approval.model_dump(mode="python", exclude_none=True)
    said["numbers"] = [n.model_dump() for n in approval.numbers]
    file.write_text(_HEAD + yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
    try:
        in_force = load_approved(settings).on()
        load_value_tiers(settings.conf, in_force)
        load_audiences(settings.conf, load_tags(settings.conf, in_force), load_policy(settings.conf))
    except ConfError as error:
        file.unlink()
        raise ConfError(f"{approval.proposal} would make conf/ invalid and was not put in force:\n{error}") from None
    return file


def _tell(settings: Settings, proposal_id: str, said: dict[str, str]) -> None:
    trail = Trail(Store(str(settings.lake)), settings.anchors, read_conf(settings.conf), "")
    trail.tell_conf()
    trail.append(Entry("calibration", proposal_id, {**said, "account": user_at_work()}))
