"""The usual words are of fields and codes that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.runtime.conf_file import ConfError
from jobs.runtime.settings import project_root
from jobs.runtime.sources.proposal.words import FILE, load_words, plain
from schemas.feeds import FEEDS
from schemas.vocabulary import METRIC_UNITS
from tests.unit.runtime.sources.exports import WORDS

FIELDS = {f.name: f for feed in FEEDS.values() for f in feed.fields}


def test_every_field_of_every_feed_has_usual_names_in_both_languages() -> None:
    assert set(WORDS.names) == set(FIELDS)
    poor = [
        n for n, names in WORDS.names.items() if all(w.isascii() for w in names) or not any(w.isascii() for w in names)
    ]
    assert poor == []


def test_every_code_of_every_feed_has_usual_words() -> None:
    bare = [
        (feed.name, field.name, code)
        for feed in FEEDS.values()
        for field in feed.fields
        for code in field.codes
        if list(WORDS.codes_of(feed, field).values()).count(code) < 3
    ]
    assert bare == []


def test_no_word_stands_for_two_codes_of_one_field() -> None:
    doubled = [
        (entry.fields[0], word)
        for entry in WORDS.codes
        if "channel" not in entry.fields  # its lists differ by feed; a feed's own codes go first
        for word in {plain(w) for words in entry.words.values() for w in words}
        if sum(word in {plain(w) for w in words} for words in entry.words.values()) > 1
    ]
    assert doubled == []


def test_units_are_those_of_the_vocabulary() -> None:
    assert {u for units in METRIC_UNITS.values() for u in units} == set(WORDS.metric_units)
    assert set(WORDS.units) <= {f.unit for f in FIELDS.values()}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  account_token:", "  acount_token:", "expected a field of some feed, found 'acount_token'"),
        ("      male: [", "      man: [", "expected a code of sex or patient_sex or member_sex, found 'man'"),
        ("feeds: [complaint]", "feeds: [complain]", "expected names of feeds, found 'complain'"),
    ],
)
def test_a_name_or_code_that_no_feed_has_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (project_root() / "conf" / FILE).read_text(encoding="utf-8").replace(old, new, 1)
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfError, match=told):
        load_words(tmp_path / FILE)
