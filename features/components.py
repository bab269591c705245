"""Connected components of a graph that is a table."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

Stage = Callable[[str, DataFrame], DataFrame]


class NotSettled(RuntimeError):
    """The components were not found within the rounds that are allowed."""


def components(edges: DataFrame, stage: Stage, most_rounds: int) -> DataFrame:
    """node, root: for each node that has an edge, the smallest node that can be reached from it.

    `edges` has text columns `node` and `other`, in any order and direction. `stage` computes a data frame and puts it
    aside. Alternates large-star and small-star (Kiveris et al., Connected Components in MapReduce and Beyond, 2014):
    a chain is at least halved by each round, so the rounds grow with the logarithm of the longest one.
    """
    stars = stage("edges", _downwards(edges))
    for _ in range(most_rounds):
        if _are_stars(stars):
            roots = stars.selectExpr("other AS node", "other AS root").distinct()
            return stars.selectExpr("node", "other AS root").unionByName(roots)
        stars = stage("edges", _small_star(_large_star(stars)))
    raise NotSettled(f"persons were not put together within {most_rounds} rounds: raise most_rounds in identity.yml")


def _downwards(edges: DataFrame) -> DataFrame:
    """Each edge once, from its larger node to its smaller."""
    both = edges.where("node <> other").selectExpr("greatest(node, other) AS node", "least(node, other) AS other")
    return both.distinct()


def _large_star(edges: DataFrame) -> DataFrame:
    """Every larger neighbour of a node hangs on the node's smallest neighbour, or on the node itself."""
    both = edges.unionByName(edges.selectExpr("other AS node", "node AS other"))
    lowest = both.withColumn("low", F.expr("least(node, min(other) OVER (PARTITION BY node))"))
    return lowest.where("other > node").selectExpr("other AS node", "low AS other").distinct()


def _small_star(edges: DataFrame) -> DataFrame:
    """A node and all its smaller neighbours hang on the smallest of these."""
    lowest = edges.withColumn("low", F.expr("min(other) OVER (PARTITION BY node)"))
    hung = lowest.selectExpr("node", "low AS other")
    return hung.unionByName(lowest.where("other <> low").selectExpr("other AS node", "low AS other")).distinct()


def _are_stars(edges: DataFrame) -> bool:
    """No node hangs on two others, or on one that hangs on another."""
    ends = edges.selectExpr("node", "1 AS hangs", "0 AS holds").unionByName(
        edges.selectExpr("other AS node", "0 AS hangs", "1 AS holds")
    )
    per_node = ends.groupBy("node").agg(F.expr("sum(hangs)").alias("hangs"), F.expr("max(holds)").alias("holds"))
    return not per_node.where("hangs > 1 OR (hangs = 1 AND holds = 1)").limit(1).collect()
