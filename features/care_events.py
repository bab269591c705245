"""Episodes of care that begin, out of the history of tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.declaration import Bilingual, Declared, version
from features.policy import Known, Policy, permitted
from features.sql_text import literal, texts
from schemas.gold.care_event import CARE_EVENT

PURPOSE = "care"
# Ids that stand for one another: a merge of merged persons is followed so often.
_HOPS = 3


class Programme(Declared):
    """What begins."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Bilingual


class CareEvent(Declared):
    """What begins when a user comes to hold one of the `causes`, of conf/care_events.yml."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    causes: Annotated[tuple[str, ...], Field(min_length=1)]
    episode_gap_days: int = Field(ge=1, le=3650)
    programme: Programme
    text: Bilingual

    @cached_property
    def rule_version(self) -> str:
        return version(self.model_dump(mode="json", include={"kind", "causes", "episode_gap_days", "programme"}))


def begun(
    history: DataFrame, declared: Sequence[CareEvent], day: date, told_before: Collection[str], id_map: DataFrame
) -> DataFrame:
    """The rows of gold.care_event of a day, of all who may and may not be told of.

    `history` is gold.user_tag, `told_before` the tags derived on any earlier day: who holds a tag on its first day has
    not come to it. `id_map` is silver.user_id_map: what a person held under an id that another stands for now counts.
    """
    said = [_said(event, cause) for event in declared for cause in event.causes if cause in told_before]
    if not said:
        return history.selectExpr(*(f"CAST(NULL AS {c.type}) AS {c.name}" for c in CARE_EVENT.columns)).where("false")
    causes = ", ".join(literal(str(row[0])) for row in said)
    theirs = history.where(f"tag_code IN ({causes})")
    kinds = history.sparkSession.createDataFrame(said, ", ".join(f"{name} string" for name in _SAYS) + ", gap int")
    began = theirs.where(f"valid_from = DATE'{day}'").selectExpr(
        "user_id", "tag_code AS cause_tag", "value AS cause_value"
    )
    earlier = _followed(
        theirs.where(f"valid_from < DATE'{day}'").select("user_id", "tag_code", "valid_to"), id_map, day
    )
    had = earlier.selectExpr("user_id AS had_user", "tag_code AS had_tag", "valid_to AS had_until")
    same = (
        f"user_id = had_user AND cause_tag = had_tag AND (had_until IS NULL OR datediff(DATE'{day}', had_until) < gap)"
    )
    new = began.join(F.broadcast(kinds), "cause_tag").join(had, F.expr(same), "left_anti")
    return new.selectExpr(f"DATE'{day}' AS as_of_date", *CARE_EVENT.column_names[1:])


def of_those_who_consent(
    events: DataFrame, classes: Mapping[str, Sequence[str]], known: Known, policy: Policy
) -> DataFrame:
    """The events of whom the policy lets care use. `classes`: the data classes that each cause rests on."""
    if PURPOSE not in policy.purposes:
        return events.where("false")
    care = policy.model_copy(update={"purposes": {PURPOSE: policy.purposes[PURPOSE]}})
    needed = " ".join(f"WHEN {literal(tag)} THEN {texts(found)}" for tag, found in sorted(classes.items()))
    asked = events.selectExpr(
        "*", "concat(kind, ' ', cause_tag) AS audience", "0 AS priority", f"'{PURPOSE}' AS purpose",
        f"CASE cause_tag {needed} END AS data_classes", "'none' AS channel",
    )  # fmt: skip
    return permitted(asked, known, care).where("refused IS NULL").select(*CARE_EVENT.column_names)


_SAYS = ("cause_tag", "kind", "programme", "programme_zh", "programme_en", "text_zh", "text_en", "rule_version")


def _said(event: CareEvent, cause: str) -> tuple[str | int, ...]:
    named, text = event.programme, event.text
    return (
        cause, event.kind, named.code, named.name.zh, named.name.en, text.zh, text.en, event.rule_version,
        event.episode_gap_days,
    )  # fmt: skip


def _followed(rows: DataFrame, id_map: DataFrame, day: date) -> DataFrame:
    """The rows under the ids that stand for their users on the day."""
    there = f"valid_from <= DATE'{day}' AND coalesce(valid_to > DATE'{day}', true)"
    stands = id_map.where(there).selectExpr("old_user_id AS user_id", "new_user_id")
    for _ in range(_HOPS):
        others = [c for c in rows.columns if c != "user_id"]
        rows = rows.join(stands, "user_id", "left").selectExpr("coalesce(new_user_id, user_id) AS user_id", *others)
    return rows
