"""Which calibrated numbers hold on a day: the files of conf/calibrated/<hospital>, laid over what conf/ declares.

A day that is run again finds the numbers of its own time: an approval holds from a day on, and no file that was
in force before is changed by it. Of two approvals that name the same number the later one holds, from its day on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from jobs.runtime.calibration.places import NoSuchNumber, number_at, with_numbers
from jobs.runtime.conf_file import ConfError, ConfFile, Strict
from jobs.runtime.settings import Settings
from jobs.runtime.tag_texts import entries_of

VALUE_TIERS = "value_tiers"
GROUPS = "model segments"


class ApprovedNumber(Strict):
    """One number: of which tag, file or model, under which key, what conf/ says and what holds instead."""

    of: str
    number: str
    declared: float
    was: float
    becomes: float


class Approval(Strict):
    """conf/calibrated/<hospital>/<proposal>.yml. `until` ends it: from that day on it no longer counts."""

    proposal: str = Field(pattern=r"^\d{4}-\d\d-\d\d-[0-9a-f]{8}$")
    since: date
    until: date | None = None
    by: str = Field(min_length=1)
    why: str = Field(min_length=1)
    approved_at: str
    numbers: tuple[ApprovedNumber, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_number_once(self) -> Self:
        datetime.fromisoformat(self.approved_at)
        keys = [(n.of, n.number) for n in self.numbers]
        if doubled := sorted({f"{of}, {key}" for of, key in keys if keys.count((of, key)) > 1}):
            raise ValueError(f"numbers that stand here twice: {'; '.join(doubled)}")
        return self

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Held:
    """A number in force, the approval it comes from, and the file that has it."""

    number: ApprovedNumber
    approval: Approval
    file: Path


@dataclass(frozen=True)
class InForce:
    """The calibrated numbers of one day, by what they are of and their key."""

    held: Mapping[tuple[str, str], Held] = field(default_factory=dict)

    def tag_file(self, path: Path, text: str) -> str:
        """The text of a tag file with the numbers that hold instead of those it declares."""
        for entry in reversed(entries_of(path, text) if self.held else []):
            told = self._with(entry.code, text[entry.start : entry.end])
            text = text[: entry.start] + told + text[entry.end :]
        return text

    def value_tiers(self, text: str) -> str:
        """The text of conf/value_tiers.yml, likewise."""
        return self._with(VALUE_TIERS, text)

    @property
    def groups(self) -> str | None:
        """The version of the groups' model that was approved; None while the first one is in use."""
        found = self.held.get((GROUPS, "version"))
        return None if found is None else f"{found.number.becomes:.0f}"

    def since(self, of: str) -> date | None:
        """From which day on all numbers of a tag are what they are now."""
        days = [h.approval.since for (name, _), h in self.held.items() if name == of]
        return max(days, default=None)

    def _with(self, of: str, text: str) -> str:
        mine = {key: held for (name, key), held in self.held.items() if name == of}
        for key, held in mine.items():
            _refuse_another(held, key, text)
        return with_numbers(text, {key: held.number.becomes for key, held in mine.items()}) if mine else text


def _refuse_another(held: Held, key: str, text: str) -> None:
    """Somebody changed by hand what an approval has replaced: which of the two is meant is for them to say."""
    of, declared = held.number.of, held.number.declared
    try:
        found = number_at(text, key)
    except NoSuchNumber as error:
        raise ConfError(f"{held.file}: {of}: {error}; add `until: <day>` to end this calibration") from None
    if found != declared and held.approval.until is None:
        raise ConfError(
            f"{held.file}: {of} declares {key} as {found:g}, but was {declared:g} when {held.number.becomes:g} was "
            f"approved. If the declared number is to hold, add `until: <day>` there; if not, declare {declared:g} again"
        )


@dataclass(frozen=True)
class Approved:
    """All approvals of one hospital, in the order in which they were given."""

    files: Sequence[tuple[Path, Approval]] = ()

    def on(self, day: date | None = None) -> InForce:
        """What holds on a day; without one, what will hold once all that is approved has come into force."""
        held: dict[tuple[str, str], Held] = {}
        for file, approval in self.files:
            if approval.until is None if day is None else approval.holds_on(day):
                held |= {(n.of, n.number): Held(n, approval, file) for n in approval.numbers}
        return InForce(held)


def calibrated_folder(settings: Settings) -> Path:
    """Where approvals are kept: numbers that were measured on one hospital's users hold for it alone."""
    return settings.conf / "calibrated" / settings.hospital.name


def load_approved(settings: Settings) -> Approved:
    """Every approval of the hospital; none where there is no folder."""
    found = []
    for path in sorted(calibrated_folder(settings).glob("*.yml")):
        source = ConfFile(path)
        approval = source.to(Approval)
        if approval.proposal != path.stem:
            source.refuse([source.wrong(("proposal",), f"{path.stem}, as the file is named", approval.proposal)])
        found.append((path, approval))
    return Approved(sorted(found, key=lambda pair: (datetime.fromisoformat(pair[1].approved_at), pair[1].proposal)))
