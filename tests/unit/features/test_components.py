"""Whoever can be reached is in one component, whatever the order and direction of the edges."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from silver_rows import aside

from features.components import components

NODES = [f"n{i:02}" for i in range(12)]
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=16)


def reached(edges: list[tuple[str, str]]) -> dict[str, str]:
    """The smallest node that each node reaches, by union-find."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for a, b in edges:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    joined = {n for a, b in edges if a != b for n in (a, b)}
    return {n: root(n) for n in joined}


def found(spark: SparkSession, edges: list[tuple[str, str]], most_rounds: int = 30) -> dict[str, str]:
    rows = components(spark.createDataFrame(edges, "node string, other string"), aside, most_rounds).collect()
    assert len(rows) == len({r["node"] for r in rows}), "a node in two components"
    return {r["node"]: r["root"] for r in rows}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=EDGES, order=st.randoms(use_true_random=False))
def test_components_are_those_of_a_union_find_in_any_order(
    spark: SparkSession, edges: list[tuple[str, str]], order: object
) -> None:
    turned = [(b, a) if order.random() < 0.5 else (a, b) for a, b in edges]  # type: ignore[attr-defined]
    order.shuffle(turned)  # type: ignore[attr-defined]
    assert found(spark, turned) == reached(edges)


def test_a_chain_of_a_thousand_settles_in_a_dozen_rounds(engine: SparkSession) -> None:
    names = [f"n{i * 7919 % 1000:03}" for i in range(1000)]
    chain = list(pairwise(names))
    assert set(found(engine, chain, most_rounds=12).values()) == {"n000"}
