"""Which tags the truth can judge: what is true, and of whom the hospital can know it at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from features.life_stage import BELIEVED_DAYS
from jobs.learning.truth_people import TruePeople
from models.hospital.catalogue import REGIONS, TOPICS, Region
from schemas.feature.user_health import ALLERGY_WORDS, TRIMESTERS
from schemas.feature.user_profile import AGE_BANDS
from schemas.regions import PROVINCES

Says = Callable[[TruePeople], "pd.Series[bool]"]
_CHRONIC = ("hypertension", "diabetes", "asthma", "hepatitis_b", "coronary_disease", "gout")
_CHRONIC_TOPICS = tuple(c.removesuffix("_disease") for c in _CHRONIC)


@dataclass(frozen=True)
class Judgement:
    """`true`: of whom it is true, or the value that is; `evident`: of whom the hospital can know.

    With `column` it is not a tag that is judged but what guards all lists. `together`: tags that part the same people
    among them, so that recall is that of all of them.
    """

    tag: str
    kind: str
    true: Callable[[TruePeople], pd.Series]
    evident: Says
    evident_says: str
    note: str | None = None
    column: str | None = None
    together: tuple[str, ...] = ()


def _stated(
    tag: str, column: str, true: Callable[[TruePeople], pd.Series], note: str | None = None, unless: str = ""
) -> Judgement:
    def evident(t: TruePeople) -> pd.Series[bool]:
        said = t.seen[column]
        return said.notna() & (said != unless)

    return Judgement(tag, "stated", true, evident, f"users who stated it ({column})", note)


def _ill(tag: str, condition: str, topic: str, note: str | None = None) -> Judgement:
    return Judgement(
        tag, "condition", lambda t: t.suffers(condition), lambda t: t.asked([topic]),
        "users whom a doctor answered about it, for themselves", note,
    )  # fmt: skip


def _asked(tag: str, topic: str, days: int) -> Judgement:
    return Judgement(
        tag, "condition", lambda t: t.asked([topic], days), lambda t: t.asked([topic], days),
        f"users whom a doctor answered about it, for themselves, within {days} days",
        "true is who asked: the simulated hospital knows no such lasting condition",
    )  # fmt: skip


def _is(column: str) -> Callable[[TruePeople], pd.Series]:
    return lambda t: t.people[column]


def _age(t: TruePeople) -> pd.Series:
    born = pd.to_datetime(t.people["birth_date"])
    day = pd.Timestamp(t.day)
    before = (born.dt.month > day.month) | ((born.dt.month == day.month) & (born.dt.day > day.day))
    return day.year - born.dt.year - before.astype(int)


def _age_band(t: TruePeople) -> pd.Series:
    ends = [int(b.split("-")[1]) for b in AGE_BANDS if "-" in b]
    return pd.cut(_age(t), [-1, *ends, 200], labels=list(AGE_BANDS)).astype(str)


def _generation(t: TruePeople) -> pd.Series:
    names = ["silver", "gen_x", "millennial", "gen_z", "alpha"]
    born = pd.to_datetime(t.people["birth_date"]).dt.year
    return pd.cut(born, [0, 1965, 1980, 1996, 2012, 3000], labels=names).astype(str)


def _region(holds: Callable[[Region], bool]) -> Callable[[TruePeople], pd.Series]:
    chosen = {r.code for r in REGIONS if holds(r)}
    return lambda t: t.people["region_code"].isin(chosen)


def _asked_about_two(t: TruePeople) -> pd.Series[bool]:
    return pd.DataFrame({topic: t.asked([topic]) for topic in _CHRONIC_TOPICS}).sum(axis=1) >= 2


def _several(least: int) -> Callable[[TruePeople], pd.Series]:
    return lambda t: t.condition_count(_CHRONIC) >= least


def _allergy(kind: str, words: tuple[str, ...]) -> Judgement:
    return Judgement(
        f"basic.{kind}_allergy", "stated", lambda t: t.people["allergy"].isin(words),
        lambda t: t.seen["has_allergy"], "users in whose record any allergy stands",
    )  # fmt: skip


def _source(certainty: str, condition: str, topic: str, readings: str) -> Judgement:
    return Judgement(
        f"basic.{condition}_{certainty}", "condition", lambda t: t.suffers(condition),
        lambda t: t.asked([topic]) | (t.seen[readings] >= _ENOUGH_READINGS),
        f"users whom a doctor answered about it, for themselves, or with {_ENOUGH_READINGS} readings in 30 days",
        "the degrees of certainty part the ill among them: recall is theirs together",
        together=tuple(f"basic.{condition}_{one}" for one in CERTAINTIES),
    )  # fmt: skip


def _at_stage(tag: str, stage: str) -> Judgement:
    topic = _TOPIC[stage]
    days = BELIEVED_DAYS[stage]
    return Judgement(
        tag, "stage", lambda t: t.stage() == stage,
        lambda t: t.asked([topic], days) | (_stated_days_ago(t) <= days) & (t.seen["fertility_state"] == stage),
        f"users who stated it, or whom a doctor answered about it, within {days} days",
    )  # fmt: skip


def _stated_pregnancy(t: TruePeople) -> pd.Series[bool]:
    return (t.seen["fertility_state"] == "pregnant") & (_stated_days_ago(t) <= 275)


def _stated_days_ago(t: TruePeople) -> pd.Series[int]:
    return (pd.Timestamp(t.day) - pd.to_datetime(t.seen["fertility_state_date"])).dt.days


def _in_pregnancy(t: TruePeople, says: pd.Series) -> pd.Series:
    return says.where(t.stage() == "pregnant")


def _worse(tag: str, *, is_fault: bool) -> Judgement:
    kinds, says = ("cuff", "meter", "watch"), "a fault" if is_fault else "an episode"

    def true(t: TruePeople) -> pd.Series[bool]:
        return t.worsens(kinds, is_fault=is_fault, days=14, at_least=2)

    def evident(t: TruePeople) -> pd.Series[bool]:
        lasting = t.worsens(kinds, is_fault=is_fault, days=7, at_least=4)
        return lasting & (t.seen["reading_days_7d"] >= 4) & (t.seen["reading_days_90d"] >= 15)

    return Judgement(
        tag, "stage", true, evident,
        f"users with {says} on four of the last seven days, four days measured in them and 15 in 90",
        f"true is {says} of a meter or watch that covers two of the last 14 days",
    )  # fmt: skip


_PROVINCE = {code: name for code, (name, _) in PROVINCES.items()}
_SENSITIVE = [t.code for t in TOPICS if t.sensitive]
CERTAINTIES = ("sure", "likely", "suspected")
_ENOUGH_READINGS = 10
_TOPIC = {"trying": "trying", "pregnant": "pregnancy", "postnatal": "postnatal"}
# Columns of features that say who could be known.
SEEN = (
    "birth_year", "sex", "occupation", "income_band", "region_code", "smoking_state", "drinking_state",
    "fertility_state", "fertility_state_date", "has_allergy", "has_sensitive_condition", "active_event_count_30d",
    "active_event_count_90d", "reading_days_7d", "reading_days_90d", "systolic_reading_count_30d",
    "glucose_reading_count_30d",
)  # fmt: skip

JUDGEMENTS = (
    _stated("basic.sex", "sex", _is("sex"), unless="unknown"),
    _stated("basic.age_band", "birth_year", _age_band),
    _stated("basic.generation", "birth_year", _generation),
    _stated("basic.elder", "birth_year", lambda t: _age(t) >= 65),
    _stated("basic.gen_z", "birth_year", lambda t: (_generation(t) == "gen_z") & (_age(t) >= 18)),
    _stated("basic.occupation", "occupation", lambda t: t.people["occupation"].replace("doctor", "medical_staff")),
    _stated("basic.income_level", "income_band", _is("income")),
    _stated("basic.province", "region_code", lambda t: t.people["region_code"].str[:2].map(_PROVINCE)),
    _stated("basic.cold_north", "region_code", _region(lambda r: r.january_c <= -5),
            "true is a mean of -5 degrees or less in January"),
    _stated("basic.humid_south", "region_code", _region(lambda r: not r.north), "true is a city south of the Qinling"),
    _stated("basic.smoker", "smoking_state", _is("smokes")),
    _stated("basic.drinker", "drinking_state", _is("drinks")),
    Judgement("basic.allergic", "stated", lambda t: t.people["allergy"].notna(), lambda t: t.seen["has_allergy"],
              "users in whose record any allergy stands", "recall of the stated is 1 by what it means: look at all"),
    *(_allergy(kind, words) for kind, words in ALLERGY_WORDS.items()),
    Judgement("behaviour.asks_for_child", "stated", lambda t: t.asked((), 90, "child", answered=False),
              lambda t: t.asked((), 90, "child", answered=False), "users who asked a doctor for a child in 90 days",
              "a quarter of such consultations do not say whom they are about"),
    Judgement("behaviour.asks_for_parent", "stated", lambda t: t.asked((), 90, "parent", answered=False),
              lambda t: t.asked((), 90, "parent", answered=False), "users who asked a doctor for a parent in 90 days",
              "a quarter of such consultations do not say whom they are about"),
    _ill("basic.hypertension", "hypertension", "hypertension"),
    _ill("basic.diabetes", "diabetes", "diabetes"),
    _ill("basic.asthma", "asthma", "asthma"),
    _ill("basic.coronary_disease", "coronary_disease", "coronary"),
    _ill("need.insomnia", "insomnia", "insomnia"),
    Judgement("basic.multiple_chronic", "condition", _several(2),
              _asked_about_two,
              "users whom a doctor answered about two or more, for themselves"),
    Judgement("need.chronic_management", "condition", _several(1),
              lambda t: t.asked(_CHRONIC_TOPICS),
              "users whom a doctor answered about one of them, for themselves"),
    _ill("basic.gout", "gout", "gout"),
    _ill("basic.hepatitis_b", "hepatitis_b", "hepatitis_b"),
    _ill("basic.allergic_rhinitis", "allergic_rhinitis", "pollen_allergy"),
    *(_source(c, "hypertension", "hypertension", "systolic_reading_count_30d") for c in CERTAINTIES),
    *(_source(c, "diabetes", "diabetes", "glucose_reading_count_30d") for c in CERTAINTIES),
    _asked("need.back_pain", "neck_pain", 365),
    _asked("need.fatigue", "fatigue", 365),
    _asked("need.hair_loss", "hair_loss", 365),
    Judgement("has_sensitive_condition", "condition",
              lambda t: (t.condition_count(("depression", "breast_cancer", "hiv")) > 0) | (t.stage() == "lost"),
              lambda t: t.asked(_SENSITIVE), "users whom a doctor answered about such a thing, for themselves",
              "no tag: the column that keeps people off lists. Earlier losses of a pregnancy count as held wrongly",
              column="has_sensitive_condition"),
    Judgement("behaviour.night_owl", "rhythm", lambda t: t.people["night"] >= 0.5,
              lambda t: t.seen["active_event_count_30d"] >= 20, "users with 20 active events or more in 30 days",
              "true is a leaning of one half or more towards night hours; of such a person's visits a third lie there"),
    Judgement("basic.office_worker_996", "rhythm", _is("works_996"),
              lambda t: t.seen["active_event_count_90d"] >= 60, "users with 60 active events or more in 90 days",
              "hours of use alone: most come a dozen times in 90 days, and four in ten others lean to late hours too"),
    Judgement("behaviour.reads_reviews", "rhythm", lambda t: t.people["reads_reviews"] >= 0.5,
              lambda t: t.seen["active_event_count_90d"] >= 20, "users with 20 active events or more in 90 days",
              "true is a hidden leaning of one half or more; whoever leans less reads some too"),
    *(_at_stage(tag, stage) for tag, stage in (
        ("basic.trying_to_conceive", "trying"), ("basic.pregnant", "pregnant"), ("basic.postnatal", "postnatal"))),
    Judgement("basic.pregnancy_week", "stage", lambda t: _in_pregnancy(t, t.weeks().map("{:.0f}".format)),
              _stated_pregnancy, "users who stated a pregnancy within 275 days, and no other state since"),
    Judgement("basic.pregnancy_trimester", "stage",
              lambda t: _in_pregnancy(t, pd.cut(t.weeks(), [-1, 13, 27, 60], labels=list(TRIMESTERS)).astype(str)),
              _stated_pregnancy, "users who stated a pregnancy within 275 days, and no other state since"),
    _worse("need.readings_worsening", is_fault=False),
    _worse("need.meter_faulty", is_fault=True),
    Judgement("need.readings_out_of_range", "stage",
              lambda t: t.suffers("hypertension") | t.suffers("diabetes")
              | t.worsens(("cuff", "meter"), is_fault=False, days=9, at_least=3),
              lambda t: t.worsens(("cuff", "meter"), is_fault=False, days=9, at_least=3)
              & (t.seen["reading_days_7d"] >= 3),
              "users with a true episode on three of the last nine days who measured on three of the last seven",
              "true is who has high pressure or diabetes, or a true episode: the truth knows no level"),
)  # fmt: skip
