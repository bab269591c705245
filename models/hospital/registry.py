"""Registrations and their changes, family bindings, health records."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from models.hospital.accounts import TEST, id_cards, phone_number
from models.hospital.catalogue import CONDITION, OCCUPATIONS_ZH, REGIONS
from models.hospital.columns import MISSING, Coded, Flag, Moment, Number, Numbered, Rows, Texts, texts
from models.hospital.consultations import RELATION_CODE
from models.hospital.people import STAGES
from models.hospital.realm import Realm, account_ids, constant, member_ids, registration_millis
from models.hospital.streams import Array, Ints
from models.hospital.traits import RELATIONS
from schemas.vocabulary import MEMBERSHIPS, REGISTRATION_CHANNELS, SEXES
from schemas.vocabulary import RELATIONS as RELATION_CODES

STATUS = ("open", "closed", "test")
FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN_NAMES = ("伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
      "秀兰",
               "霞", "平", "刚", "桂英", "子轩", "欣怡", "浩然")  # fmt: skip
STREETS = ("人民路", "中山路", "解放路", "建设大道", "文化街", "新华路")
ALLERGENS = ("青霉素", "头孢", "海鲜", "花生", "磺胺", "花粉")
OPERATIONS = ("阑尾切除", "剖宫产", "胆囊切除", "骨折内固定", "支架植入")
ITEM_POOL = (*ALLERGENS, *OPERATIONS, "高血压", "糖尿病", "冠心病", "乳腺癌", "fasting_glucose", "total_cholesterol",
             "uric_acid", "alt", "trying", "pregnant", "postnatal", "lost", "yes", "no")  # fmt: skip
ITEM = {name: i for i, name in enumerate(ITEM_POOL)}
KINDS = ("allergy", "operation", "family_history", "check_up", "fertility", "smoking", "drinking")
# Where the numbers of such entries begin within a day's.
MEMBERS_ENTRIES, LATER_ENTRIES = 6 * 10**7, 8 * 10**7
CHECK_UPS = ("fasting_glucose", "total_cholesterol", "uric_acid", "alt")
CHECK_UP_UNITS = ("mmol/L", "mmol/L", "umol/L", "U/L")
UNITS = (*CHECK_UP_UNITS, "week")
PREGNANT = STAGES.index("pregnant")


def account_rows(realm: Realm, accounts: Array, updated: Ints, status: Array, level: Array, into: Array) -> Rows:
    """The account as it stands after a change."""
    a, people = realm.accounts, realm.people
    person = a.person[accounts]
    registered = registration_millis(realm, accounts)
    born = [realm.calendar.start + timedelta(days=int(d)) for d in people.birth_day(person)]
    stated = person % 17 != 3
    return {
        "account_token": account_ids(accounts),
        "registered_at": Moment(registered),
        "updated_at": Moment(updated),
        "channel": Coded(REGISTRATION_CHANNELS, a.channel[accounts]),
        "phone_token": Numbered("", phone_number(a.phone[accounts]), 11),
        "id_card_token": _id_cards(realm, accounts, person, born),
        "openid_token": Numbered("oCm", np.where(a.openid[accounts], accounts * 97 + 5_000_003, MISSING), 12),
        "unionid_token": Numbered(
            "uN", np.where(a.openid[accounts], a.unionid[accounts] * 89 + 3_000_017, MISSING), 12
        ),
        "hospital_card_token": Numbered("HC", np.where(a.card[accounts], person + 2_000_000, MISSING), 9),
        "name_token": _names(people.female[person], person),
        "address_token": _addresses(people.region[person], person),
        "birth_date": Texts(_dates(born, stated)),
        "sex": Coded(SEXES, np.where(person % 13 == 5, 2, np.where(people.female[person], 0, 1))),
        "occupation": Coded(OCCUPATIONS_ZH, np.where(person % 5 == 2, -1, people.occupation[person])),
        "region_code": Coded(tuple(r.code for r in REGIONS), people.region[person]),
        "income_band": Coded(("low", "middle", "high"), np.where(person % 3 == 0, -1, people.income[person])),
        "membership_level": Coded(MEMBERSHIPS, level),
        "status": Coded(STATUS, status),
        "merged_into_token": account_ids(into),
    }


def status_of(realm: Realm, accounts: Array) -> Ints:
    return np.where(realm.accounts.kind[accounts] == TEST, 2, 0).astype(np.int64)


def _dates(days: list[date], stated: Array) -> Array:
    out = np.empty(len(days), dtype=object)
    out[:] = [d.isoformat() if yes else None for d, yes in zip(days, stated, strict=True)]
    return out


def _id_cards(realm: Realm, accounts: Array, person: Array, born: list[date]) -> Texts:
    regions = np.array([int(r.code) for r in REGIONS])[realm.people.region[person]]
    cards = id_cards(
        regions, [d.strftime("%Y%m%d") for d in born], realm.people.female[person], realm.people.card_order[person]
    )
    shown = realm.accounts.identified[accounts]
    return texts([card if yes else None for card, yes in zip(cards, shown, strict=True)])


def _names(female: Array, person: Array) -> Coded:
    pool = tuple(f + g for f in FAMILY_NAMES for g in GIVEN_NAMES)
    return Coded(pool, (person * 7919 % len(pool)).astype(np.int64))


def _addresses(region: Array, person: Array) -> Texts:
    return texts(
        [
            f"{REGIONS[r].name}{STREETS[n % 6]}{n % 300 + 1}号{n % 28 + 1}单元"
            for r, n in zip(region, person, strict=True)
        ]
    )


def family_rows(realm: Realm, accounts: Array, links: Array, at: Ints, unbind: Array) -> Rows:
    """`links` is an index into RELATIONS, child onwards."""
    member = np.choose(links - 1, [getattr(realm.accounts, r)[accounts] for r in RELATIONS[1:]])
    born = [realm.calendar.start + timedelta(days=int(d)) for d in realm.people.birth_day(member)]
    guardian = (links == 1) & (realm.people.age[member] < 18)
    return {
        "account_token": account_ids(accounts),
        "member_token": member_ids(member),
        "relation": Coded(RELATION_CODES, RELATION_CODE[links]),
        "member_birth_date": Texts(_dates(born, member % 7 != 1)),
        "member_sex": Coded(SEXES, np.where(member % 11 == 4, 2, np.where(realm.people.female[member], 0, 1))),
        "is_guardian": Flag(guardian),
        "action": Coded(("bind", "unbind"), unbind.astype(np.int64)),
        "bound_at": Moment(at),
    }


def bindings_at_start(realm: Realm, accounts: Array) -> tuple[Ints, Ints]:
    """Accounts and links that are bound on registration; the others never say so."""
    parts = []
    for i, relation in enumerate(RELATIONS[1:], start=1):
        who = getattr(realm.accounts, relation)[accounts]
        rows = accounts[(who >= 0) & ((accounts + i) % 5 != 0)]
        parts.append((rows, np.full(len(rows), i)))
    return np.concatenate([x[0] for x in parts]), np.concatenate([x[1] for x in parts])


def health_rows(realm: Realm, accounts: Array, at: Ints, day: int, first_time: bool) -> Rows:
    """Entries that holders make of themselves, all at once on registration, now and then later."""
    rng = realm.rng("health record start" if first_time else "health record", day)
    person = realm.accounts.person[accounts]
    parts = _entries(realm, rng, person, day) if first_time else _check_ups(realm, rng, person)
    # Who was there before the first day stated it on registering.
    when = np.minimum(realm.accounts.registered[accounts], day) if first_time else np.full(len(accounts), day)
    stage = realm.people.stage(person, when)
    told = (stage > 0) & (rng.random(len(person)) < 0.6)
    fertility = [ITEM.get(s, 0) for s in STAGES]
    weeks = np.where(stage == PREGNANT, realm.people.gestation_weeks(person, when), np.nan)
    parts.append((np.flatnonzero(told), 4, np.array(fertility)[stage[told]], weeks[told]))
    rows = np.concatenate([x[0] for x in parts]).astype(np.int64)
    kind = np.concatenate([np.full(len(x[0]), x[1]) for x in parts])
    item = np.concatenate([x[2] for x in parts]).astype(np.int64)
    value = np.concatenate([x[3] for x in parts])
    unit = np.where(kind == 3, item - ITEM["fasting_glucose"], -1)
    unit = np.where((kind == 4) & (item == ITEM["pregnant"]), UNITS.index("week"), unit)
    ids = realm.ids(day, len(rows), "H", 10**8, 0 if first_time else LATER_ENTRIES)
    return {
        "record_id": ids,
        "account_token": account_ids(accounts[rows]),
        "patient_token": member_ids(np.full(len(rows), -1)),
        "patient_relation": constant("self", len(rows)),
        "kind": Coded(KINDS, kind.astype(np.int64)),
        "item": Coded(ITEM_POOL, item),
        "value": Number(np.round(value, 1), 1),
        "unit": Coded(UNITS, unit.astype(np.int64)),
        "recorded_at": Moment(at[rows]),
    }


Part = tuple[Array, int, Array, Array]


def _entries(realm: Realm, rng: np.random.Generator, person: Array, day: int) -> list[Part]:
    people, u = realm.people, rng.random((5, len(person)))
    none = np.nan

    def part(rows: Array, kind: int, item: Array) -> Part:
        return rows, kind, item, np.full(len(rows), none)

    allergic = np.flatnonzero((people.allergy[person] >= 0) & (u[0] < 0.6))
    operated = np.flatnonzero(u[1] < 0.002 * people.age[person])
    family = np.flatnonzero(u[2] < 0.2)
    smoke, drink = np.flatnonzero(u[3] < 0.4), np.flatnonzero(u[4] < 0.35)
    yes, no = ITEM["yes"], ITEM["no"]
    return [
        part(allergic, 0, people.allergy[person[allergic]]),
        part(operated, 1, len(ALLERGENS) + rng.integers(0, len(OPERATIONS), len(operated))),
        part(family, 2, ITEM["高血压"] + rng.integers(0, 4, len(family))),
        part(smoke, 5, np.where(people.smokes[person[smoke]], yes, no)),
        part(drink, 6, np.where(people.drinks[person[drink]], yes, no)),
        *_check_ups(realm, rng, person, 0.25),
    ]


def _check_ups(realm: Realm, rng: np.random.Generator, person: Array, share: float = 0.5) -> list[Part]:
    """Values by condition; some without a known diabetes are on the way to it."""
    people = realm.people
    rows = np.flatnonzero(rng.random(len(person)) < share)
    who = person[rows]
    diabetes, gout = people.conditions[who, CONDITION["diabetes"]], people.conditions[who, CONDITION["gout"]]
    hepatitis = people.conditions[who, CONDITION["hepatitis_b"]]
    age = people.age[who]
    glucose = 4.7 + 0.012 * age + 2.8 * diabetes + rng.gamma(2.0, 0.25, len(rows))
    cholesterol = 4.0 + 0.014 * age + rng.normal(0, 0.8, len(rows))
    uric = np.where(people.female[who], 275, 345) + 130 * gout + rng.normal(0, 55, len(rows))
    alt = 16 + 25 * hepatitis * rng.random(len(rows)) + rng.gamma(2.0, 5.0, len(rows))
    values = (glucose, np.maximum(cholesterol, 2.0), np.maximum(uric, 120), alt)
    return [(rows, 3, np.full(len(rows), ITEM[n]), v) for n, v in zip(CHECK_UPS, values, strict=True)]


def member_records(realm: Realm, accounts: Array, links: Array, at: Ints, day: int) -> Rows:
    """Allergies of family members, entered when they are bound."""
    member = np.choose(links - 1, [getattr(realm.accounts, r)[accounts] for r in RELATIONS[1:]])
    rows = np.flatnonzero(realm.people.allergy[member] >= 0)
    return {
        "record_id": realm.ids(day, len(rows), "H", 10**8, MEMBERS_ENTRIES),
        "account_token": account_ids(accounts[rows]),
        "patient_token": member_ids(member[rows]),
        "patient_relation": Coded(RELATION_CODES, RELATION_CODE[links[rows]]),
        "kind": constant("allergy", len(rows)),
        "item": Coded(ITEM_POOL, realm.people.allergy[member[rows]]),
        "value": Number(np.full(len(rows), np.nan), 1),
        "unit": Coded(UNITS, np.full(len(rows), -1)),
        "recorded_at": Moment(at[rows]),
    }
