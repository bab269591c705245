"""A hospital of a few users, told by a night, on the day on which some of their health facts land before the next."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from portrait_world import rows_of
from pyspark.sql import SparkSession

from features.columns import SCORE_TABLES
from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import project_root
from jobs.runtime.store import Store
from schemas.feature.user_profile import USER_PROFILE
from schemas.feeds import FEEDS
from schemas.gold.user_value_tier import USER_VALUE_TIER
from schemas.silver.identity import IDENTITY
from schemas.tables import TABLES
from schemas.vocabulary import DATA_CLASSES
from tests.unit.runtime.intake.small_hospital import SmallHospital

NIGHT = date(2026, 3, 2)
TODAY = NIGHT + timedelta(days=1)
FED = ("account", "consent", "device_reading", "diagnosis", "event", "health_record", "prescription")
FACTS = ("build_user_day", "link_identity", "resolve_consent", "compute_features")
PORTRAIT = ("assign_value_tiers", "derive_tags", "raise_care_events", "build_portrait")
Rows = list[dict[str, Any]]


def account(user: str, day: date, status: str = "open") -> dict[str, Any]:
    return {
        "account_token": user, "registered_at": f"{day} 08:00:00", "updated_at": f"{day} 08:00:00", "status": status,
        "birth_date": "1960-05-05", "sex": "female",
    }  # fmt: skip


def agreed(user: str, day: date, yes: bool = True) -> Rows:
    return [
        {
            "consent_id": f"{user}-{day}-{data_class}", "account_token": user, "purpose": "care",
            "data_class": data_class, "channel": "none", "is_granted": yes, "text_version": "v1",
            "stated_at": f"{day} 08:30:00",
        }
        for data_class in DATA_CLASSES
    ]  # fmt: skip


def diagnosis(user: str, day: date, code: str = "E11.9", of: str = "self", number: str = "") -> dict[str, Any]:
    return {
        "diagnosis_id": f"{user}-{day}-{code}{number}", "account_token": user, "patient_relation": of,
        "icd10_code": code, "is_primary": True, "diagnosed_at": f"{day} 09:00:00",
    }  # fmt: skip


def record(user: str, day: date, kind: str, item: str, value: float | None = None) -> dict[str, Any]:
    return {
        "record_id": f"{user}-{day}-{kind}-{item}", "account_token": user, "patient_relation": "self", "kind": kind,
        "item": item, "value": value, "recorded_at": f"{day} 09:30:00",
    }  # fmt: skip


def prescription(user: str, day: date, drug_class: str = "diabetes") -> dict[str, Any]:
    return {
        "prescription_line_id": f"{user}-{day}", "account_token": user, "patient_relation": "self", "drug_code": "A10",
        "drug_class": drug_class, "days_supply": 30, "is_refill": True, "prescribed_at": f"{day} 10:00:00",
    }  # fmt: skip


def reading(user: str, day: date, value: float, metric: str = "systolic", at: str = "07:00") -> dict[str, Any]:
    return {
        "account_token": user, "device_token": f"d-{user}", "metric": metric, "value": value, "unit": "mmHg",
        "measured_at": f"{day} {at}:00",
    }  # fmt: skip


def seen(user: str, day: date) -> dict[str, Any]:
    return {
        "event_id": f"{user}-{day}", "account_token": user, "session_id": f"{user}-{day}", "event_name": "search",
        "platform": "app", "event_at": f"{day} 22:30:00", "search_words": "头晕",
    }  # fmt: skip


@dataclass
class Ward(SmallHospital):
    """Delivers rows as files, runs nights and triggers."""

    def __post_init__(self) -> None:
        shutil.copytree(
            project_root() / "conf", self.folder / "conf", ignore=shutil.ignore_patterns("sources"), dirs_exist_ok=True
        )
        self.mappings = {feed: _mapping(feed) for feed in FED}
        super().__post_init__()

    def send(self, feed: str, day: date, rows: Rows, name: str = "a") -> None:
        self.deliver(feed, day, f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def follow(self, day: date = TODAY) -> None:
        run_job("follow_triggers", day, settings=self.settings)

    def night(self, day: date, since: date | None = None) -> None:
        """All that a night does for these tables."""
        for feed in FED:
            self.take_in(feed, day, since)
        for job in FACTS:
            first = since if job == "build_user_day" else None
            run_job(job, day, settings=self.settings, since=first)
        store = Store(str(self.settings.lake))
        users = sorted(r["user_id"] for r in read_rows(store, USER_PROFILE, ("as_of_date", "=", day)))
        for table in SCORE_TABLES:
            if table != USER_VALUE_TIER:
                append_rows(store, table, rows_of(table, users, day))
        for job in PORTRAIT:
            run_job(job, day, settings=self.settings)

    def copied(self, folder: Path) -> Ward:
        shutil.copytree(self.folder, folder)
        return Ward(folder, self.spark, engine=self.engine)

    def names(self) -> dict[str, str]:
        """What the files call each user: every event of theirs is named after its user."""
        events = self.lake.read(FEEDS["event"].silver).select("account_token", "event_id").collect()
        called = {r["account_token"]: r["event_id"].split("-")[0] for r in events}
        night = self.lake.read(IDENTITY, since=NIGHT, until=NIGHT).where("actor_kind = 'account'")
        return {r["user_id"]: called[r["actor_id"]] for r in night.select("actor_id", "user_id").collect()}

    def versions(self) -> dict[str, int | None]:
        store = Store(str(self.settings.lake))
        return {t.name: store.version(t) for t in TABLES.values() if t.layer != "audit" and store.exists(t)}

    def contents(self) -> dict[str, str]:
        """A digest of every table that a night or a trigger writes, but for what tells how it was run."""
        store = Store(str(self.settings.lake))
        return {t.name: store.content_hash(t) for t in TABLES.values() if t.layer != "audit" and store.exists(t)}


def told_ward(folder: Path, spark: SparkSession, engine: str = "sail") -> Ward:
    """Everybody as the first night tells them: a0 has diabetes already; a4 has agreed to nothing."""
    ward, eve = Ward(folder, spark, engine=engine), NIGHT - timedelta(days=1)
    users = [f"a{i}" for i in range(7)]
    ward.send("account", eve, [account(u, eve) for u in users])
    ward.send("consent", eve, [row for u in users if u != "a4" for row in agreed(u, eve)])
    ward.send("diagnosis", eve, [diagnosis("a0", eve), diagnosis("a6", eve, "I10")])
    ward.send("device_reading", eve, [reading("a2", eve, 150), reading("a5", eve, 120)])
    ward.send("device_reading", NIGHT, [reading("a2", NIGHT, 151), reading("a5", NIGHT, 121)])
    ward.send("event", NIGHT, [seen(u, NIGHT) for u in users])
    ward.send("health_record", NIGHT, [record("a5", NIGHT, "smoking", "current")])
    ward.send("prescription", NIGHT, [prescription("a6", NIGHT, "hypertension")])
    ward.night(NIGHT, since=eve)
    return ward


def todays_files(ward: Ward) -> None:
    """a1 and a4 have diabetes from today on, a3 too but withdraws consent; a0 refills; a2 is high on the third day.

    a5 reads within bounds; a6's diagnosis of before comes again, once as it was and once of a child; a9 is unknown.
    """
    ward.send("diagnosis", TODAY, [diagnosis("a1", TODAY), diagnosis("a3", TODAY), diagnosis("a4", TODAY)])
    eve = NIGHT - timedelta(days=1)
    again = [diagnosis("a6", eve, "I10"), diagnosis("a6", TODAY, "E11.9", of="child"), diagnosis("a9", TODAY)]
    ward.send("diagnosis", TODAY, again, "again")
    ward.send("consent", TODAY, agreed("a3", TODAY, yes=False))
    ward.send("prescription", TODAY, [prescription("a0", TODAY)])
    ward.send("device_reading", TODAY, [reading("a2", TODAY, 152), reading("a5", TODAY, 122)])
    ward.send("health_record", TODAY, [record("a1", TODAY, "allergy", "青霉素")])


def _mapping(feed: str) -> str:
    formats = {"timestamp": ', format: "yyyy-MM-dd HH:mm:ss"', "date": ", format: yyyy-MM-dd"}
    columns = "".join(f"  {f.name}: {{from: {f.name}{formats.get(f.type, '')}}}\n" for f in FEEDS[feed].fields)
    return f"feed: {feed}\nwhere: {feed}/{{day}}/*.jsonl\nformat: json_lines\nzone: Asia/Shanghai\ncolumns:\n{columns}"
