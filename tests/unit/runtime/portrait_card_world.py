"""Mia over three days with a few tags, a robot, somebody erased: written without the jobs that would make them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from jobs.runtime.audit import append_rows
from jobs.runtime.report.text import Text
from jobs.runtime.settings import Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from schemas.erasure import SUPPRESSED
from schemas.feature.user_activity import USER_ACTIVITY
from schemas.feature.user_consultation import USER_CONSULTATION
from schemas.feature.user_health import USER_HEALTH
from schemas.feature.user_profile import USER_PROFILE
from schemas.feature.user_value import USER_VALUE
from schemas.gold.care_alert import CARE_ALERT
from schemas.gold.care_event import CARE_EVENT
from schemas.gold.segment_member import SEGMENT_MEMBER, SEGMENT_VERSION
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION, USER_TAG
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_event import IDENTITY_EVENT, USER_ID_MAP
from schemas.table import Table

FIRST, BEFORE, DAY = date(2026, 6, 27), date(2026, 6, 28), date(2026, 6, 29)
SPENT = Decimal("900.00")
NOON = datetime(2026, 6, 22, 4, tzinfo=UTC)
_BLANK = {
    "string": "",
    "boolean": False,
    "array<string>": [],
    "map<string,string>": [],
    "map<string,double>": [],
    "timestamp": NOON,
    "date": FIRST,
    "double": 0.0,
}
# Code, name, kind, rule, columns, purposes, sensitivity, data classes.
_TAGS = (
    ("basic.sex", "Sex", "statistic", "column: sex; when: sex <> 'unknown'", ["sex"],
     ["care", "marketing"], "personal", ["basic"]),
    ("need.chronic", "Chronic", "rule",
     "rule: chronic_condition_count >= 1 OR (days_since_last_consultation < 3 AND sex = 'male')",
     ["chronic_condition_count", "days_since_last_consultation", "sex"], ["care", "marketing"], "health",
     ["basic", "health"]),
    ("behaviour.night_owl", "Night owl", "rule", "rule: night_event_share_30d >= 0.5", ["night_event_share_30d"],
     ["care"], "low", ["behaviour"]),
    ("value.spend", "Spends", "tier", "column: spend_yuan_365d; eligible: is_buyer; labels: ['low', 'high']",
     ["is_buyer", "spend_yuan_365d"], ["care", "marketing"], "low", ["value"]),
    ("value.asked", "Asked", "sequence", "first: search_count >= 1; then_not: consultation_count >= 1",
     ["consultation_count", "search_count"], ["care", "marketing"], "health", ["health", "behaviour"]),
)  # fmt: skip
_HELD = (
    ("basic.sex", "female", "old", FIRST, BEFORE), ("basic.sex", "female", "v", BEFORE, None),
    ("need.chronic", "yes", "v", FIRST, None), ("behaviour.night_owl", "yes", "v", FIRST, BEFORE),
    ("value.spend", "high", "v", BEFORE, None), ("value.asked", "yes", "v", DAY, None),
)  # fmt: skip


def title() -> Text:
    return Text("模拟医院", "The simulated hospital")


def write(folder: Path) -> Settings:
    settings = elsewhere(load_settings("simulated"), folder, 5)
    store = Store(str(settings.lake))
    _tags(store)
    _people(store)
    _features(store)
    return settings


def _add(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    blank = {c.name: None if c.nullable else _BLANK.get(c.type, 0) for c in table.columns}
    append_rows(store, table, [{**blank, **row} for row in rows])


def _tags(store: Store) -> None:
    _add(store, TAG_DEFINITION, *[
        {"tag_code": code, "rule_version": version, "is_current": version == "v", "layer": code.split(".")[0],
         "kind": kind, "name_zh": name, "name_en": name, "meaning_zh": name, "meaning_en": name, "rule": rule,
         "source_columns": columns, "purposes": purposes, "sensitivity": sensitivity, "data_classes": classes,
         "evidence": "observed"}
        for code, name, kind, rule, columns, purposes, sensitivity, classes in _TAGS for version in ("old", "v")
    ])  # fmt: skip
    _add(store, TAG_DAY, *[
        {"as_of_date": day, "tag_code": t[0], "thresholds": {"high": 800.0} if t[0] == "value.spend" else None}
        for day in (FIRST, BEFORE, DAY) for t in _TAGS
    ])  # fmt: skip
    _add(store, USER_TAG, *[
        {"user_id": user, "tag_code": code, "layer": code.split(".")[0], "value": value, "half_life_days": 1,
         "rule_version": version, "valid_from": since, "valid_to": until}
        for code, value, version, since, until in _HELD for user in ("mia", "bo")
    ])  # fmt: skip
    _add(store, SEGMENT_MEMBER, {"user_id": "mia", "segment": "well_kept", "valid_from": DAY})
    _add(store, SEGMENT_VERSION, {"segment": "well_kept", "version": 1, "is_current": True, "name_zh": "达标",
                                  "name_en": "Well kept", "purposes": ["care"]})  # fmt: skip


def _people(store: Store) -> None:
    actors = [("m1", "account", "mia", None), ("b1", "account", "bo", None), ("r1", "account", "bot", "robot"),
              ("tablet", "device", None, None)]  # fmt: skip
    _add(store, IDENTITY, *[
        {"as_of_date": DAY, "actor_id": actor, "actor_kind": kind, "user_id": user, "is_excluded": why is not None,
         "excluded_reason": why} for actor, kind, user, why in actors
    ])  # fmt: skip
    _add(store, IDENTITY_EVENT, {"as_of_date": BEFORE, "kind": "merge", "old_user_id": "x", "new_user_id": "mia"})
    _add(store, USER_ID_MAP, {"old_user_id": "old_mia", "new_user_id": "mia", "kind": "merge", "valid_from": BEFORE})
    _add(store, SUPPRESSED, {"token": "gone", "kind": "account", "receipt_id": "r1"})
    _add(store, CARE_ALERT, {"as_of_date": DAY, "user_id": "mia", "kind": "bp", "text_en": "pressure is high"})
    _add(store, CARE_EVENT, {"as_of_date": BEFORE, "user_id": "mia", "kind": "chronic", "text_en": "care begins"})
    said = [("care", c, "none", True) for c in ("basic", "health")]
    said += [("marketing", c, "sms", c != "value") for c in ("basic", "health", "behaviour", "value")]
    _add(store, CONSENT_STATE, *[
        {"as_of_date": DAY, "user_id": "mia", "purpose": purpose, "data_class": data_class, "channel": channel,
         "is_granted": yes} for purpose, data_class, channel, yes in said
    ])  # fmt: skip


def _features(store: Store) -> None:
    of_day = {"user_id": "mia", "as_of_date": DAY}
    _add(store, USER_PROFILE, {**of_day, "sex": "female"})
    _add(store, USER_HEALTH, {**of_day, "chronic_condition_count": 2})
    _add(store, USER_CONSULTATION, {**of_day, "days_since_last_consultation": 1})
    _add(store, USER_ACTIVITY, {**of_day, "night_event_share_30d": 0.1})
    _add(store, USER_VALUE, {**of_day, "spend_yuan_365d": SPENT, "is_buyer": True})
    _add(store, USER_PORTRAIT, {**of_day, "sex": "female", "age_band": "25-34", "churn_probability": 0.2,
                                "risk_tier": "low", "reasons_zh": ["近来常来"], "reasons_en": ["here often"],
                                "chronic_condition_count": 2, "value_tier": "high"})  # fmt: skip
