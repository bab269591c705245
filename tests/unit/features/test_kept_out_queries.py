"""The queries of docs/how-to/see-who-is-kept-out.md, run over a few rows."""

import re
from datetime import timedelta

import pytest
from pyspark.sql import SparkSession
from silver_rows import DAY, rows_of

from jobs.runtime.settings import project_root
from schemas.feature.user_day import USER_DAY
from schemas.gold.tag import USER_TAG
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_hub import IDENTITY_HUB

PAGE = (project_root() / "docs" / "how-to" / "see-who-is-kept-out.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.+?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def _rows(spark: SparkSession) -> None:
    """A robot, a tester with a second account that is none, a real user; each with a tag, the robot by mistake."""
    actors = [("crawler", "u1", "robot"), ("tester", "u2", "test_account"), ("own", "u2", None), ("real", "u3", None)]
    said = [
        {"as_of_date": DAY, "actor_id": a, "actor_kind": "account", "user_id": u, "link_kind": "own",
         "is_excluded": why is not None, "excluded_reason": why}
        for a, u, why in actors
    ]  # fmt: skip
    said.append(said[0] | {"as_of_date": DAY - timedelta(days=1), "actor_id": "older"})
    busy = [
        {"actor_id": a, "actor_kind": "account", "event_date": DAY, "known_date": DAY, "event_count": n}
        for a, n in (("crawler", 9000), ("tester", 7), ("real", 99))
    ]
    hub = {"as_of_date": DAY, "identifier_kind": "device", "identifier": "d", "account_count": 85, "account_limit": 8,
           "hub_reason": "accounts"}  # fmt: skip
    for table, rows in (
        (IDENTITY, said),
        (USER_DAY, busy),
        (IDENTITY_HUB, [hub]),
        (USER_TAG, [{"user_id": u, "tag_code": "value.never_bought"} for u in ("u1", "u2", "u3")]),
    ):
        rows_of(table, spark, *rows).createOrReplaceTempView(f"kept_out_{table.noun}")


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize(
    ("at", "told"),
    [
        (0, [("robot", "account", 1), ("test_account", "account", 1)]),
        (1, [("crawler", "robot", 1, 9000), ("tester", "test_account", 1, 7)]),
        (2, [("device", "accounts", 85, 8)]),
        (3, [("u1",)]),
    ],
)
def test_a_query_of_the_page_tells_who_is_kept_out(
    spark: SparkSession, at: int, told: list[tuple[object, ...]]
) -> None:
    query = re.sub(r"\b(?:silver|feature|gold)\.(\w+)", r"kept_out_\1", QUERIES[at])
    assert [tuple(row) for row in spark.sql(query).collect()] == told


def test_all_queries_of_the_page_are_tested() -> None:
    assert len(QUERIES) == 4
