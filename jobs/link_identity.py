"""Persons behind accounts and devices, and patients apart from accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.accounts import account_state
from features.consultation_patients import CONSULTED_DAYS, consultation_patients
from features.identity import busy_actors, device_accounts, identity
from features.identity_events import identity_events, user_id_map
from features.identity_hubs import hubs
from features.identity_rules import IdentityRules
from features.patient_likeness import comparable_patients
from features.patients import patients
from features.persons import as_known
from features.user_value import VALUE_WINDOW_DAYS
from jobs.runtime.declarations import load_identity_rules
from jobs.runtime.job import Run, job
from jobs.runtime.later_days import last_day_to_mend
from schemas.feature.user_day import USER_DAY
from schemas.feeds import FEEDS
from schemas.silver.consultation_patient import CONSULTATION_PATIENT
from schemas.silver.device_account import DEVICE_ACCOUNT
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_event import IDENTITY_EVENT, USER_ID_MAP
from schemas.silver.identity_hub import IDENTITY_HUB
from schemas.silver.patient import PATIENT
from schemas.silver.patient_link import PATIENT_LINK

ACCOUNT, EVENT = FEEDS["account"].silver, FEEDS["event"].silver
FAMILY, CONSULTATION = FEEDS["family_binding"].silver, FEEDS["consultation"].silver
DIAGNOSIS, PRESCRIPTION = FEEDS["diagnosis"].silver, FEEDS["prescription"].silver
DEVICE_WINDOW_DAYS = 180
PERSONS_READ = (ACCOUNT, DEVICE_ACCOUNT, USER_DAY)


@dataclass(frozen=True)
class Persons:
    """Who stands behind which actor on a day, the rules and the state of all that tells it, and what joins nobody."""

    rules: IdentityRules
    identity: DataFrame
    accounts: DataFrame
    devices: DataFrame
    hubs: DataFrame


@job(
    reads=(ACCOUNT, EVENT, FAMILY, CONSULTATION, DIAGNOSIS, PRESCRIPTION, USER_DAY),
    writes=(
        DEVICE_ACCOUNT,
        IDENTITY,
        IDENTITY_EVENT,
        USER_ID_MAP,
        IDENTITY_HUB,
        PATIENT,
        CONSULTATION_PATIENT,
        PATIENT_LINK,
    ),
    takes_known_at=True,
)
def link_identity(run: Run) -> None:
    """Tells who is one person, which identifiers say nothing, and which patients an account acts for."""
    until = last_day_to_mend(run, DEVICE_ACCOUNT, [FEEDS["event"]])
    run.write(DEVICE_ACCOUNT, device_accounts(run.read_or_empty(EVENT, since=run.since, until=until)), until=until)
    found = tell_persons(run)
    run.write(IDENTITY_HUB, found.hubs.select(F.expr(f"DATE'{run.day}'").alias("as_of_date"), "*"))
    persons = run.read(IDENTITY, since=run.day, until=run.day)
    run.write(IDENTITY_EVENT, identity_events(_on(run, run.day - timedelta(days=1)), persons, run.day))
    run.write(USER_ID_MAP, user_id_map(run.read(IDENTITY_EVENT)))
    _tell_patients(run, found.accounts, persons)
    if found.rules.patient_linking.is_on:
        _link_patients(run, found)


def _link_patients(run: Run, found: Persons) -> None:
    """Writes which patients are likely one human being."""
    # Splink takes seconds to load, and most hospitals do without.
    from models.patient_linking import linked_patients

    there, family = run.read(PATIENT, since=run.day, until=run.day), run.known(FAMILY)
    no_dates = found.rules.placeholder_birth_dates
    rows = comparable_patients(there, found.accounts, family, found.devices, found.hubs, no_dates).toPandas()
    pairs = linked_patients(rows, found.rules.patient_linking.threshold)
    links = run.spark.createDataFrame(pairs, "patient_id string, linked_patient_id string, probability double")
    run.write(PATIENT_LINK, links.selectExpr(f"DATE'{run.day}' AS as_of_date", "*"))


def _tell_patients(run: Run, accounts: DataFrame, persons: DataFrame) -> None:
    """Writes who the patients are, and whom each recent consultation was about."""
    asked = run.known(CONSULTATION)
    run.write(PATIENT, patients(accounts, run.known(FAMILY), asked, persons, run.day))
    there = run.read(PATIENT, since=run.day, until=run.day)
    recent = run.known(CONSULTATION, days=CONSULTED_DAYS)
    told = consultation_patients(recent, [run.known(DIAGNOSIS), run.known(PRESCRIPTION)], there, run.day)
    run.write(CONSULTATION_PATIENT, told)


def tell_persons(run: Run) -> Persons:
    """Writes silver.identity of the day from tables that are there."""
    found = _find(run)
    run.write(IDENTITY, found.identity)
    return found


def _on(run: Run, day: date) -> DataFrame:
    """silver.identity of a day as it was written, or would have been, had that day been run by itself."""
    written = run.read(IDENTITY, since=day, until=day)
    return (
        written if written.limit(1).collect() else _find(replace(run, day=day, since=day, later_known_at=None)).identity
    )


def _find(run: Run) -> Persons:
    rules = load_identity_rules(run.settings.conf)
    since = run.day - timedelta(days=DEVICE_WINDOW_DAYS - 1)
    devices = run.read(DEVICE_ACCOUNT, since=since, until=run.known_at).where(f"first_event_date <= DATE'{run.day}'")
    state = run.stage("accounts", account_state(run.known(ACCOUNT)))
    acting = run.read(USER_DAY, since=run.day - timedelta(days=VALUE_WINDOW_DAYS - 1), until=run.known_at)
    actors = run.stage("actors", busy_actors(as_known(acting, run.day, known_at=run.known_at), rules.robots))
    found = run.stage("hubs", hubs(state, devices, rules))
    told = identity(state, devices, actors, found, rules, run.day, run.stage)
    return Persons(rules, told, state, devices, found)
