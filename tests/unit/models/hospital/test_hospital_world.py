"""The simulated hospital has what hospital.md claims of it."""

from __future__ import annotations

import dataclasses

import numpy as np
from simulated_world import START, lived

from models.hospital import parameters as p
from models.hospital.accounts import NORMAL, id_cards
from models.hospital.calendar import Calendar
from models.hospital.catalogue import REGIONS, TOPIC
from models.hospital.columns import MISSING, Coded, Flag, Moment, Number, Numbered
from models.hospital.hidden import CAUSE, GONE
from models.hospital.people import NEVER

ACCOUNTS, DAYS = 4000, 150


def words(column: object) -> np.ndarray:
    assert isinstance(column, Coded)
    return np.array([*column.pool, None], dtype=object)[column.index]


def test_accounts_persons_and_devices_are_three_things() -> None:
    a = lived(ACCOUNTS, DAYS)[0].realm.accounts
    owned = np.bincount(a.person)
    assert 0.02 < (owned == 2).sum() / (owned > 0).sum() < 0.04
    phones, devices = np.bincount(a.phone), np.bincount(a.device)
    assert 0.03 < phones[phones > 1].sum() / len(a) < 0.07
    assert 0.06 < devices[devices > 1].sum() / len(a) < 0.12
    assert (a.hub >= 0).sum() > 50
    acts = (a.child >= 0) | (a.parent >= 0) | (a.spouse >= 0)
    assert 0.2 < acts.mean() < 0.4


def test_some_accounts_are_merged_and_wrongly_merged_ones_parted() -> None:
    world, rows = lived(ACCOUNTS, DAYS)
    into = rows["account"]["merged_into_token"]
    assert isinstance(into, Numbered)
    assert (into.number != MISSING).any()
    wrong = (world.realm.accounts.parted < DAYS) & (world.realm.accounts.merged >= 0)
    assert wrong.any()


