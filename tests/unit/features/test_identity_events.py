"""Who becomes whom is told, and every old id leads to whoever it is now."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from silver_rows import DAY, at, rows_of, silver
from test_identity import account, linked

from features.identity_events import identity_events, user_id_map
from features.persons import of_users, registered_users
from features.tags import but_of_parted
from features.user_health import user_health
from jobs.runtime.conform import conform
from schemas.feature.user_health import USER_HEALTH
from schemas.gold.tag import USER_TAG
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_event import IDENTITY_EVENT, USER_ID_MAP

Whose = dict[str, str]


def persons(spark: SparkSession, whose: Whose, **links: str) -> DataFrame:
    rows = [
        {"actor_id": a, "actor_kind": "account", "user_id": u, "link_kind": links.get(a, "own")}
        for a, u in whose.items()
    ]
    shared = {"actor_id": "tablet", "actor_kind": "device", "user_id": sorted(whose.values() or ["u"])[-1]}
    return rows_of(IDENTITY, spark, *rows, {**shared, "link_kind": "log_in"})


def events(before: DataFrame, after: DataFrame, day: date = DAY) -> list[tuple[str, str, str, str, int]]:
    rows = conform(IDENTITY_EVENT, identity_events(before, after, day)).collect()
    told = [(r["kind"], r["old_user_id"], r["new_user_id"], r["cause"], r["account_count"]) for r in rows]
    return sorted(told)


def test_new_merged_parted_and_renamed_persons_are_told_and_others_are_not(spark: SparkSession) -> None:
    before = persons(
        spark,
        {"a": "ua", "b": "ub", "b2": "ub", "c": "uc", "c2": "uc", "d": "ud", "same": "usame"},
        c2="merge", b2="unionid",
    )  # fmt: skip
    after = persons(
        spark,
        {"a": "ua", "b": "ua", "b2": "ua", "c": "uc", "c2": "uc2", "d": "udd", "dd": "udd", "same": "usame",
         "same2": "usame", "n": "un", "n2": "un"},
        b="id_card", b2="unionid", d="phone_birth_sex", n="openid",
    )  # fmt: skip
    assert events(before, after) == [
        ("merge", "ub", "ua", "id_card", 2),
        ("new", "un", "un", "openid", 2),
        ("rename", "ud", "udd", "phone_birth_sex", 1),
        ("unmerge", "uc", "uc2", "merge", 1),
    ]


def test_an_account_that_goes_from_one_person_to_another_is_parted_from_the_first(spark: SparkSession) -> None:
    before = persons(spark, {"a": "ua", "x": "ua", "b": "ub"}, x="phone_birth_sex")
    after = persons(spark, {"a": "ua", "x": "ub", "b": "ub"}, x="id_card")
    assert events(before, after) == [("unmerge", "ua", "ub", "phone_birth_sex", 1)]


def test_a_person_of_one_account_who_joins_another_is_merged(spark: SparkSession) -> None:
    before, after = persons(spark, {"a": "ua", "b": "ub"}), persons(spark, {"a": "ua", "b": "ua"}, b="id_card")
    assert events(before, after) == [("merge", "ub", "ua", "id_card", 1)]


def test_an_id_that_comes_back_twice_was_gone_until_the_first_time(spark: SparkSession) -> None:
    on = [date(2026, 3, n) for n in range(1, 5)]
    told = rows_of(
        IDENTITY_EVENT, spark,
        {"as_of_date": on[0], "kind": "merge", "old_user_id": "ub", "new_user_id": "ua"},
        {"as_of_date": on[1], "kind": "unmerge", "old_user_id": "ua", "new_user_id": "ub"},
        {"as_of_date": on[3], "kind": "unmerge", "old_user_id": "uc", "new_user_id": "ub"},
    )  # fmt: skip
    assert [tuple(r) for r in user_id_map(told).collect()] == [("ub", "ua", "merge", on[0], on[1])]


def test_an_id_that_was_merged_stands_for_nobody_until_it_is_parted(spark: SparkSession) -> None:
    on = [date(2026, 3, n) for n in range(1, 8)]
    told = rows_of(
        IDENTITY_EVENT, spark,
        {"as_of_date": on[0], "kind": "merge", "old_user_id": "ub", "new_user_id": "ua"},
        {"as_of_date": on[2], "kind": "unmerge", "old_user_id": "ua", "new_user_id": "ub"},
        {"as_of_date": on[4], "kind": "merge", "old_user_id": "ub", "new_user_id": "ua"},
        {"as_of_date": on[6], "kind": "new", "old_user_id": "un", "new_user_id": "un"},
    )  # fmt: skip
    rows = conform(USER_ID_MAP, user_id_map(told)).orderBy("valid_from").collect()
    assert [tuple(r) for r in rows] == [
        ("ub", "ua", "merge", on[0], on[2]),
        ("ub", "ua", "merge", on[4], None),
    ]


def test_after_any_merges_and_partings_every_id_ever_leads_to_whoever_there_is(spark: SparkSession) -> None:
    draw = random.Random(11)
    groups = [[n] for n in range(40)]
    known = spark.createDataFrame([], IDENTITY_EVENT.ddl)
    ever: set[str] = set()
    whose: Whose = {}
    for n in range(5):
        before = persons(spark, whose)
        for _ in range(12):
            if draw.random() < 0.6 and len(groups) > 1:
                one, two = draw.sample(groups, 2)
                groups.remove(two)
                one += two
            else:
                big = max(groups, key=len)
                lost = [big.pop(draw.randrange(len(big))) for _ in range(len(big) // 2)]
                groups += [lost] if lost else []
        # Named after its first account, as persons are.
        whose = {f"a{n:02}": f"ua{min(group):02}" for group in groups for n in group}
        ever |= set(whose.values())
        day = DAY + timedelta(days=n)
        fresh = conform(IDENTITY_EVENT, identity_events(before, persons(spark, whose), day))
        known = spark.createDataFrame([*known.collect(), *fresh.collect()], IDENTITY_EVENT.ddl)
        gone = {r["old_user_id"]: r["new_user_id"] for r in user_id_map(known).where("valid_to IS NULL").collect()}
        there = set(whose.values())
        assert set(gone) == ever - there
        for old in gone:
            steps = 0
            while old not in there:
                old, steps = gone[old], steps + 1
                assert steps <= len(ever), "ids that lead in a circle"


def world(spark: SparkSession, versions: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Who is who, and what is known of each one's health, out of the accounts' versions."""
    found = linked(spark, versions)
    diagnoses = [
        {"account_token": "a", "patient_relation": "self", "icd10_code": "I10", "diagnosed_at": at("2026-02-05 01:00")},
        {"account_token": "b", "patient_relation": "self", "icd10_code": "E11", "diagnosed_at": at("2026-02-06 01:00")},
    ]
    ill = of_users(silver(spark, "diagnosis", *diagnoses), found)
    none = [of_users(silver(spark, feed), found) for feed in ("prescription", "health_record")]
    health = conform(USER_HEALTH, user_health(ill, *none, registered_users(found), DAY))
    return sorted(map(tuple, found.collect()), key=str), sorted(map(tuple, health.collect()), key=str)


