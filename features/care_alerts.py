"""Readings that a care team must look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import Field
from pyspark.sql import DataFrame

from features.columns import COLUMNS
from features.declaration import Bilingual, Declared, version
from features.declared_fields import RuleText
from features.rule import Rule, parse_rule
from features.sql_text import as_text, literal


class CareAlert(Declared):
    """One kind of alert, of conf/care_alerts.yml."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    severity: Literal["high", "middle"]
    rule: RuleText
    text: Bilingual

    @cached_property
    def parsed(self) -> Rule:
        return parse_rule(self.rule, COLUMNS)


def columns_of(alerts: Sequence[CareAlert]) -> tuple[str, ...]:
    return tuple(sorted({c for a in alerts for c in a.parsed.columns}))


def care_alerts(users: DataFrame, alerts: Sequence[CareAlert], day: date) -> DataFrame:
    """The rows of gold.care_alert. `users`: one row per user with `columns_of(alerts)`."""
    structs = ", ".join(
        f"CASE WHEN {a.parsed.sql} THEN struct('{a.kind}' AS kind, '{a.severity}' AS severity, "
        f"{literal(a.text.zh)} AS text_zh, {literal(a.text.en)} AS text_en, {_evidence(a)} AS evidence, "
        f"'{version([a.kind, a.severity, a.parsed.sql])}' AS rule_version) END"
        for a in alerts
    )
    raised = users.selectExpr("user_id", f"explode(filter(array({structs}), a -> a IS NOT NULL)) AS a")
    return raised.selectExpr(f"DATE'{day}' AS as_of_date", "user_id", "a.*")


def _evidence(alert: CareAlert) -> str:
    return "map(" + ", ".join(f"'{c}', {as_text(c)}" for c in alert.parsed.columns) + ")"
