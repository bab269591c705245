"""Consultations, and the diagnoses and prescriptions that come of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.hospital import doctors as staff
from models.hospital import money
from models.hospital import parameters as p
from models.hospital.catalogue import CONDITION, CONDITIONS, TOPICS
from models.hospital.columns import MISSING, Coded, Flag, Moment, Number, Numbered, Rows
from models.hospital.hidden import BAD, FAIR
from models.hospital.realm import Realm, account_ids, member_ids
from models.hospital.sessions import SLOW, UNFIT, Sessions
from models.hospital.streams import Array, Bools, Floats, Ints, pick_by_row
from models.hospital.traits import RELATIONS
from models.hospital.words import COMPLAINTS_PER_CASE
from schemas.vocabulary import DEPARTMENTS, FORMS, SEXES
from schemas.vocabulary import RELATIONS as RELATION_CODES

STATUS = ("closed", "cancelled", "refused")
RELATION_CODE = np.array([RELATION_CODES.index(r) for r in RELATIONS])
UNKNOWN = RELATION_CODES.index("unknown")
ICD10 = tuple(sorted({c for t in TOPICS for c in t.icd10} | {c.icd10 for c in CONDITIONS}))
TOPIC_ICD10 = np.array([[ICD10.index(t.icd10[0]), ICD10.index(t.icd10[-1])] for t in TOPICS])
DRUGS = tuple(sorted({d for t in TOPICS for d in t.drugs}))
TOPIC_DRUGS = np.array([[DRUGS.index(t.drugs[0]), DRUGS.index(t.drugs[-1])] if t.drugs else [-1, -1] for t in TOPICS])
TOPIC_CHRONIC = np.array([t.chronic for t in TOPICS])
TOPIC_DEPARTMENT = np.array([DEPARTMENTS.index(t.department) for t in TOPICS])
DRUG_DAYS = np.array([d[3] for d in DRUGS])


@dataclass
class Consultations:
    """One row per question asked, cancelled and refused ones too; times in local milliseconds, MISSING if never."""

    id: Ints
    account: Ints
    patient: Ints
    relation: Ints
    topic: Ints
    form: Ints
    doctor: Ints
    outcome: Ints
    asked: Ints
    accepted: Ints
    replied: Ints
    closed: Ints
    fee: Floats
    rating: Ints
    status: Ints
    refill: Bools

    def __len__(self) -> int:
        return len(self.id)


def consultations_of(realm: Realm, s: Sessions, day: int) -> Consultations:
    """Who asked, who gave up waiting, whom no doctor took."""
    rng = realm.rng("consultations", day)
    draw = rng.random(len(s))
    chosen = np.flatnonzero(s.consulted | ((s.drop == SLOW) & (draw < 0.22)) | ((s.drop == UNFIT) & (draw < 0.08)))
    status = np.where(s.consulted[chosen], 0, np.where(s.drop[chosen] == SLOW, 1, 2))
    account, topic = s.account[chosen], s.topic[chosen]
    size = len(chosen)
    patient = realm.state.patient[account]
    patient = np.where(patient < 0, realm.accounts.person[account], patient)
    outcome = np.where(s.outcome[chosen] < 0, FAIR, s.outcome[chosen])
    doctor = _doctor(rng, realm, account, topic, outcome)
    form = pick_by_row(rng, money.form_weights(realm.traits.take_light(account)))
    asked = s.asked_at[chosen]
    accepted, replied, closed = _course(rng, realm, doctor, asked, outcome, form, status)
    rated = (rng.random(size) < 0.35) & (status == 0)
    return Consultations(
        id=(realm.calendar.ordinal + day) * 10**6 + np.arange(size, dtype=np.int64), account=account, patient=patient,
        relation=realm.patient_relation(account, patient), topic=topic, form=form, doctor=doctor, outcome=outcome,
        asked=asked, accepted=accepted, replied=replied, closed=closed,
        fee=money.fees(form, realm.doctors.price[doctor]),
        rating=np.where(rated, staff.ratings(rng, outcome), MISSING), status=status,
        refill=np.zeros(size, dtype=bool),
    )  # fmt: skip


def _doctor(rng: np.random.Generator, realm: Realm, account: Array, topic: Array, outcome: Array) -> Ints:
    """By department and outcome; people return to the doctor they know if that one is of the department."""
    department = TOPIC_DEPARTMENT[topic]
    drawn = staff.assign(rng, realm.doctors, department, outcome)
    last = realm.last_doctor[account]
    returns = (last >= 0) & (realm.doctors.department[last] == department) & (outcome != BAD)
    keeps = returns & (rng.random(len(account)) < 0.55)
    return np.where(keeps, last, drawn).astype(np.int64)


def _course(
    rng: np.random.Generator, realm: Realm, doctor: Ints, asked: Ints, outcome: Array, form: Ints, status: Array
) -> tuple[Ints, Ints, Ints]:
    """When taken, answered and closed; a cancelled one was waited for longest."""
    hour = (asked // 3_600_000) % 24
    taken, reply = staff.waits(rng, realm.doctors, doctor, hour, np.where(status == 1, BAD, outcome))
    lasts = np.array([1500, 540, 780])[form] * np.exp(rng.normal(0, 0.6, len(asked)))
    closed = np.where(status == 1, asked + reply * 1000, asked + (reply + lasts.astype(np.int64)) * 1000)
    never = status > 0
    return (
        np.where(never, MISSING, asked + taken * 1000),
        np.where(never, MISSING, asked + reply * 1000),
        np.where(status == 2, asked + taken * 1000, closed),
    )


def consultation_rows(realm: Realm, c: Consultations, day: int) -> Rows:
    """What the hospital's system shows of them."""
    rng = realm.rng("consultation rows", day)
    size, u = len(c), rng.random((4, len(c)))
    age = np.floor((realm.people.age[c.patient] * 365.25 + day) / 365.25)
    off = np.where(u[0] < 0.06, rng.integers(-8, 9, size), 0)
    member = c.relation > 0
    says_nothing = u[1] < np.where(member, 0.25, 0.03)
    sex = np.where(realm.people.female[c.patient], 0, 1)
    sex = np.where(u[2] < np.where(member, 0.05, 0.005), 1 - sex, sex)
    relation = np.where(says_nothing, UNKNOWN, RELATION_CODE[c.relation])
    complaint = (c.topic * len(RELATIONS) + c.relation) * COMPLAINTS_PER_CASE
    return {
        "consultation_id": Numbered("C", c.id, 11),
        "account_token": account_ids(c.account),
        "patient_token": member_ids(np.where(member & ~says_nothing & (u[3] < 0.8), c.patient, -1)),
        "patient_relation": Coded(RELATION_CODES, relation),
        "patient_age": Number(np.where(u[2] <= np.where(member, 0.65, 0.9), np.clip(age + off, 0, 110), np.nan)),
        "patient_sex": Coded(SEXES, np.where(u[0] > np.where(member, 0.7, 0.92), 2, sex)),
        "department": Coded(DEPARTMENTS, TOPIC_DEPARTMENT[c.topic]),
        "form": Coded(FORMS, c.form),
        "doctor_id": Numbered("D", c.doctor, 5),
        "asked_at": Moment(c.asked),
        "accepted_at": Moment(c.accepted),
        "first_reply_at": Moment(c.replied),
        "closed_at": Moment(c.closed),
        "question_count": Number(np.where(c.status == 0, 1 + rng.poisson(3 + 3 * (c.form == 0)), 1)),
        "chief_complaint": Coded(realm.words.complaints, complaint + rng.integers(0, COMPLAINTS_PER_CASE, size)),
        "fee_yuan": Number(np.where(c.status == 0, c.fee, 0.0), 2),
        "rating": Number(c.rating),
        "status": Coded(STATUS, c.status),
    }