def test_after_a_parting_persons_and_features_are_as_if_they_had_never_been_merged(spark: SparkSession) -> None:
    apart = [account("a"), account("b")]
    merged = [*apart, account("b", updated="2026-02-01", merged_into_token="a")]
    parted = [*merged, account("b", updated="2026-02-10")]
    assert len(world(spark, merged)[1]) == 1, "else there was nothing to part"
    assert world(spark, parted) == world(spark, apart)


def test_a_tag_held_only_while_two_were_taken_for_one_leaves_no_afterglow(spark: SparkSession) -> None:
    merged, parted, later = date(2026, 2, 1), date(2026, 2, 10), date(2026, 2, 20)

    def tag(code: str, since: date, until: date | None, user: str = "ua") -> dict[str, Any]:
        return {"user_id": user, "tag_code": code, "valid_from": since, "valid_to": until}

    history = rows_of(
        USER_TAG, spark,
        tag("others", merged, parted), tag("others_too", merged + timedelta(days=2), parted - timedelta(days=1)),
        tag("own_before", merged - timedelta(days=9), parted), tag("own_still", merged, None),
        tag("own_after", parted, later), tag("somebody_s", merged, parted, "uz"),
    )  # fmt: skip
    row = {"old_user_id": "ub", "new_user_id": "ua", "kind": "merge", "valid_from": merged}

    def left(valid_to: date | None) -> set[str]:
        id_map = rows_of(USER_ID_MAP, spark, {**row, "valid_to": valid_to})
        return {r["tag_code"] for r in but_of_parted(history, id_map, later).collect()}

    every = {"others", "others_too", "own_before", "own_still", "own_after", "somebody_s"}
    assert left(parted) == every - {"others", "others_too"}
    assert left(None) == left(later + timedelta(days=1)) == every