def test_newcomers_mostly_do_not_stay_and_few_order() -> None:
    world, rows = lived(ACCOUNTS, DAYS)
    a, s = world.realm.accounts, world.realm.state
    new = (a.registered >= 0) & (a.registered < DAYS - 60) & (a.kind == NORMAL)
    event = rows["event"]
    account, at = event["account_token"], event["event_at"]
    assert isinstance(account, Numbered)
    assert isinstance(at, Moment)
    day = (at.millis - world.realm.calendar.midnight(0)) // 86_400_000
    index = np.where(account.number == MISSING, -1, (account.number - 100_000_011) // 37)
    name = words(event["event_name"])
    acted = (index >= 0) & (name != "push_shown") & (name != "push_refused")
    came = np.zeros((len(a), DAYS), dtype=bool)
    came[index[acted], day[acted]] = True
    stayed = np.mean([came[i, a.registered[i] + 30 : a.registered[i] + 60].any() for i in np.flatnonzero(new)])
    assert 0.25 < stayed < 0.5
    assert np.mean(s.ordered[new] - a.registered[new] < 30) < 0.22


def test_people_leave_for_different_causes() -> None:
    s = lived(ACCOUNTS, DAYS)[0].realm.state
    causes = np.bincount(s.cause[s.mode == GONE], minlength=len(p.CAUSES))
    for cause in ("served_badly", "need_over", "too_dear", "rival", "never_engaged", "need_unmet", "push_fatigue"):
        assert causes[CAUSE[cause]] > 0, cause


def test_illness_has_its_season() -> None:
    calendar = Calendar(7, START)
    january, april, july = (calendar.needs(day).mean(axis=0) for day in (10, 97, 195))
    assert january[TOPIC["cold"]] > 2 * july[TOPIC["cold"]]
    assert april[TOPIC["pollen_allergy"]] > 3 * july[TOPIC["pollen_allergy"]]
    assert july[TOPIC["heat"]] > 5 * january[TOPIC["heat"]]
    assert calendar.wave("influenza", 10).max() > 1
    south = np.array([not r.north for r in REGIONS])
    assert calendar.wave("dengue", 255)[~south].max() == 0


def test_complaints_and_searches_have_whom_negations_and_telephone_numbers() -> None:
    words_of = lived(ACCOUNTS, DAYS)[0].realm.words
    said = "\n".join(words_of.complaints)
    assert "没有发烧" in said
    assert "我妈" in said
    assert "孩子" in said
    assert "电话1" in said
    assert any("失棉" in s or "咳漱" in s for s in words_of.searches)


def test_who_is_served_badly_waited_longer() -> None:
    consultation = lived(ACCOUNTS, DAYS)[1]["wenzhen"]
    asked, replied, rating = (consultation[x] for x in ("asked_at", "first_reply_at", "rating"))
    assert isinstance(asked, Moment)
    assert isinstance(replied, Moment)
    assert isinstance(rating, Number)
    wait = replied.millis - asked.millis
    low, high = (rating.value == 1) | (rating.value == 2), rating.value == 5
    assert np.median(wait[low]) > 1.5 * np.median(wait[high])
    hour = asked.millis // 3_600_000 % 24
    served = replied.millis != MISSING
    night = served & ((hour < 6) | (hour >= 22))
    assert np.median(wait[night]) > 1.5 * np.median(wait[served & (hour >= 8) & (hour < 11)])


def test_consent_is_given_partly_refused_and_withdrawn_by_purpose() -> None:
    world, rows = lived(ACCOUNTS, DAYS)
    granted, purpose, version = (rows["consent"][x] for x in ("is_granted", "purpose", "text_version"))
    assert isinstance(granted, Flag)
    of = words(purpose)
    share = {x: granted.value[of == x].mean() for x in ("care", "marketing", "research", "sharing")}
    assert share["care"] > share["marketing"] > share["sharing"]
    assert len(set(words(version))) == 2
    guardian = rows["consent"]["guardian_token"]
    assert isinstance(guardian, Numbered)
    assert (guardian.number != MISSING).any()
    assert ((world.realm.state.cause == CAUSE["erasure"]) & (world.realm.state.left < NEVER)).any()


def test_an_accident_and_a_harmless_burst_are_talked_about() -> None:
    world, rows = lived(ACCOUNTS, DAYS)
    at = rows["mention"]["mentioned_at"]
    assert isinstance(at, Moment)
    day = (at.millis - world.realm.calendar.midnight(0)) // 86_400_000
    topic = words(rows["mention"]["topic"])
    assert (topic[day == 34] == "medical_accident").mean() > 0.5
    assert (topic[day == 100] == "praise").mean() > 0.5
    assert (day == 34).sum() > 5 * (day == 20).sum()


def test_devices_show_what_their_owners_have() -> None:
    world, rows = lived(ACCOUNTS, DAYS)
    number, systolic = rows["bp"]["account_token"], rows["bp"]["systolic"]
    assert isinstance(number, Numbered)
    assert isinstance(systolic, Number)
    person = world.realm.accounts.person[(number.number - 100_000_011) // 37]
    ill = world.realm.people.conditions[person, 0]
    assert systolic.value[ill].mean() > systolic.value[~ill].mean() + 8
    assert set(words(rows["meter"]["unit"])) >= {"mmol/L", "mg/dL", "kg", "lb"}


def test_invitations_make_a_tree() -> None:
    a = lived(ACCOUNTS, DAYS)[0].realm.accounts
    invited = np.flatnonzero(a.inviter >= 0)
    assert len(invited) > 50
    assert (a.registered[a.inviter[invited]] < a.registered[invited]).all()


def test_robots_look_at_a_page_a_second_and_children_have_guardians() -> None:
    a = lived(ACCOUNTS, DAYS)[0].realm.accounts
    people = lived(ACCOUNTS, DAYS)[0].realm.people
    assert (a.kind == 2).sum() >= 3
    young = np.flatnonzero(people.age[a.person] < 14)
    assert len(young) > 10
    assert (a.guardian[young] >= 0).all()


def test_identity_cards_have_right_check_digits() -> None:
    (card,) = id_cards(np.array([110105]), ["19491231"], np.array([True]), np.array([1]))
    assert card == "11010519491231002X"


def test_no_two_persons_have_one_identity_card() -> None:
    people = lived(ACCOUNTS, DAYS)[0].realm.people
    twins = dataclasses.replace(people, region=people.region * 0, age=np.full(len(people), 30.0))
    for persons in (people, twins):
        born = [str(d) for d in persons.birth_day(np.arange(len(persons)))]
        cards = list(zip(persons.region, born, persons.female, persons.card_order, strict=True))
        assert len(set(cards)) == len(persons)
    assert people.card_order.max() < 500


def test_every_act_has_a_number_of_its_own() -> None:
    rows = lived(ACCOUNTS, DAYS)[1]
    for stem, name in (
        ("event", "event_id"), ("consent", "consent_id"), ("record", "record_id"), ("touch", "touch_id"),
        ("wenzhen", "consultation_id"), ("diagnosis", "diagnosis_id"), ("rx", "prescription_line_id"),
        ("pingjia", "review_id"), ("group", "act_id"), ("invite", "invitation_id"), ("mention", "mention_id"),
    ):  # fmt: skip
        column = rows[stem][name]
        assert isinstance(column, Numbered)
        assert len(np.unique(column.number)) == len(column), stem