def _whose(realm: Realm, c: Consultations, at: Array) -> Rows:
    """Account and patient as they stand in the record, which is better kept than the question."""
    member = c.relation[at] > 0
    return {
        "consultation_id": Numbered("C", c.id[at], 11),
        "account_token": account_ids(c.account[at]),
        "patient_token": member_ids(np.where(member, c.patient[at], -1)),
        "patient_relation": Coded(RELATION_CODES, RELATION_CODE[c.relation[at]]),
    }


def diagnosis_rows(realm: Realm, c: Consultations, day: int) -> Rows:
    """Most closed consultations end with a diagnosis, some also name a lasting condition."""
    rng = realm.rng("diagnosis", day)
    u = rng.random((3, len(c)))
    main = np.flatnonzero((c.status == 0) & (u[0] < 0.85))
    ill = realm.people.conditions[c.patient]
    more = np.flatnonzero((c.status == 0) & (u[1] < 0.2) & ill.any(axis=1))
    lasting = np.array([ICD10.index(x.icd10) for x in CONDITIONS])[ill[more].argmax(axis=1)]
    first = np.where(u[2, main] < 0.75, TOPIC_ICD10[c.topic[main], 0], TOPIC_ICD10[c.topic[main], 1])
    keep = ~np.isin(lasting, TOPIC_ICD10[c.topic[more]].ravel()) if len(more) else np.zeros(0, dtype=bool)
    at = np.concatenate([main, more[keep]])
    return {
        "diagnosis_id": realm.ids(day, len(at), "G"),
        **_whose(realm, c, at),
        "icd10_code": Coded(ICD10, np.concatenate([first, lasting[keep]]).astype(np.int64)),
        "is_primary": Flag(np.arange(len(at)) < len(main)),
        "diagnosed_at": Moment(np.where(c.closed[at] < 0, c.asked[at], c.closed[at])),
    }


