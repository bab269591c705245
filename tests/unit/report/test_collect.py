"""What the report reads, from real tables of a tiny lake."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from features.comparison import Difference
from jobs.proof.rows import proof_rows
from jobs.runtime.audit import append_rows
from jobs.runtime.group_page.collect import collect as collect_groups
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.report.collect import collect
from jobs.runtime.report.figures import Figures
from jobs.runtime.settings import elsewhere, load_settings
from schemas.audit import JOB_RUN, QUALITY_RESULT
from schemas.gold.audience import AUDIENCE_CHANGE, AUDIENCE_DAY
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.kpi_day import KPI_DAY
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION, USER_TAG
from schemas.gold.user_segment import SEGMENT_PROFILE, USER_SEGMENT
from schemas.intake import INGEST_FIELD, INGEST_FILE, REJECTED
from schemas.model_quality import MODEL_QUALITY
from schemas.self_proof import SELF_PROOF
from schemas.silver.identity_event import IDENTITY_EVENT
from schemas.silver.identity_hub import IDENTITY_HUB
from schemas.table import Table

DAY = date(2026, 6, 28)
BEFORE = DAY - timedelta(days=1)
_EMPTY: dict[str, Any] = {"string": "x", "boolean": True, "int": 1, "bigint": 1, "double": 0.5, "array<string>": ["x"]}
Rows = list[dict[str, Any]]


def _value(table: Table, name: str, row: dict[str, Any]) -> Any:
    if name in row:
        return row[name]
    kind = table.column(name).type
    if name in ("as_of_date", "known_date", "kpi_date"):
        return DAY
    if table.column(name).nullable:
        return None
    return Decimal(1) if kind.startswith("decimal") else _EMPTY[kind]


def _frame(spark: SparkSession, table: Table, rows: Rows) -> DataFrame:
    return spark.createDataFrame([tuple(_value(table, n, r) for n in table.column_names) for r in rows], table.ddl)


def _scores() -> dict[Table, Rows]:
    users = [f"u{i}" for i in range(20)]
    churn = [{"user_id": u, "churn_probability": i / 19, "risk_tier": "high" if i > 15 else "low"}
             for i, u in enumerate(users)]  # fmt: skip
    ltv = [{"user_id": u, "ltv_yuan_365d": Decimal(i)} for i, u in enumerate(users)]
    groups = [{"user_id": u, "segment_id": i % 2 + 1, "segment_code": "a", "segment_zh": "甲", "segment_en": "A"}
              for i, u in enumerate(users)]  # fmt: skip
    return {CHURN_SCORE: churn, LTV_SCORE: ltv, USER_SEGMENT: groups}


def _others() -> dict[Table, Rows]:
    tag = {"tag_code": "basic.a", "rule_version": "v2", "layer": "basic", "name_zh": "甲", "name_en": "A"}
    return {
        KPI_DAY: [{"kpi": "dau", "part": "", "value": 7.0},
                  {"kpi": "dau", "part": "", "value": 3.0, "kpi_date": BEFORE},
                  {"kpi": "dau", "part": "", "value": 99.0, "as_of_date": BEFORE, "kpi_date": BEFORE}],
        TAG_DEFINITION: [tag, {**tag, "rule_version": "v1", "name_en": "Old", "is_current": False}],
        TAG_DAY: [{**{k: tag[k] for k in ("tag_code", "rule_version")}, "user_count": 12, "user_share": 0.6}],
        AUDIENCE_DAY: [{"audience": "a", "outcome": "list", "user_count": 9}],
        AUDIENCE_CHANGE: [{"audience": "a", "user_id": f"u{i}", "change": "added"} for i in range(6)],
        INGEST_FILE: [{"feed": "event", "source_file": "a", "status": "absent"}],
        INGEST_FIELD: [{"feed": "event", "field": "net", "known_date": BEFORE},
                       {"feed": "event", "field": "net", "record_count": 7}, {"feed": "event", "field": "new"}],
        REJECTED: [{"feed": "event", "source_file": "a", "source_line": i, "reasons": ["broken_line"]}
                   for i in range(3)]
                  + [{"feed": "event", "source_file": "b", "source_line": 1, "known_date": BEFORE,
                      "reasons": ["broken_line", "missing:x"]}],
        IDENTITY_HUB: [{"identifier_kind": "device", "identifier": f"d{i}", "hub_reason": "accounts",
                        "account_count": 9 + i} for i in range(2)],
        IDENTITY_EVENT: [{"kind": "merge", "old_user_id": "u1", "new_user_id": "u2"}],
    }  # fmt: skip


def _log(store: Any) -> None:
    def run(number: str, hour: int, day: date) -> dict[str, Any]:
        at = datetime(2026, 6, 29, hour, tzinfo=UTC)
        return {"run_id": number, "job": "j", "options": "", "since": day, "day": day, "status": "done", "error": None,
                "started_at": at, "seconds": 1.0, "peak_memory_mb": 1.0, "table_rows": {}}  # fmt: skip

    def check(number: str, passed: bool) -> dict[str, Any]:
        return {"run_id": number, "day": DAY, "job": "j", "table_name": "t", "check_name": "key", "column_name": "",
                "severity": "warn", "is_passed": passed, "expected": None, "observed": None,
                "failing_row_count": 0}  # fmt: skip

    def measured(number: str, champion: bool, value: float, day: date = DAY) -> dict[str, Any]:
        return {"run_id": number, "day": day, "measured_at": datetime(2026, 6, 29, tzinfo=UTC), "model": "churn",
                "model_version": number, "is_champion": champion, "metric": "auc", "split": "test", "value": value,
                "baseline_name": "last_seen_rule", "baseline_value": 0.7, "as_of_date": None, "note": None}  # fmt: skip

    append_rows(store, JOB_RUN, [run("old", 1, DAY), run("new", 2, DAY), run("other day", 3, BEFORE)])
    feeds = [("review", "failed", 1), ("review", "done", 2), ("mention", "done", 1), ("mention", "failed", 2)]
    taken = [(run(f"{f} {hour}", hour, DAY), f, state) for f, state, hour in feeds]
    append_rows(
        store, JOB_RUN, [{**r, "job": "ingest_feed", "options": f"feed={f}", "status": state} for r, f, state in taken]
    )
    append_rows(store, QUALITY_RESULT, [check("old", False), check("new", True), check("other day", False)])
    later = measured("m4", True, 0.1, DAY + timedelta(days=1))
    differs = {"silver.event": Difference(9, changed=2, columns={"topic": 2})}
    append_rows(store, SELF_PROOF, [*proof_rows(DAY, 7, differs), *proof_rows(BEFORE, 7, differs)])
    append_rows(store, MODEL_QUALITY, [measured("m1", True, 0.8), measured("m2", False, 0.9), later])


@pytest.fixture(scope="module")
def run(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings = elsewhere(load_settings("simulated", "sail"), tmp_path_factory.mktemp("run"), accounts=20)
    lake = Lake(spark, str(settings.lake))
    for table, rows in {**_scores(), **_others()}.items():
        whole = (BEFORE, DAY) if table.slice_by else (None, None)
        lake.replace(table, _frame(spark, table, rows), *whole, job="test")
    _log(lake.store)
    return Run(find_job("write_report"), DAY, DAY, {}, settings, lake)


@pytest.fixture(scope="module")
def found(run: Run) -> Figures:
    return collect(run, {}, {}, 3)


def test_key_figures_are_of_the_as_of_day_alone(found: Figures) -> None:
    assert found.kpis.at("dau") == 7
    assert found.kpis.at("dau", ago=1) is None  # three people


def test_scores_come_as_counts(found: Figures) -> None:
    assert sum(r["count"] for r in found.churn_bins) == 20
    assert {r["bin"] for r in found.churn_bins if r["tier"] == "high"} == {16, 17, 18, 19}
    top = next(r for r in found.ltv_deciles if r["tenth"] == 1)
    assert (top["users"], top["value"]) == (2, 37.0)
    assert sorted(r["users"] for r in found.segment_money) == [10, 10]
    assert all(r["net_spend_yuan_90d"] is None for r in found.segment_money), "nobody has made user_value"


def test_tags_have_the_names_of_the_rule_that_was_applied(found: Figures) -> None:
    assert [(r["name_en"], r["user_count"]) for r in found.tags] == [("A", 12)]


def test_lists_and_intake(found: Figures) -> None:
    assert [(r["change"], r["count"]) for r in found.audience_changes] == [("added", 6)]
    assert [(r["feed"], r["status"]) for r in found.files] == [("event", "absent")]
    assert [(r["reason"], r["count"]) for r in found.rejects] == [("broken_line", 3)]
    assert found.stopped_feeds == ["mention"]
    fields = sorted((r["field"], r["record_count"], r["since"]) for r in found.fields)
    assert fields == [("net", 7, BEFORE), ("new", 1, DAY)]
    days = {(r["reason"], r["known_date"], r["count"]) for r in found.reject_days}
    assert days == {("broken_line", DAY, 3), ("broken_line", BEFORE, 1), ("missing:x", BEFORE, 1)}


def test_the_proof_of_the_day_is_told_with_columns_that_differ(found: Figures) -> None:
    told = [(r["table_name"], r["difference_count"], dict(r["changed_columns"])) for r in found.proof]
    assert told == [("silver.event", 2, {"topic": 2.0})]


def test_hubs_and_merges_come_as_counts(found: Figures) -> None:
    assert found.hubs == [{"identifier_kind": "device", "hub_reason": "accounts", "count": 2, "most_accounts": 10}]
    assert found.identity_events == [{"kind": "merge", "count": 1}]


def test_only_the_newest_run_and_the_champion_of_the_day_are_told(found: Figures) -> None:
    assert [r["is_passed"] for r in found.checks] == [True]
    assert [(r["run_id"], r["value"]) for r in found.model_quality] == [("m1", 0.8)]


def test_nothing_that_is_told_names_a_person(found: Figures) -> None:
    for part in vars(found).values():
        rows = [r for r in part if isinstance(r, dict)] if isinstance(part, list) else []
        assert not any({"user_id", "account_token", "actor_id"} & set(r) for r in rows)


def test_the_page_of_groups_has_flows_tags_of_marketing_and_drift(run: Run) -> None:
    group = {"segment_id": 1, "segment_code": "a", "segment_zh": "甲", "segment_en": "A"}
    profile = [{**group, "axis": "spend", "as_of_date": day} for day in (BEFORE, DAY)]
    until = {"basic.a": None, "basic.gone": DAY, "basic.care": None}
    held = [{"user_id": f"u{i}", "tag_code": c, "valid_from": BEFORE, "valid_to": u}
            for c, u in until.items() for i in range(12)]  # fmt: skip
    named = [{"tag_code": c, "rule_version": "v2", "is_current": True, "name_en": c, "purposes": p}
             for c, p in (("basic.a", ["marketing"]), ("basic.care", ["care"]))]  # fmt: skip
    moved = [{**group, "user_id": f"u{i}", "segment_id": 1 + (i < 3), "as_of_date": BEFORE} for i in range(15)]
    was = run.lake.read(USER_SEGMENT, since=DAY, until=DAY)
    before = _frame(run.spark, USER_SEGMENT, moved)
    run.lake.replace(USER_SEGMENT, before, BEFORE, BEFORE, job="test")
    for table, rows in {SEGMENT_PROFILE: profile, USER_TAG: held, TAG_DEFINITION: named}.items():
        run.lake.replace(table, _frame(run.spark, table, rows), *((BEFORE, DAY) if table.slice_by else (None, None)),
                         job="test")  # fmt: skip
    found = collect_groups(run, 10, {"share_psi": 0.1})
    assert found is not None
    assert {(r["segment_id"], r["tag_code"]): r["count"] for r in found.tags} == {(1, "basic.a"): 6, (2, "basic.a"): 6}
    [flow] = found.flows
    assert (flow.since, flow.until) == (BEFORE, DAY)
    assert sum(flow.counts.values()) == was.count()
    assert flow.counts == {(2, 1): 2, (2, 2): 1, (1, 1): 6, (1, 2): 6, (0, 1): 2, (0, 2): 3}


def test_a_day_without_groups_has_no_page_of_them(run: Run) -> None:
    other = Run(run.job, DAY + timedelta(days=9), DAY + timedelta(days=9), {}, run.settings, run.lake)
    assert collect_groups(other, 10, {}) is None
