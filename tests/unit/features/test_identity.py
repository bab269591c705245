"""One human being is one person, and two are two."""

from datetime import date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from silver_rows import DAY, at, rows_of, silver, told

from features.accounts import account_state
from features.identity import Caps, busy_actors, device_accounts, identity, identity_hubs
from jobs.runtime.conform import conform
from schemas.feature.user_day import USER_DAY
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_hub import IDENTITY_HUB


def account(token: str, opened: str = "2026-01-01", updated: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {"account_token": token, "registered_at": at(opened), "updated_at": at(updated), **more}


def linked(
    spark: SparkSession,
    accounts: list[dict[str, Any]],
    log_ins: list[tuple[str, str]] = (),  # type: ignore[assignment]
    days: list[dict[str, Any]] = (),  # type: ignore[assignment]
    caps: Caps | None = None,
) -> DataFrame:
    events = silver(spark, "event", *({"device_token": d, "account_token": a} for d, a in log_ins))
    actors = busy_actors(rows_of(USER_DAY, spark, *days))
    found = identity(account_state(silver(spark, "account", *accounts)), device_accounts(events), actors, DAY, caps)
    return conform(IDENTITY, found)


def whose(df: DataFrame) -> dict[str, tuple[str | None, str]]:
    return {r["actor_id"]: (r["user_id"], r["link_kind"]) for r in df.collect()}


def test_one_id_card_is_one_person_named_after_the_account_opened_first(spark: SparkSession) -> None:
    accounts = [
        account("b", "2026-01-01", id_card_token="x"),
        account("a", "2026-02-01", id_card_token="x"),
        account("c", "2025-01-01"),
    ]
    assert told(linked(spark, accounts), "actor_id") == [
        {"as_of_date": DAY, "actor_id": "a", "actor_kind": "account", "user_id": "ub", "link_kind": "id_card",
         "registered_at": datetime(2026, 2, 1)},
        {"as_of_date": DAY, "actor_id": "b", "actor_kind": "account", "user_id": "ub", "link_kind": "id_card",
         "registered_at": datetime(2026, 1, 1)},
        {"as_of_date": DAY, "actor_id": "c", "actor_kind": "account", "user_id": "uc", "link_kind": "own",
         "registered_at": datetime(2025, 1, 1)},
    ]  # fmt: skip


def test_a_shared_telephone_joins_only_with_birth_date_and_sex(spark: SparkSession) -> None:
    mother = {"phone_token": "p", "birth_date": date(1980, 5, 5), "sex": "female"}
    accounts = [
        account("a", **mother),
        account("b", **mother),
        account("son", phone_token="p", birth_date=date(2005, 5, 5), sex="male"),
        account("nosex", **{**mother, "sex": "unknown"}),
        account("nobirth", phone_token="p", sex="female"),
    ]
    assert whose(linked(spark, accounts)) == {
        "a": ("ua", "phone_birth_sex"), "b": ("ua", "phone_birth_sex"), "son": ("uson", "own"),
        "nosex": ("unosex", "own"), "nobirth": ("unobirth", "own"),
    }  # fmt: skip


def test_namesakes_are_one_person_only_at_one_address_and_birth_date(spark: SparkSession) -> None:
    said = {"name_token": "n", "address_token": "x", "birth_date": date(1980, 5, 5), "sex": "female"}
    accounts = [
        account("a", **said),
        account("b", **{**said, "sex": "unknown"}),
        account("moved", **{**said, "address_token": "y"}),
        account("younger", **{**said, "birth_date": date(1981, 5, 5)}),
        *(account(f"form{n}", **{**said, "name_token": "none"}) for n in range(6)),  # a placeholder, not a name
    ]
    found = whose(linked(spark, accounts))
    assert {a: u for a, (u, kind) in found.items() if kind != "own"} == {"a": "ua", "b": "ua"}
    assert len({user for user, _ in found.values()}) == 9


def test_a_merger_holds_until_the_accounts_are_parted(spark: SparkSession) -> None:
    merged = [account("a"), account("b"), account("b", updated="2026-02-01", merged_into_token="a")]
    parted = [*merged, account("b", updated="2026-02-10")]
    assert whose(linked(spark, merged)) == {"a": ("ua", "merge"), "b": ("ua", "merge")}
    assert whose(linked(spark, parted)) == {"a": ("ua", "own"), "b": ("ub", "own")}


def test_an_identifier_left_out_by_a_later_version_still_holds(spark: SparkSession) -> None:
    accounts = [account("a", id_card_token="x"), account("a", updated="2026-02-01"), account("b", id_card_token="x")]
    assert {user for user, _ in whose(linked(spark, accounts)).values()} == {"ua"}


def test_a_chain_of_different_identifiers_is_one_person_in_any_order(spark: SparkSession) -> None:
    chain = [account(f"a{n}", unionid_token=f"u{n // 2}", id_card_token=f"i{(n + 1) // 2}") for n in range(8)]
    assert {user for user, _ in whose(linked(spark, chain)).values()} == {"ua0"}
    assert whose(linked(spark, chain)) == whose(linked(spark, chain[::-1]))


def test_a_hub_joins_nobody_and_is_told(spark: SparkSession) -> None:
    same = {"phone_token": "hot-line", "birth_date": date(1990, 1, 1), "sex": "male"}
    accounts = [account(f"a{n}", **same) for n in range(3)]
    caps = Caps({"phone": 2, "id_card": 5, "unionid": 5, "device": 2})
    log_ins = [("tablet", f"a{n}") for n in range(3)]
    found = whose(linked(spark, accounts, log_ins, caps=caps))
    assert found == {"a0": ("ua0", "own"), "a1": ("ua1", "own"), "a2": ("ua2", "own"),
                     "tablet": (None, "shared_device")}  # fmt: skip
    events = silver(spark, "event", *({"device_token": d, "account_token": a} for d, a in log_ins))
    hubs = identity_hubs(account_state(silver(spark, "account", *accounts)), device_accounts(events), DAY, caps)
    assert told(conform(IDENTITY_HUB, hubs), "identifier_kind") == [
        {"as_of_date": DAY, "identifier_kind": "device", "identifier": "tablet", "account_count": 3,
         "account_limit": 2},
        {"as_of_date": DAY, "identifier_kind": "phone", "identifier": "hot-line", "account_count": 3,
         "account_limit": 2},
    ]  # fmt: skip


def test_a_device_is_its_persons_when_only_one_person_logged_in(spark: SparkSession) -> None:
    accounts = [account("a", id_card_token="x"), account("b", id_card_token="x"), account("c")]
    log_ins = [("own", "a"), ("own", "b"), ("family", "a"), ("family", "c")]
    found = whose(linked(spark, accounts, log_ins))
    assert (found["own"], found["family"]) == (("ua", "log_in"), (None, "shared_device"))


def test_test_accounts_robots_and_their_devices_are_excluded(spark: SparkSession) -> None:
    accounts = [account("staff", status="test"), account("robot"), account("busy"), account("a")]
    dates = [DAY - timedelta(days=n) for n in range(30)]
    days = [
        {"actor_id": "robot", "actor_kind": "account", "event_count": 301},
        {"actor_id": "busy", "actor_kind": "account", "event_count": 300},
        *({"actor_id": "steady", "actor_kind": "account", "event_count": 121, "event_date": d} for d in dates[:3]),
        *({"actor_id": "keen", "actor_kind": "account", "event_count": 120, "event_date": d} for d in dates),
        # One day's events, as two deliveries told of it.
        *({"actor_id": "late", "actor_kind": "account", "event_count": 151, "known_date": d} for d in dates[:2]),
    ]
    found = linked(spark, accounts, [("desk", "staff")], days)
    assert {r["actor_id"]: r["excluded_reason"] for r in found.where("is_excluded").collect()} == {
        "staff": "test_account", "robot": "robot", "steady": "robot", "late": "robot", "desk": "test_account",
    }  # fmt: skip


def test_an_account_that_acts_before_its_registration_arrives_is_a_person(spark: SparkSession) -> None:
    days = [{"actor_id": a, "actor_kind": k, "event_count": 1} for a, k in (("new", "account"), ("d", "device"))]
    assert whose(linked(spark, [], days=days)) == {"new": ("unew", "own")}
