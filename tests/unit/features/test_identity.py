"""One human being is one person, and two are two."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from silver_rows import DAY, aside, at, rows_of, silver, told

from features.accounts import account_state
from features.components import NotSettled
from features.identity import busy_actors, device_accounts, identity
from features.identity_hubs import hubs
from features.identity_rules import IdentityRules
from jobs.runtime.conform import conform
from jobs.runtime.declarations import load_identity_rules
from jobs.runtime.settings import project_root
from schemas.feature.user_day import USER_DAY
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_hub import IDENTITY_HUB


def account(token: str, opened: str = "2026-01-01", updated: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {"account_token": token, "registered_at": at(opened), "updated_at": at(updated), **more}


def rules(blocked: tuple[dict[str, str], ...] = (), **changed: dict[str, Any]) -> IdentityRules:
    """conf/identity.yml with some of its identifiers changed."""
    stated = load_identity_rules(project_root() / "conf").model_dump()
    for kind, change in changed.items():
        stated["identifiers"][kind] |= change
    return IdentityRules.model_validate(stated | {"blocked": blocked})


def linked(
    spark: SparkSession,
    accounts: list[dict[str, Any]],
    log_ins: list[tuple[str, str]] = (),  # type: ignore[assignment]
    days: list[dict[str, Any]] = (),  # type: ignore[assignment]
    stated: IdentityRules | None = None,
) -> DataFrame:
    stated = stated or rules()
    events = silver(spark, "event", *({"device_token": d, "account_token": a} for d, a in log_ins))
    actors = busy_actors(rows_of(USER_DAY, spark, *days), stated.robots)
    state, devices = account_state(silver(spark, "account", *accounts)), device_accounts(events)
    found = identity(state, devices, actors, hubs(state, devices, stated), stated, DAY, aside)
    return conform(IDENTITY, found)


def hubs_of(
    spark: SparkSession,
    accounts: list[dict[str, Any]],
    log_ins: list[tuple[str, str, date]],
    stated: IdentityRules,
) -> list[dict[str, Any]]:
    seen = [
        {"device_token": d, "account_token": a, "event_at": datetime(on.year, on.month, on.day, 4, tzinfo=UTC)}
        for d, a, on in log_ins
    ]
    devices = device_accounts(silver(spark, "event", *seen))
    found = hubs(account_state(silver(spark, "account", *accounts)), devices, stated)
    dated = found.selectExpr(f"DATE'{DAY}' AS as_of_date", "*")
    return told(conform(IDENTITY_HUB, dated).drop("as_of_date"), "identifier_kind", "identifier")


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


BORN, OTHER = date(1980, 5, 5), date(2005, 5, 5)
WHOLE = {"name_token": "n", "birth_date": BORN, "sex": "male"}
Family = list[dict[str, Any]]


def joined(spark: SparkSession, kind: str, families: dict[str, Family]) -> dict[str, list[str]]:
    """By family, whose accounts share one identifier: who is taken together with others, and why."""
    accounts = [
        account(f"{n}.{family}", **{f"{kind}_token": f"x{family}"}, **said)
        for family, members in families.items()
        for n, said in enumerate(members)
    ]
    found: dict[str, list[str]] = {family: [] for family in families}
    for token, (user, link) in sorted(whose(linked(spark, accounts)).items()):
        if user and link != "own":
            number, family = token.split(".")
            assert user.endswith(family)
            found[family].append(f"{number} is {user[1]} by {link}")
    return found


@pytest.mark.parametrize("kind", ["phone", "hospital_card"])
def test_a_shared_telephone_or_card_joins_with_what_both_state_though_one_leaves_out_the_rest(
    spark: SparkSession, kind: str
) -> None:
    found = joined(spark, kind, {
        "name": [WHOLE, {"name_token": "n"}],
        "birth": [WHOLE, {"birth_date": BORN}],
        "nosex": [WHOLE, {"birth_date": BORN, "sex": "unknown"}],
        "noname": [WHOLE, {"birth_date": BORN, "sex": "male"}],
        # A slip in the sex of somebody with that name and birth date.
        "slip": [WHOLE, {**WHOLE, "sex": "female"}],
    })  # fmt: skip
    assert found == {
        family: [f"0 is 0 by {kind}_{link}", f"1 is 0 by {kind}_{link}"]
        for family, link in {
            "name": "name", "birth": "birth", "nosex": "birth", "noname": "birth_sex", "slip": "name"
        }.items()
    }  # fmt: skip


def test_twins_with_one_telephone_are_told_apart_by_sex(spark: SparkSession) -> None:
    twin = {"phone_token": "p", "birth_date": date(2000, 5, 5)}
    accounts = [account("sister", **twin, sex="female"), account("brother", **twin, sex="male")]
    assert {user for user, _ in whose(linked(spark, accounts)).values()} == {"usister", "ubrother"}


def test_an_account_whose_opening_is_unknown_names_nobody_who_has_another(spark: SparkSession) -> None:
    accounts = [account("b", id_card_token="x"), account("a", id_card_token="x", registered_at=None)]
    assert {user for user, _ in whose(linked(spark, accounts)).values()} == {"ub"}


def test_the_strongest_of_several_reasons_is_told(spark: SparkSession) -> None:
    said = {"id_card_token": "x", "phone_token": "p", "birth_date": date(1980, 5, 5), "sex": "female"}
    found = whose(linked(spark, [account("a", **said), account("b", **said)]))
    assert found == {"a": ("ua", "id_card"), "b": ("ua", "id_card")}


def test_as_many_as_are_allowed_are_no_hub_and_no_placeholder(spark: SparkSession) -> None:
    stated = rules(id_card={"most_accounts": 2}, name={"most_accounts": 2}, device={"most_accounts": 2})
    name = {"name_token": "n", "address_token": "x", "birth_date": date(1980, 5, 5)}
    accounts = [account("a", id_card_token="x"), account("b", id_card_token="x")]
    accounts += [account("c", **name), account("d", **name)]
    # An event before the log-in names the device alone, which is no third account.
    log_ins = [("tablet", "a", DAY), ("tablet", "b", DAY), ("tablet", None, DAY)]
    assert hubs_of(spark, accounts, log_ins, stated) == []  # type: ignore[arg-type]
    found = whose(linked(spark, accounts, stated=stated))
    assert {user for user, _ in found.values()} == {"ua", "uc"}


def test_what_is_blocked_by_hand_is_told_as_that_though_it_touches_too_many(spark: SparkSession) -> None:
    desk = "0123456789abcdef" * 2
    stated = rules(({"kind": "id_card", "token": desk, "why": "an example"},), id_card={"most_accounts": 2})
    found = hubs_of(spark, [account(n, id_card_token=desk) for n in "abc"], [], stated)
    assert [(row["account_count"], row["hub_reason"]) for row in found] == [(3, "blocked")]


@pytest.mark.parametrize("kind", ["phone", "hospital_card"])
def test_a_family_that_shares_a_telephone_or_card_stays_apart(spark: SparkSession, kind: str) -> None:
    families: dict[str, Family] = {
        "nothing": [WHOLE, {}],
        "nothing_that_both_state": [{"birth_date": BORN}, {"sex": "female"}],
        "twins": [WHOLE, {**WHOLE, "name_token": "m"}],
        "brother_and_sister_of_a_day": [{"birth_date": BORN, "sex": "male"}, {"birth_date": BORN, "sex": "female"}],
        "father_and_son_of_a_name": [WHOLE, {**WHOLE, "birth_date": OTHER}],
        "couple_with_the_word_of_a_form": [{"name_token": "n", "sex": s} for s in ("male", "female")],
        "birth_date_of_a_form": [{"birth_date": date(1970, 1, 1), "sex": "male"}] * 2,
        # Might be either's: of two who contradict each other it joins neither.
        "either": [WHOLE, {**WHOLE, "birth_date": OTHER}, {"name_token": "n"}],
    }
    assert joined(spark, kind, families) == {family: [] for family in families}


def test_a_name_that_many_state_with_one_card_is_a_placeholder(spark: SparkSession) -> None:
    same = {"hospital_card_token": "x", "name_token": "parent"}
    stated = rules(hospital_card={"most_accounts": 20})
    six = [account(f"a{n}", **same) for n in range(6)]
    five = [account(f"b{n}", **same | {"hospital_card_token": "y"}) for n in range(5)]
    found = whose(linked(spark, [*six, *five], stated=stated))
    assert {a: kind for a, (_, kind) in found.items()} == dict.fromkeys((a["account_token"] for a in six), "own") | (
        dict.fromkeys((b["account_token"] for b in five), "hospital_card_name")
    )


def test_a_name_that_is_blocked_or_not_looked_at_joins_nobody_by_any_identifier(spark: SparkSession) -> None:
    name = "0123456789abcdef" * 2
    accounts = [
        *(account(n, name_token=name, phone_token="x") for n in "ab"),
        *(account(n, name_token="other", phone_token="w") for n in "gh"),
        *(account(n, name_token=name, address_token="y", birth_date=BORN) for n in "cd"),
        # A name that is not looked at parts nobody either.
        *(account(n, name_token=n, phone_token="z", birth_date=BORN) for n in "ef"),
    ]
    blocked = rules(blocked=({"kind": "name", "token": name, "why": "what the form says when left empty"},))
    unused = rules(name={"strength": "none"})
    joins = {
        what: {a: kind for a, (_, kind) in whose(linked(spark, accounts, stated=stated)).items() if kind != "own"}
        for what, stated in (("blocked", blocked), ("unused", unused))
    }
    assert joins == {
        "blocked": {"g": "phone_name", "h": "phone_name"},
        "unused": {"e": "phone_birth", "f": "phone_birth"},
    }


def test_an_account_is_merged_into_one_that_acts_before_its_registration_arrives(spark: SparkSession) -> None:
    days = [{"actor_id": "new", "actor_kind": "account", "event_count": 1}]
    found = whose(linked(spark, [account("old", merged_into_token="new")], days=days))
    assert found == {"old": ("uold", "merge"), "new": ("uold", "merge")}


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


def test_a_chain_far_longer_than_the_rounds_is_one_person(spark: SparkSession) -> None:
    chain = [account(f"a{n:03}", unionid_token=f"u{n // 2}", id_card_token=f"i{(n + 1) // 2}") for n in range(120)]
    found = whose(linked(spark, chain[::-1], stated=rules().model_copy(update={"most_rounds": 12})))
    assert {user for user, _ in found.values()} == {"ua000"}


def test_persons_that_cannot_be_put_together_in_the_rounds_allowed_stop_the_day(spark: SparkSession) -> None:
    chain = [account(f"a{n:02}", unionid_token=f"u{n // 2}", id_card_token=f"i{(n + 1) // 2}") for n in range(30)]
    with pytest.raises(NotSettled, match="within 2 rounds: raise most_rounds"):
        linked(spark, chain, stated=rules().model_copy(update={"most_rounds": 2}))


def test_a_hub_joins_nobody_and_is_told(spark: SparkSession) -> None:
    same = {"phone_token": "hot-line", "birth_date": date(1990, 1, 1), "sex": "male"}
    accounts = [account(f"a{n}", **same) for n in range(3)]
    stated = rules(phone={"most_accounts": 2}, device={"most_accounts": 2})
    found = whose(linked(spark, accounts, [("tablet", f"a{n}") for n in range(3)], stated=stated))
    assert found == {"a0": ("ua0", "own"), "a1": ("ua1", "own"), "a2": ("ua2", "own"),
                     "tablet": (None, "shared_device")}  # fmt: skip
    assert hubs_of(spark, accounts, [("tablet", f"a{n}", DAY) for n in range(3)], stated) == [
        {"identifier_kind": "device", "identifier": "tablet", "account_count": 3, "account_limit": 2,
         "hub_reason": "accounts"},
        {"identifier_kind": "phone", "identifier": "hot-line", "account_count": 3, "account_limit": 2,
         "hub_reason": "accounts"},
    ]  # fmt: skip


def test_a_device_that_new_accounts_come_to_too_fast_is_a_hub_before_it_has_too_many(spark: SparkSession) -> None:
    stated = rules(device={"most_new_accounts": {"day": 2, "week": 3}})
    on = [DAY - timedelta(days=n) for n in range(30)]
    log_ins = [
        *(("in_a_day", f"a{n}", on[9]) for n in range(3)),
        *(("in_a_week", f"a{n}", on[6 - 2 * n]) for n in range(4)),
        *(("in_eight_days", f"a{n}", on[7 - n * 7 // 3]) for n in range(4)),
        *(("again_and_again", "a0", day) for day in on[:5]),
    ]
    assert hubs_of(spark, [], log_ins, stated) == [
        {"identifier_kind": "device", "identifier": "in_a_day", "account_count": 3, "account_limit": 8,
         "hub_reason": "new_accounts_1d", "new_account_count": 3, "new_account_limit": 2},
        {"identifier_kind": "device", "identifier": "in_a_week", "account_count": 4, "account_limit": 8,
         "hub_reason": "new_accounts_7d", "new_account_count": 4, "new_account_limit": 3},
    ]  # fmt: skip
    whole = [("in_a_day", f"a{n}") for n in range(3)]
    one = [account(f"a{n}", id_card_token="x") for n in range(3)]
    assert whose(linked(spark, one, whole, stated=stated))["in_a_day"] == (None, "shared_device")


def test_what_is_blocked_by_hand_joins_nobody_and_only_tokens_are_taken(spark: SparkSession) -> None:
    desk = "0123456789abcdef" * 2
    stated = rules(blocked=({"kind": "id_card", "token": desk, "why": "printed on the form as an example"},))
    accounts = [account("a", id_card_token=desk), account("b", id_card_token=desk)]
    assert whose(linked(spark, accounts, stated=stated)) == {"a": ("ua", "own"), "b": ("ub", "own")}
    assert hubs_of(spark, accounts, [], stated) == [
        {"identifier_kind": "id_card", "identifier": desk, "account_count": 2, "account_limit": 5,
         "hub_reason": "blocked"}
    ]  # fmt: skip
    with pytest.raises(ValueError, match="token"):
        rules(blocked=({"kind": "phone", "token": "13800138000", "why": "a number is personal data"},))


def test_an_identifier_of_no_strength_joins_nobody(spark: SparkSession) -> None:
    accounts = [account("a", id_card_token="x"), account("b", id_card_token="x")]
    found = whose(linked(spark, accounts, [("d", "a")], stated=rules(id_card={"strength": "none"},
                                                                     device={"strength": "none"})))  # fmt: skip
    assert found == {"a": ("ua", "own"), "b": ("ub", "own"), "d": (None, "shared_device")}
    with pytest.raises(ValueError, match="phone may be supporting or none, found strong"):
        rules(phone={"strength": "strong"})


def test_a_device_is_its_persons_when_only_one_person_logged_in(spark: SparkSession) -> None:
    accounts = [account("a", id_card_token="x"), account("b", id_card_token="x"), account("c")]
    log_ins = [("own", "a"), ("own", "b"), ("family", "a"), ("family", "c")]
    found = whose(linked(spark, accounts, log_ins))
    assert (found["own"], found["family"]) == (("ua", "log_in"), (None, "shared_device"))


def test_a_shared_device_of_a_test_account_is_not_excluded(spark: SparkSession) -> None:
    accounts = [account("staff", status="test"), account("a")]
    found = linked(spark, accounts, [("desk", "staff"), ("desk", "a")])
    assert {r["actor_id"] for r in found.where("is_excluded").collect()} == {"staff"}


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


def test_a_day_changes_only_persons_who_share_something_with_an_account_that_changed(spark: SparkSession) -> None:
    draw = random.Random(5)
    stated = rules(id_card={"most_accounts": 3}, unionid={"most_accounts": 3})
    versions: list[dict[str, Any]] = []
    ever: dict[str, set[str]] = {}
    before: dict[str, tuple[str | None, str]] = {}
    for day in range(1, 5):
        changed = draw.sample(range(60), 60 if day == 1 else 4)
        for n in changed:
            said = {"id_card_token": f"i{draw.randrange(40)}", "unionid_token": f"w{draw.randrange(40)}"}
            versions.append(account(f"a{n:02}", updated=f"2026-02-{day:02}", **said))
            ever.setdefault(f"a{n:02}", set()).update(said.values())
        after = whose(linked(spark, versions, stated=stated))
        touched = set().union(*(ever[f"a{n:02}"] for n in changed))
        near = {before[a][0] for a, said in ever.items() if said & touched and a in before}
        far = {a for a, (user, _) in before.items() if user not in near}
        assert day == 1 or len(far) > 10, "else nothing is shown"
        assert {a: after[a] for a in far} == {a: before[a] for a in far}
        before = after
