"""Of real exports the guess finds the columns that a person found."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.intake.mapping import Mapping, load_mapping
from jobs.runtime.settings import project_root
from jobs.runtime.sources.proposal.guess import guess
from jobs.runtime.sources.proposal.guessed import Guesses
from jobs.runtime.sources.proposal.sniff import sniff
from schemas.feeds import FEEDS
from tests.unit.runtime.sources.exports import WORDS

ROOT = Path(__file__).parents[4]
DATA = project_root().parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data at {DATA}")


def by_hand_and_guessed(name: str) -> tuple[Mapping, Guesses]:
    mapping = load_mapping(ROOT / "conf" / "sources" / f"{name}.yml")
    sample = sniff(sorted(DATA.glob(mapping.where))[0], WORDS.is_usual)
    assert (sample.format, sample.encoding, sample.delimiter) == (mapping.format, mapping.encoding, mapping.delimiter)
    assert (sample.header is None) == (mapping.header is not None)
    return mapping, guess(sample, FEEDS[mapping.feed], WORDS)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("online_retail/order_line", ("order_id", "account_token", "item_code", "ordered_at")),
        ("consultation_text/consultation", ("department", "chief_complaint")),
        ("glucose/device_reading", ("account_token", "value", "measured_at")),
        ("fitbit/device_reading.steps", ("account_token", "value", "measured_at")),
        ("fitbit/device_reading.sleep", ("account_token", "value", "measured_at")),
        ("fitbit/device_reading.weight", ("account_token", "value", "measured_at")),
        ("blood_pressure/device_reading.ambulatory_systolic", ("account_token", "value", "measured_at")),
        ("blood_pressure/device_reading.home_systolic", ("value", "measured_at")),
    ],
)
def test_the_same_columns_are_found(name: str, fields: tuple[str, ...]) -> None:
    mapping, found = by_hand_and_guessed(name)
    assert {f: found.columns[f].origin for f in fields} == {f: mapping.columns[f].origin for f in fields}


@pytest.mark.parametrize(
    "name",
    [
        "glucose/device_reading",
        "fitbit/device_reading.steps",
        "fitbit/device_reading.sleep",
        "fitbit/device_reading.weight",
        "blood_pressure/device_reading.home_systolic",
    ],
)
def test_the_metric_and_its_unit_are_told_by_the_columns_name(name: str) -> None:
    mapping, found = by_hand_and_guessed(name)
    assert [found.columns[f].value for f in ("metric", "unit")] == [
        mapping.columns[f].value for f in ("metric", "unit")
    ]


def test_the_other_measures_of_a_file_are_told_of() -> None:
    told = " ".join(by_hand_and_guessed("fitbit/device_reading.steps")[1].remarks)
    assert "Calories is calories in kcal" in told
    assert "SedentaryMinutes is sedentary in min" in told


def test_departments_are_translated_as_by_hand() -> None:
    mapping, found = by_hand_and_guessed("consultation_text/consultation")
    by_hand, made = mapping.columns["department"].codes or {}, found.columns["department"].codes
    assert {k: v for k, v in made.items() if by_hand[k] != v} == {}


def test_columns_without_names_are_told_by_their_content() -> None:
    mapping, found = by_hand_and_guessed("social_ratings/review")
    names = dict(zip(("column_1", "column_2", "column_3", "column_4"), mapping.header or (), strict=True))
    got = {f: names[found.columns[f].origin or ""] for f in ("account_token", "rating", "reviewed_at")}
    assert got == {"account_token": "rater", "rating": "rating", "reviewed_at": "rated_at"}
    assert found.columns["reviewed_at"].formats == ("epoch_s",)
