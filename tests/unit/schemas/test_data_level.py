"""Every column has a level after GB/T 39725, and what would hurt most has the highest."""

from __future__ import annotations

import re

import pytest

from schemas.data_level import STATED, data_level, table_level
from schemas.tables import TABLES
from schemas.tokens import token_columns

SPECIAL = re.compile("icd10|mental|hiv|cancer|pregnancy_loss|recorded_loss|sensitive|drug_c|department(s_|$|_180d$)")
LEVELS = {f"{t.name}.{c.name}": data_level(t, c) for t in TABLES.values() for c in t.columns}


def test_every_column_has_a_level_and_a_table_that_of_its_highest():
    assert set(LEVELS.values()) == {2, 3, 4, 5}
    for table in TABLES.values():
        assert table_level(table) == max(LEVELS[f"{table.name}.{name}"] for name in table.column_names)


@pytest.mark.parametrize(
    ("column", "level"),
    [
        ("silver.account.phone_token", 3),
        ("silver.account.region_code", 3),
        ("silver.account.birth_date", 4),
        ("silver.family_binding.member_birth_date", 4),
        ("feature.user_profile.birth_year", 3),
        ("silver.complaint.text", 4),
        ("silver.device_reading.value", 4),
        ("feature.user_health.has_diabetes", 4),
        ("silver.diagnosis.icd10_code", 5),
        ("silver.consultation.chief_complaint", 5),
        ("silver.event.search_words", 5),
        ("feature.user_health.has_hiv_or_std", 5),
        ("feature.user_health.mental_condition_last_date", 5),
        ("gold.user_tag.tag_code", 4),
        ("gold.user_tag.value", 5),
        # Of nobody.
        ("silver.mention.topic", 2),
        ("gold.tag_definition.tag_code", 2),
        ("audit.trail.detail", 2),
    ],
)
def test_level_of(column: str, level: int):
    assert LEVELS[column] == level


def test_what_may_tell_of_a_special_disease_is_of_the_highest_level():
    found = [name for name in LEVELS if SPECIAL.search(name.split(".")[-1]) and "_count" not in name]

    assert len(found) > 20
    assert [name for name in found if LEVELS[name] != 5] == []


def test_tokens_are_personal_wherever_they_stand():
    for table in TABLES.values():
        for name in token_columns(table):
            assert table.column(name).sensitivity == "personal", f"{table.name}.{name}"


def test_what_is_stated_is_there():
    there = {c.name for t in TABLES.values() for c in t.columns} | set(LEVELS)

    assert set(STATED) - there == set()


def test_no_full_birth_date_and_no_district_leaves_silver():
    """Behind silver there is a year or a band, a city and its tier."""
    behind = [c for t in TABLES.values() if t.layer in ("feature", "gold") for c in t.columns]

    assert not [c.name for c in behind if "birth_date" in c.name or c.name in ("birthday", "address_token")]
    assert not [c.name for c in behind if c.type == "date" and "birth" in c.name]
