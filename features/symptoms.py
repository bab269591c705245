"""Symptoms in what patients write: which are affirmed, how badly, since when, and whose.

A dictionary and regular expressions that both engines read alike; texts come from behind the door, where whatever tells
who somebody is has become a mark. A word under a negation, a doubt, or said to be over is not affirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.declaration import Bilingual, Declared
from features.sql_text import literal
from schemas.vocabulary import DEPARTMENTS

Words = tuple[str, ...]
_HAN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "几": 3}
_NUMBER = "[0-9]+|[" + "".join(_HAN) + "]"
_UNIT_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "个月": 30, "月": 30, "年": 365}
# An age or a week of pregnancy is no duration.
_NO_DURATION = f"({_NUMBER}十?)(周?岁|个?月大|个多?月的|个月宝宝)|(怀孕|孕)了?({_NUMBER}十?)(个月|周|多周)"
_DURATION = f"({_NUMBER})多?(个)?多?(" + "|".join(sorted(_UNIT_DAYS, key=len, reverse=True)) + ")"
_SPACES = " \t\r\n\u3000"


class Symptom(Declared):
    """One symptom with the words that name it, and the department it leads to."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Bilingual
    department: str
    words: Words = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.department not in DEPARTMENTS:
            raise ValueError(f"symptom {self.code}: expected a department of {', '.join(DEPARTMENTS)}")
        return self


class SymptomWords(Declared):
    """conf/symptoms.yml."""

    symptoms: tuple[Symptom, ...] = Field(min_length=1)
    negations: Words
    fillers: Words
    doubts: Words
    over: Words
    who: Mapping[Literal["spouse", "parent", "child", "other"], Words]
    speaks: Words
    not_who: Words
    severe: Words
    not_severe: Words
    mild: Words

    @cached_property
    def by_word(self) -> dict[str, str]:
        return {word: s.code for s in self.symptoms for word in s.words}

    @cached_property
    def departments(self) -> dict[str, str]:
        return {s.code: s.department for s in self.symptoms}

    @model_validator(mode="after")
    def _each_word_once(self) -> Self:
        words = [word for s in self.symptoms for word in s.words]
        doubled = sorted({w for w in words if words.count(w) > 1})
        codes = [s.code for s in self.symptoms]
        if doubled or len(set(codes)) < len(codes):
            raise ValueError(f"a word, and a code, belongs to one symptom: {', '.join(doubled) or codes}")
        signs = set("\\^$.|?*+()[]{}'")
        if bad := sorted(w for w in words if signs & set(w)):
            raise ValueError(f"a word is plain text, found {', '.join(bad)}")
        return self


def any_of(words: Iterable[str]) -> str:
    """A group of a regular expression, longer words first: both engines take the first that fits."""
    return "(" + "|".join(sorted(words, key=lambda w: (-len(w), w))) + ")"


def with_symptoms(texts: DataFrame, words: SymptomWords) -> DataFrame:
    """The rows with what their column `text` says: symptoms, about, degree, duration_days.

    `symptoms`: codes affirmed, each once, in the order of the text; empty where none. `about`: self, child, parent,
    spouse or other, the first person named, and self where nobody is. `degree`: severe, mild or NULL. In steps, so that
    engines read each pattern once.
    """
    persons = [any_of(words.not_who), f"{_anybody(words)}{any_of(words.speaks)}"]
    plain = texts.selectExpr("*", f"translate(lower(coalesce(text, '')), '{_SPACES}', '') AS plain")
    cleared = plain.selectExpr(
        "*",
        f"{_without('plain', _not_affirmed(words))} AS affirmed",
        f"{_without('plain', persons)} AS persons",
        f"{_without('plain', [_NO_DURATION])} AS undated",
    )
    parts = cleared.selectExpr(
        *texts.columns,
        f"regexp_extract_all(affirmed, {_quoted(any_of(words.by_word))}, 1) AS named",
        f"{_without('affirmed', [any_of(words.not_severe)])} AS degrees",
        f"regexp_extract(persons, {_quoted(_anybody(words))}, 1) AS person",
        "undated",
        *(f"regexp_extract(undated, {_quoted(_DURATION)}, {n}) AS {part}" for n, part in ((1, "number"), (3, "unit"))),
    )
    codes = " ".join(f"WHEN {literal(w)} THEN '{code}'" for w, code in words.by_word.items())
    whose = " ".join(f"WHEN {literal(w)} THEN '{who}'" for who, named in words.who.items() for w in named)
    return parts.selectExpr(
        *texts.columns,
        f"array_distinct(transform(named, w -> CASE w {codes} END)) AS symptoms",
        f"CASE person {whose} ELSE 'self' END AS about",
        f"CASE WHEN degrees RLIKE {_quoted(any_of(words.severe))} THEN 'severe' "
        f"WHEN degrees RLIKE {_quoted(any_of(words.mild))} THEN 'mild' END AS degree",
        f"{_days()} AS duration_days",
    )


