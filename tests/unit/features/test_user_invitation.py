"""Who came by whose invitation, to the fourth level, and what they are worth."""

from decimal import Decimal

from pyspark.sql import DataFrame, SparkSession
from silver_rows import DAY, at, people, silver, told

from features.user_invitation import invited_by, user_invitation
from jobs.runtime.conform import conform
from schemas.feature.user_invitation import USER_INVITATION


def chain(spark: SparkSession, *pairs: str) -> DataFrame:
    """`ab` says that a invited b."""
    return spark.createDataFrame([(p[1], p[0]) for p in pairs], "invitee_id string, inviter_id string")


def grown(spark: SparkSession, edges: DataFrame, spend: dict[str, str], names: str) -> dict[str, tuple[object, ...]]:
    yuan = spark.createDataFrame(
        [(u, Decimal(s)) for u, s in spend.items()], "user_id string, net_spend_yuan_365d decimal(18,2)"
    )
    users = spark.createDataFrame([(n,) for n in names], "user_id string")
    rows = told(conform(USER_INVITATION, user_invitation(edges, yuan, users, DAY)), "user_id")
    said = ("invited_user_count", "invitation_tree_user_count", "invitation_tree_depth",
            "invitation_tree_net_spend_yuan_365d")  # fmt: skip
    return {r["user_id"]: tuple(r.get(name, 0) for name in said) for r in rows}


def test_everybody_below_counts_to_the_fourth_level_and_no_further(spark: SparkSession) -> None:
    edges = chain(spark, "ab", "bc", "cd", "de", "ef", "ag")
    spend = {"b": "1.00", "c": "-20.00", "e": "300.00", "f": "4000.00", "a": "50000.00"}
    assert grown(spark, edges, spend, "abcdefgz") == {
        "a": (2, 5, 4, Decimal("281.00")),
        "b": (1, 4, 4, Decimal("4280.00")),
        "c": (1, 3, 3, Decimal("4300.00")),
        "d": (1, 2, 2, Decimal("4300.00")),
        "e": (1, 1, 1, Decimal("4000.00")),
        **dict.fromkeys("fgz", (0, 0, 0, 0)),
    }


def test_a_circle_ends_and_nobody_is_below_themselves(spark: SparkSession) -> None:
    assert grown(spark, chain(spark, "ab", "ba"), {"a": "1.00", "b": "2.00"}, "ab") == {
        "a": (1, 1, 1, Decimal("2.00")),
        "b": (1, 1, 1, Decimal("1.00")),
    }


def test_who_came_is_below_the_first_invitation_that_they_took_up(spark: SparkSession) -> None:
    accounts = [("a", "u1"), ("a2", "u1"), ("b", "u2"), ("c", "u3")]
    acts = [
        {"account_token": "b", "action": "accept", "invitee_token": "c", "acted_at": at("2026-02-02 01:00")},
        {"account_token": "a", "action": "accept", "invitee_token": "c", "acted_at": at("2026-02-01 01:00")},
        {
            "account_token": "a",
            "action": "accept",
            "invitee_token": "a2",
            "acted_at": at("2026-02-01 01:00"),
        },  # oneself
        {"account_token": "c", "action": "accept", "invitee_token": "robot", "acted_at": at("2026-02-01 01:00")},
        {"account_token": "c", "action": "invite", "invitee_token": "b", "acted_at": at("2026-02-01 01:00")},
    ]
    found = invited_by(silver(spark, "invitation", *acts), people(spark, accounts))
    assert told(found, "invitee_id") == [{"invitee_id": "u3", "inviter_id": "u1"}]
