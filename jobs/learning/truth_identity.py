"""Who is who in truth, beside who is who by our tables. Nothing but jobs.evaluate_against_truth imports this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from jobs.learning.judging import Figure
from jobs.runtime.declarations import load_identity_rules
from jobs.runtime.job import Run
from jobs.runtime.keys import hospital_key
from models.identity_quality import Share, found_shares, link_shares, pair_shares
from schemas.silver.consultation_patient import CONSULTATION_PATIENT
from schemas.silver.device_account import DEVICE_ACCOUNT
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_hub import IDENTITY_HUB
from schemas.silver.patient import PATIENT
from schemas.silver.patient_link import PATIENT_LINK
from schemas.table import Table

IDENTITY_READ = (IDENTITY, IDENTITY_HUB, DEVICE_ACCOUNT, CONSULTATION_PATIENT, PATIENT, PATIENT_LINK)
# What is wanted of each figure: at least this, and of false hubs at most.
WANTED = {
    "pair_precision": 0.998,
    "pair_recall": 0.98,
    "device_precision": 0.98,
    "patient_precision": 0.97,
    "patient_told": 0.95,
    "hub_recall": 0.95,
    "false_hub_share": 0.01,
}


@dataclass(frozen=True)
class Known:
    """The truth's tables with our tokens, and the day's persons."""

    accounts: pd.DataFrame
    devices: pd.DataFrame
    consultations: pd.DataFrame
    members: pd.DataFrame
    persons: pd.DataFrame


def identity_figures(run: Run) -> list[Figure]:
    """How well persons, patients and hubs of the day are told, each figure beside what is wanted of it."""
    known = _known(run, run.settings.truth)
    shares = {**_pairs(known), **_devices(known), **_patients(run, known), **_hubs(run, known)}
    wanted: dict[str, float | None] = {**WANTED}
    linking = load_identity_rules(run.settings.conf).patient_linking
    if linking.is_on:
        shares |= _links(run, known)
        # As many as the probabilities promise; how many there are to be found is not known beforehand.
        wanted |= {"patient_link_precision": linking.threshold, "patient_link_recall": None}
    return [
        Figure(name, share.value, "wanted", wanted[name], "truth", run.day, f"{share.part} of {share.whole}")
        for name, share in shares.items()
        if share.value is not None
    ]


def _known(run: Run, folder: Path) -> Known:
    key = hospital_key(run.settings.keys, run.settings.hospital.name).read()
    accounts = pd.read_parquet(folder / "account.parquet", columns=["account_id", "account", "person", "kind"])
    accounts["actor_id"] = [key.token("account", one) for one in accounts["account_id"]]
    devices = pd.read_parquet(folder / "device_owner.parquet", columns=["device_id", "person", "kind"])
    devices["actor_id"] = [key.token("device", one) for one in devices["device_id"]]
    people = pd.read_parquet(folder / "person.parquet", columns=["person", "member_id"])
    people["patient_id"] = ["p" + key.token("member", one)[:31] for one in people["member_id"]]
    asked = pd.read_parquet(folder / "consultation.parquet", columns=["consultation_id", "account", "patient_person"])
    owned = accounts[["account", "person"]]
    patients = people.rename(columns={"person": "patient_person", "patient_id": "true_patient_id"})
    asked = asked.merge(owned, on="account").merge(patients, on="patient_person")
    return Known(accounts, devices, asked, people, _of_day(run, IDENTITY))


def _of_day(run: Run, table: Table) -> pd.DataFrame:
    return run.read(table, since=run.day, until=run.day).toPandas()


def _pairs(known: Known) -> dict[str, Share]:
    """Of any two accounts said to be one person's, how many are; of those that are, how many are said to be."""
    both = known.persons.merge(known.accounts, on="actor_id")
    precision, recall = pair_shares(both["user_id"], both["person"])
    return {"pair_precision": precision, "pair_recall": recall}


def _devices(known: Known) -> dict[str, Share]:
    """Of devices said to be one person's, how many that person does use."""
    held = known.persons.merge(known.accounts[["actor_id", "person"]], on="actor_id")[["user_id", "person"]]
    given = known.persons[(known.persons["actor_kind"] == "device") & known.persons["user_id"].notna()]
    users = given.merge(held.drop_duplicates(), on="user_id").merge(known.devices, on=["actor_id", "person"])
    return {"device_precision": Share(users["actor_id"].nunique(), len(given))}


def _patients(run: Run, known: Known) -> dict[str, Share]:
    """Of consultations whose patient is told, how many are right; and how many are told at all."""
    both = _of_day(run, CONSULTATION_PATIENT).merge(known.consultations, on="consultation_id")
    told = both[both["told_by"] != "nothing"]
    is_holder = told["patient_id"] == told["user_id"]
    right = (is_holder & (told["patient_person"] == told["person"])) | (
        ~is_holder & (told["patient_id"] == told["true_patient_id"])
    )
    return {"patient_precision": Share(int(right.sum()), len(told)), "patient_told": Share(len(told), len(both))}


def _hubs(run: Run, known: Known) -> dict[str, Share]:
    """Of the true hubs on which anybody logged in, how many are told; and how many of the told ones are none."""
    logged_in = run.read(DEVICE_ACCOUNT, until=run.day).select("device_token").distinct().toPandas()
    true = set(known.devices.loc[known.devices["kind"] == "hub", "actor_id"]) & set(logged_in["device_token"])
    found, false = found_shares(set(_of_day(run, IDENTITY_HUB)["identifier"]), true)
    return {"hub_recall": found, "false_hub_share": false}


def _links(run: Run, known: Known) -> dict[str, Share]:
    """Of patients of different accounts said to be one, how many are; of those that are, how many are said to be.

    Holders who are one are told by the pairs of accounts.
    """
    held = known.persons.merge(known.accounts, on="actor_id").drop_duplicates("user_id")
    holders = held.rename(columns={"user_id": "patient_id"})[["patient_id", "person"]].assign(is_holder=True)
    members = known.members[["patient_id", "person"]].assign(is_holder=False)
    there = _of_day(run, PATIENT)[["patient_id"]].drop_duplicates()
    truth = there.merge(pd.concat([holders, members]), on="patient_id")
    precision, recall = link_shares(_of_day(run, PATIENT_LINK), truth)
    return {"patient_link_precision": precision, "patient_link_recall": recall}