def symptom_days(event: DataFrame, consultation: DataFrame, words: SymptomWords) -> DataFrame:
    """feature.user_symptom_day: symptoms that an actor named on a day, in searches and in complaints.

    What a consultation's record says of whom it is about stands before what its text says.
    """
    searched = event.where("event_name = 'search' AND search_words IS NOT NULL").selectExpr(
        "coalesce(account_token, device_token) AS actor_id", "event_date", "known_date", "search_words AS text",
        "CAST(NULL AS STRING) AS relation", "1 AS searches", "0 AS complaints",
    )  # fmt: skip
    told = consultation.where("chief_complaint IS NOT NULL").selectExpr(
        "account_token AS actor_id", "event_date", "known_date", "chief_complaint AS text",
        "nullif(patient_relation, 'unknown') AS relation", "0 AS searches", "1 AS complaints",
    )  # fmt: skip
    texts = searched.unionByName(told).where("actor_id IS NOT NULL")
    read = with_symptoms(texts, words)
    # Without a filter on what was read: Sail would push it into the table's scan and not find the column there.
    rows = read.selectExpr(
        "actor_id", "event_date", "known_date", "explode(symptoms) AS symptom", "coalesce(relation, about) AS about",
        "searches", "complaints", "CASE WHEN degree = 'severe' THEN 1 ELSE 0 END AS severe",
        "coalesce(duration_days, 0) AS duration_days",
    )  # fmt: skip
    return rows.groupBy("actor_id", "event_date", "known_date", "symptom", "about").agg(
        F.expr("CAST(sum(searches) AS INT)").alias("symptom_search_count"),
        F.expr("CAST(sum(complaints) AS INT)").alias("symptom_complaint_count"),
        F.expr("CAST(sum(severe) AS INT)").alias("severe_symptom_count"),
        F.expr("CAST(max(duration_days) AS INT)").alias("symptom_duration_days"),
    )


def _not_affirmed(words: SymptomWords) -> Sequence[str]:
    word, filler = any_of(words.by_word), f"{any_of(words.fillers)}?"
    # "没有发烧、咳嗽和头晕" denies all three; after a comma something new begins.
    listed = f"{word}([、和或及]{word})*"
    return (
        f"{any_of(words.doubts)}{filler}{listed}",
        f"{word}{any_of(words.over)}",
        f"{any_of(words.negations)}{filler}{filler}{listed}",
    )


def _without(text: str, patterns: Iterable[str]) -> str:
    for pattern in patterns:
        text = f"regexp_replace({text}, {_quoted(pattern)}, ' ')"
    return text


def _anybody(words: SymptomWords) -> str:
    return any_of(word for named in words.who.values() for word in named)


def _days() -> str:
    han = " ".join(f"WHEN '{sign}' THEN {value}" for sign, value in _HAN.items())
    days = " ".join(f"WHEN '{u}' THEN {d}" for u, d in _UNIT_DAYS.items())
    counted = f"(CASE number {han} ELSE try_cast(number AS INT) END) * (CASE unit {days} END)"
    lately = "undated RLIKE '昨晚|昨天|今天|今早|刚刚|早上起'"
    return f"CASE WHEN undated LIKE '%半年%' THEN 180 WHEN number <> '' THEN {counted} WHEN {lately} THEN 1 END"


def _quoted(pattern: str) -> str:
    """A regular expression as a SQL literal; none here has a quote or a backslash."""
    return f"'{pattern}'"
