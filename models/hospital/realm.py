"""Everything that exists in the simulated hospital on a day, handed to whoever makes a feed of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.hospital.accounts import Accounts, number
from models.hospital.calendar import Calendar
from models.hospital.columns import MISSING, Coded, Numbered
from models.hospital.doctors import Doctors
from models.hospital.hidden import State
from models.hospital.people import People
from models.hospital.streams import Array, Ints, stream
from models.hospital.traits import RELATIONS, Traits
from models.hospital.words import Words

APP_VERSIONS = ("5.8.2", "5.9.0", "6.0.1")


@dataclass
class Realm:
    """The state of the world; `last_visit` and `last_doctor` are by account, -10**6 and -1 where there is none.

    `agrees`: accepts marketing messages today. `pages`: addresses of the web pages.
    """

    seed: int
    calendar: Calendar
    people: People
    accounts: Accounts
    traits: Traits
    state: State
    doctors: Doctors
    words: Words
    last_visit: Ints
    last_doctor: Ints
    agrees: Array
    pages: tuple[str, ...]

    def rng(self, name: str, day: int) -> np.random.Generator:
        return stream(self.seed, name, day)

    def ids(self, day: int, size: int, prefix: str, room: int = 10**6, first: int = 0) -> Numbered:
        """Running numbers that begin anew each day and are never given twice."""
        return Numbered(prefix, (self.calendar.ordinal + day) * room + first + np.arange(size, dtype=np.int64), 11)

    def patient_relation(self, accounts: Array, patients: Array) -> Ints:
        """Index into RELATIONS of a patient as seen from an account."""
        out = np.zeros(len(accounts), dtype=np.int64)
        for i, relation in enumerate(RELATIONS[1:], start=1):
            out[(getattr(self.accounts, relation)[accounts] == patients) & (patients >= 0)] = i
        return out

    def version(self, accounts: Array, day: int) -> Ints:
        """Index into APP_VERSIONS of what runs on an account's phone."""
        new = day >= self.accounts.updates_app[accounts]
        return np.where(new, 2, np.where(accounts % 3 == 0, 0, 1)).astype(np.int64)


def account_ids(accounts: Array) -> Numbered:
    """Account numbers as they stand in every export; -1 is nobody."""
    return Numbered("U", np.where(accounts < 0, MISSING, number(accounts)), 9)


def member_ids(persons: Array) -> Numbered:
    return Numbered("M", np.where(persons < 0, MISSING, 500_000 + persons * 3), 9)


def device_ids(devices: Array) -> Numbered:
    return Numbered("DV", np.where(devices < 0, MISSING, devices * 13 + 70_000_000), 10)


HUB_DEVICE = 10**7
"""Hubs' devices are numbered from here on."""


def constant(text: str, size: int) -> Coded:
    return Coded((text,), np.zeros(size, dtype=np.int64))


def registration_millis(realm: Realm, accounts: Array) -> Ints:
    """A registration's time of day follows from the account's number; the first visit comes after it."""
    a = realm.accounts
    return np.asarray(
        (realm.calendar.ordinal + a.registered[accounts]) * 86_400_000 + (21_600 + accounts * 7919 % 57_600) * 1000,
        dtype=np.int64,
    )
