"""What patients write, awkwardly: affirmed, denied, doubted, over, and whose."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from silver_rows import DAY, at, people, silver, told

from features.persons import of_users
from features.symptoms import SymptomWords, symptom_days, with_symptoms
from features.user_symptom import user_symptom
from jobs.runtime.conform import conform
from jobs.runtime.declarations import load_symptoms
from jobs.runtime.settings import project_root
from schemas.feature.user_symptom import USER_SYMPTOM
from schemas.feature.user_symptom_day import USER_SYMPTOM_DAY

WORDS = load_symptoms(project_root() / "conf")
# text: (symptoms, about, degree, days)
SENTENCES: dict[str | None, tuple[list[str], str, str | None, int | None]] = {
    "发烧三天，没有咳嗽": (["fever"], "self", None, 3),
    "没有发烧、咳嗽和头晕，就是嗓子疼": (["sore_throat"], "self", None, None),
    "不咳嗽不发烧 头晕": (["dizziness"], "self", None, None),
    "没有发烧，咳嗽两天了": (["cough"], "self", None, 2),
    "并没有出现胸闷，也不恶心": ([], "self", None, None),
    "不停咳嗽一周": (["cough"], "self", None, 7),
    "咳嗽不止，睡不着": (["cough", "insomnia"], "self", None, None),
    "发烧已经好了，还有点咳嗽": (["cough"], "self", "mild", None),
    "担心是糖尿病，口渴": (["high_glucose"], "self", None, None),
    "会不会是高血压": ([], "self", None, None),
    "是不是感冒": ([], "self", None, None),
    "我妈血压高，头晕得厉害": (["high_pressure", "dizziness"], "parent", "severe", None),
    "我妈说我咳嗽要去医院": (["cough"], "self", None, None),
    "孩子他爸胃疼": (["stomach_ache"], "spouse", None, None),
    "8个月的宝宝发烧两天": (["fever"], "child", None, 2),
    "宝宝3岁咳嗽一个多月": (["cough"], "child", None, 30),
    "怀孕3个月，孕吐厉害": (["pregnancy"], "self", "severe", None),
    "肚子里的宝宝胎动少，我头晕": (["pregnancy", "dizziness"], "self", None, None),
    "奶奶腰疼反复半年": (["neck_back"], "other", None, 180),
    "高烧不退，浑身酸痛，严重吗": (["fever", "influenza"], "self", "severe", None),
    "失眠，严重吗": (["insomnia"], "self", None, None),
    "最近没精神、没力气，怕冷": (["fatigue"], "self", None, None),
    "昨晚开始拉肚子": (["diarrhoea"], "self", None, 1),
    "血压不高": ([], "self", None, None),
    "失棉，头昏晕 2周": (["insomnia", "dizziness"], "self", None, 14),
    "没 有 发 烧": ([], "self", None, None),
    "电话[phone]，咳嗽": (["cough"], "self", None, None),
    "想问一下挂什么科": ([], "self", None, None),
    "最近情绪低落，想做化疗咨询": ([], "self", None, None),  # sensitive: not read from texts
    "": ([], "self", None, None),
    None: ([], "self", None, None),
}


def test_awkward_sentences_are_read_as_a_person_would(engine: SparkSession) -> None:
    rows = engine.createDataFrame([(i, text) for i, text in enumerate(SENTENCES)], "i int, text string")
    read = with_symptoms(rows, WORDS)
    found = {r["text"]: (r["symptoms"], r["about"], r["degree"], r["duration_days"]) for r in read.collect()}
    assert {t: v for t, v in found.items() if v != SENTENCES[t]} == {}


def test_every_word_alone_names_its_own_symptom(spark: SparkSession) -> None:
    words = WORDS.by_word
    rows = spark.createDataFrame([(w,) for w in words], "text string")
    read = with_symptoms(rows, WORDS).collect()
    assert {r["text"]: r["symptoms"] for r in read if r["symptoms"] != [words[r["text"]]]} == {}


def day(**said: Any) -> dict[str, Any]:
    return {"actor_id": "a", "event_date": DAY, "known_date": DAY, **said}


def test_searches_and_complaints_add_up_by_day_and_the_record_says_whose(engine: SparkSession) -> None:
    searches = [
        {
            "event_name": "search",
            "account_token": "a",
            "search_words": "咳嗽怎么办",
            "event_at": at("2026-03-01 01:00"),
        },
        {"event_name": "search", "account_token": "a", "search_words": "咳嗽", "event_at": at("2026-03-01 02:00")},
        {"event_name": "search", "device_token": "d", "search_words": "孩子发烧", "event_at": at("2026-03-01 02:00")},
        {"event_name": "view_home", "account_token": "a", "search_words": "头晕"},
    ]
    asked = [
        {"account_token": "a", "chief_complaint": "高烧三天", "patient_relation": "child",
         "asked_at": at("2026-03-01 03:00")},
        {"account_token": "a", "chief_complaint": "我妈头晕", "patient_relation": "unknown",
         "asked_at": at("2026-03-01 03:00")},
    ]  # fmt: skip
    found = symptom_days(silver(engine, "event", *searches), silver(engine, "consultation", *asked), WORDS)
    assert told(conform(USER_SYMPTOM_DAY, found), "actor_id", "symptom") == [
        day(symptom="cough", about="self", symptom_search_count=2),
        day(symptom="dizziness", about="parent", symptom_complaint_count=1),
        day(symptom="fever", about="child", symptom_complaint_count=1, severe_symptom_count=1, symptom_duration_days=3),
        day(symptom="fever", about="child", symptom_search_count=1, actor_id="d"),
    ]


def test_own_symptoms_lead_and_the_familys_stand_apart(spark: SparkSession) -> None:
    def named(symptom: str, about: str, days_ago: int, **counts: int) -> tuple[Any, ...]:
        from datetime import timedelta

        row = {"symptom_search_count": 0, "symptom_complaint_count": 0, "severe_symptom_count": 0,
               "symptom_duration_days": 0, **counts}  # fmt: skip
        return ("a", DAY - timedelta(days=days_ago), DAY, symptom, about, *row.values())

    days = spark.createDataFrame(
        [
            named("cough", "self", 0, symptom_search_count=2),
            named("insomnia", "self", 0, symptom_complaint_count=1, symptom_duration_days=14, severe_symptom_count=1),
            named("fever", "self", 89, symptom_complaint_count=1),
            named("rash", "self", 90, symptom_complaint_count=9),  # outside the window
            named("fever", "child", 3, symptom_search_count=1),
        ],
        USER_SYMPTOM_DAY.ddl,
    )
    users = spark.createDataFrame([("u1",), ("u2",)], "user_id string")
    found = user_symptom(of_users(days, people(spark, [("a", "u1")]), "actor_id"), WORDS.departments, users, DAY)
    named_by, silent = told(conform(USER_SYMPTOM, found), "user_id")
    assert silent == {"user_id": "u2", "as_of_date": DAY}
    assert named_by == {
        "user_id": "u1", "as_of_date": DAY, "symptom_count_30d": 3, "symptom_count_90d": 4,
        "top_symptoms_90d": ["insomnia", "cough", "fever"], "top_symptom_90d": "insomnia",
        "symptom_department_90d": "neurology", "has_severe_symptom_30d": True, "symptom_duration_days_90d": 14,
        "family_symptoms_90d": ["fever"], "has_child_symptom_30d": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"department": "heart"}, "expected a department"),
        ({"words": ("咳嗽",)}, "belongs to one symptom"),
        ({"words": ("烧.*",)}, "plain text"),
    ],
)
def test_a_wrong_dictionary_is_refused_with_its_reason(change: dict[str, Any], says: str) -> None:
    stated = WORDS.model_dump()
    stated["symptoms"] = (stated["symptoms"][0] | change, *stated["symptoms"][1:])
    with pytest.raises(ValidationError, match=says):
        SymptomWords.model_validate(stated)
