"""Four value tiers out of spend, expected spend and the chance of losing a user."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field, model_validator
from pyspark.sql import DataFrame

from features.calibration import Concentration
from features.columns import COLUMNS
from features.declaration import Declared
from features.declared_fields import RuleText
from features.rule import parse_rule

INPUTS = ("spend_yuan_365d", "ltv_yuan_365d", "churn_probability")


class Shares(Declared):
    """Which part of all users each tier is to hold; a starting calibration."""

    high: float = Field(gt=0, lt=1)
    potential: float = Field(gt=0, lt=1)
    ordinary: float = Field(gt=0, lt=1)
    churn_risk: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.high + self.potential + self.ordinary + self.churn_risk
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the four shares must add up to 1, found {total}")
        return self


class CalibratedShares(Declared):
    """How the shares are found anew: of `high` and `potential` by value, of `churn_risk` by what is at stake.

    `potential.holds` is what the first two tiers have together. `ordinary` is the rest.
    """

    high: Concentration
    potential: Concentration
    churn_risk: Concentration

    @model_validator(mode="after")
    def _leaves_a_rest(self) -> Self:
        most = self.high.between[1] + self.potential.between[1] + self.churn_risk.between[1]
        if most >= 1:
            raise ValueError(f"calibrate: the three upper bounds leave nothing for ordinary: they add up to {most:g}")
        return self


class ValueTiers(Declared):
    """conf/value_tiers.yml.

    Value is `spend_weight` × last year's spend + `ltv_weight` × next year's expected spend. Those whom
    `churn_risk_when` names are ordered by value × chance of falling silent; the first of them are
    `churn_risk`. All others are parted by value. Equals are never parted: a tier may come out smaller.
    """

    shares: Shares
    spend_weight: float = Field(ge=0)
    ltv_weight: float = Field(ge=0)
    churn_risk_when: RuleText
    calibrate: CalibratedShares | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(sorted({*INPUTS, *parse_rule(self.churn_risk_when, COLUMNS).columns}))


def value_tiers(users: DataFrame, stated: ValueTiers, day: date) -> DataFrame:
    """The rows of gold.user_value_tier. `users`: one row per user with `stated.columns`."""
    staked = with_stakes(users, stated)
    stake, high, potential = _thresholds(staked, stated.shares)
    tier = (
        f"CASE WHEN at_risk AND stake > {stake} THEN 'churn_risk' WHEN v > {high} THEN 'high' "
        f"WHEN v > {potential} THEN 'potential' ELSE 'ordinary' END"
    )
    return staked.selectExpr(
        "user_id", f"DATE'{day}' AS as_of_date", "CAST(v AS DECIMAL(18,2)) AS value_yuan",
        "CAST(stake AS DECIMAL(18,2)) AS at_stake_yuan", f"{tier} AS value_tier",
    )  # fmt: skip


def with_stakes(users: DataFrame, stated: ValueTiers) -> DataFrame:
    """Of each user: value `v`, whether `at_risk`, and the `stake`, value times the chance of losing it."""
    value = (
        f"{stated.spend_weight} * coalesce(CAST(spend_yuan_365d AS DOUBLE), 0) + "
        f"{stated.ltv_weight} * coalesce(CAST(ltv_yuan_365d AS DOUBLE), 0)"
    )
    at_risk = f"coalesce({parse_rule(stated.churn_risk_when, COLUMNS).sql}, false)"
    measured = users.selectExpr("user_id", f"round({value}, 2) AS v", "churn_probability AS p", f"{at_risk} AS at_risk")
    return measured.selectExpr("user_id", "v", "at_risk", "round(v * coalesce(p, 0), 2) AS stake")


def _thresholds(staked: DataFrame, shares: Shares) -> tuple[str, str, str]:
    """Above which stake, and above which values, the tiers begin; as SQL."""
    counted = staked.selectExpr("count(1) AS n", "count_if(at_risk) AS k").collect()[0]
    stake = _cut(staked.where("at_risk"), "stake", shares.churn_risk * counted["n"], counted["k"])
    rest = staked.where(f"NOT (at_risk AND stake > {stake})")
    left = rest.count()
    high = _cut(rest, "v", shares.high * counted["n"], left)
    return stake, high, _cut(rest, "v", (shares.high + shares.potential) * counted["n"], left)


def _cut(rows: DataFrame, column: str, wanted: float, there: int) -> str:
    """The value above which `wanted` of the rows lie; nobody without value is ever above."""
    if there == 0 or wanted >= there:
        return "0.0D"
    found = rows.selectExpr(f"percentile({column}, {1 - wanted / there!r}) AS cut").collect()[0]["cut"]
    return f"CAST('{max(float(found), 0.0)!r}' AS DOUBLE)"