@dataclass
class Prescriptions:
    """One row per line; `consultation` is a row of the day's consultations, -1 for a refill."""

    account: Ints
    patient: Ints
    relation: Ints
    consultation: Ints
    drug: Ints
    days: Ints
    at: Ints


def prescriptions_of(realm: Realm, c: Consultations, s: Sessions, day: int) -> Prescriptions:
    """New ones by doctors, refills by the patients' adherence."""
    rng = realm.rng("prescription", day)
    drug = np.where(rng.random(len(c)) < 0.7, TOPIC_DRUGS[c.topic, 0], TOPIC_DRUGS[c.topic, 1])
    new = np.flatnonzero((c.status == 0) & (drug >= 0) & (rng.random(len(c)) < p.PRESCRIBED))
    again = np.flatnonzero(s.refill)
    account = s.account[again]
    patient, refilled = _refilled(realm, account)
    return Prescriptions(
        account=np.concatenate([c.account[new], account]),
        patient=np.concatenate([c.patient[new], patient]),
        relation=np.concatenate([c.relation[new], realm.patient_relation(account, patient)]),
        consultation=np.concatenate([new, np.full(len(again), -1)]),
        drug=np.concatenate([drug[new], refilled]).astype(np.int64),
        days=np.concatenate([DRUG_DAYS[drug[new]], np.full(len(again), p.REFILL_SUPPLY_DAYS)]).astype(np.int64),
        at=np.concatenate([c.closed[new], s.paid_at[again]]),
    )


LASTING = np.flatnonzero(TOPIC_CHRONIC & (TOPIC_DRUGS[:, 0] >= 0))
LASTING_CONDITION = np.array([CONDITION[TOPICS[t].condition] for t in LASTING])


def _refilled(realm: Realm, account: Array) -> tuple[Ints, Ints]:
    """Whose medicine is refilled, and which: the holder's, or else that of whom they last asked for."""
    holder, asked_for = realm.accounts.person[account], realm.state.patient[account]
    is_ill = realm.people.conditions[holder][:, LASTING_CONDITION].any(axis=1)
    patient = np.where(is_ill | (asked_for < 0), holder, asked_for)
    suffers = realm.people.conditions[patient][:, LASTING_CONDITION]
    fits = suffers & (realm.state.topic[account][:, None] == LASTING)
    at = np.where(fits.any(axis=1), fits.argmax(axis=1), suffers.argmax(axis=1))
    return patient.astype(np.int64), np.asarray(TOPIC_DRUGS[LASTING[at], 0], dtype=np.int64)


def prescription_rows(realm: Realm, rx: Prescriptions, c: Consultations, day: int) -> Rows:
    written = rx.consultation >= 0
    consultation = np.full(len(written), MISSING)
    consultation[written] = c.id[rx.consultation[written]]
    return {
        "prescription_line_id": realm.ids(day, len(rx.account), "P"),
        "consultation_id": Numbered("C", consultation, 11),
        "account_token": account_ids(rx.account),
        "patient_token": member_ids(np.where(rx.relation > 0, rx.patient, -1)),
        "patient_relation": Coded(RELATION_CODES, RELATION_CODE[rx.relation]),
        "drug_code": Coded(tuple(d[0] for d in DRUGS), rx.drug),
        "drug_class": Coded(tuple(d[1] for d in DRUGS), rx.drug),
        "dose": Coded(tuple(d[2] for d in DRUGS), rx.drug),
        "days_supply": Number(rx.days),
        "is_refill": Flag(~written),
        "prescribed_at": Moment(rx.at),
    }
