"""Reads what the report shows: each table once, as a small aggregate. No row of it is about a person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.audit import read_rows
from jobs.runtime.job import Run
from jobs.runtime.removals import open_receipts
from jobs.runtime.report.figures import CHANGE_DAYS, CHURN_BINS, TREND_DAYS, Figures, KpiTable, Row
from jobs.runtime.report.text import Text
from schemas.audit import JOB_RUN, QUALITY_RESULT
from schemas.feature.user_activity import USER_ACTIVITY
from schemas.feature.user_value import USER_VALUE
from schemas.gold.audience import AUDIENCE_CHANGE, AUDIENCE_DAY
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.kpi_day import KPI_DAY
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.tag import TAG_DAY, TAG_DEFINITION
from schemas.gold.user_segment import SEGMENT_PROFILE, USER_SEGMENT
from schemas.intake import INGEST_BALANCE, INGEST_FIELD, INGEST_FILE, REJECTED
from schemas.model_quality import MODEL_QUALITY
from schemas.segment_change import SEGMENT_CHANGE
from schemas.self_proof import SELF_PROOF
from schemas.silver.identity_event import IDENTITY_EVENT
from schemas.silver.identity_hub import IDENTITY_HUB
from schemas.table import Table

READS = (
    KPI_DAY, TAG_DAY, TAG_DEFINITION, USER_SEGMENT, SEGMENT_PROFILE, CHURN_SCORE, LTV_SCORE, USER_VALUE, USER_ACTIVITY,
    MODEL_QUALITY, AUDIENCE_DAY, AUDIENCE_CHANGE, QUALITY_RESULT, JOB_RUN,
    INGEST_BALANCE, INGEST_FILE, INGEST_FIELD, REJECTED, SELF_PROOF, IDENTITY_HUB, IDENTITY_EVENT,
    SEGMENT_CHANGE,
)  # fmt: skip


def collect(
    run: Run, audience_names: dict[str, Text], reason_names: dict[str, Text], confirm_within_days: int
) -> Figures:
    """The figures of the run's day. A table that nobody has written yet is a part without rows."""
    title = run.settings.hospital.title
    churn = _of_day(run, CHURN_SCORE)
    return Figures(
        day=run.day,
        hospital=Text(title.zh, title.en),
        kpis=KpiTable(_rows(_of_day(run, KPI_DAY)), run.day),
        intake=_rows(_of_day(run, INGEST_BALANCE)),
        files=_rows(_of_day(run, INGEST_FILE).groupBy("feed", "status").count()),
        fields=_unknown_fields(run),
        stopped_feeds=_stopped_feeds(run),
        rejects=_rows(_rejects(_of_day(run, REJECTED))),
        reject_days=_reject_days(run),
        proof=_rows(_of_day(run, SELF_PROOF)),
        checks=_checks(run),
        hubs=_rows(_hubs(_of_day(run, IDENTITY_HUB))),
        identity_events=_rows(_of_day(run, IDENTITY_EVENT).groupBy("kind").count()),
        tags=_tags(run),
        segments=_rows(_of_day(run, SEGMENT_PROFILE)),
        segment_money=segment_money(run),
        segment_changes=_segment_changes(run),
        churn_bins=_rows(_churn_bins(churn)),
        model_quality=_newest_quality(read_rows(run.lake.store, MODEL_QUALITY), run.day),
        ltv_deciles=_rows(_ltv_deciles(_of_day(run, LTV_SCORE))),
        audiences=_rows(_of_day(run, AUDIENCE_DAY)),
        audience_changes=_rows(_of_day(run, AUDIENCE_CHANGE).groupBy("audience", "change").count()),
        open_receipts=_receipts(run, confirm_within_days),
        audience_names=audience_names,
        reason_names=reason_names,
    )


def _of_day(run: Run, table: Table) -> DataFrame:
    return run.read_or_empty(table, since=run.day, until=run.day)


def _rows(df: DataFrame) -> list[Row]:
    return [row.asDict() for row in df.collect()]


def _rejects(rejected: DataFrame) -> DataFrame:
    return rejected.selectExpr("feed", "explode(reasons) AS reason").groupBy("feed", "reason").count()


def _unknown_fields(run: Run) -> list[Row]:
    """The day's fields that no mapping names, with the day each came first."""
    rows = read_rows(run.lake.store, INGEST_FIELD, ("known_date", "<=", run.day))
    first: dict[tuple[str, str], date] = {}
    for row in rows:
        key = (row["feed"], row["field"])
        first[key] = min(row["known_date"], first.get(key, row["known_date"]))
    return [{**r, "since": first[r["feed"], r["field"]]} for r in rows if r["known_date"] == run.day]


def _reject_days(run: Run) -> list[Row]:
    """Rejects by reason and day, of as many days as the report tells the trend of."""
    rejected = run.read_or_empty(REJECTED, since=run.day - timedelta(days=TREND_DAYS - 1), until=run.day)
    by_reason = rejected.selectExpr("known_date", "explode(reasons) AS reason").groupBy("known_date", "reason")
    return _rows(by_reason.count())


def _hubs(hubs: DataFrame) -> DataFrame:
    return hubs.groupBy("identifier_kind", "hub_reason").agg(
        F.expr("count(1)").alias("count"), F.expr("max(account_count)").alias("most_accounts")
    )


def _tags(run: Run) -> list[Row]:
    names = run.read_or_empty(TAG_DEFINITION).select("tag_code", "rule_version", "layer", "name_zh", "name_en")
    return _rows(_of_day(run, TAG_DAY).join(names, ["tag_code", "rule_version"]))


def segment_money(run: Run) -> list[Row]:
    """One row per group: users, and the mean of what marketing asks first."""
    churn = _of_day(run, CHURN_SCORE).select("user_id", "churn_probability")
    value = _of_day(run, USER_VALUE).select("user_id", "net_spend_yuan_90d")
    ltv = _of_day(run, LTV_SCORE).select("user_id", "ltv_yuan_365d")
    last = _of_day(run, USER_ACTIVITY).select("user_id", "days_since_last_activity")
    joined = _of_day(run, USER_SEGMENT)
    for other in (churn, value, ltv, last):
        joined = joined.join(other, "user_id", "left")
    means = ("churn_probability", "net_spend_yuan_90d", "ltv_yuan_365d", "days_since_last_activity")
    aggregates = [F.avg(F.col(name).cast("double")).alias(name) for name in means]
    grouped = joined.groupBy("segment_id", "segment_zh", "segment_en")
    return _rows(grouped.agg(F.count("*").alias("users"), *aggregates))


def _segment_changes(run: Run) -> list[Row]:
    """Groups that came, went or were renamed in the last weeks, the newest first."""
    rows = read_rows(run.lake.store, SEGMENT_CHANGE, ("as_of_date", "<=", run.day))
    since = run.day - timedelta(days=CHANGE_DAYS - 1)
    return sorted((r for r in rows if r["as_of_date"] >= since), key=lambda r: (r["as_of_date"], r["changed_at"]),
                  reverse=True)  # fmt: skip


def _churn_bins(churn: DataFrame) -> DataFrame:
    binned = churn.selectExpr(
        f"CAST(least(floor(churn_probability * {CHURN_BINS}), {CHURN_BINS - 1}) AS INT) AS bin", "risk_tier AS tier"
    )
    return binned.groupBy("bin", "tier").count()


def _ltv_deciles(ltv: DataFrame) -> DataFrame:
    ranked = ltv.selectExpr(
        "CAST(ltv_yuan_365d AS DOUBLE) AS value",
        "ntile(10) OVER (ORDER BY ltv_yuan_365d DESC, user_id) AS tenth",
    )
    return ranked.groupBy("tenth").agg({"value": "sum", "*": "count"}).toDF("tenth", "value", "users")


def _receipts(run: Run, within: int) -> list[Row]:
    """Removals that whoever pulled lists has not confirmed, as of the day."""
    return [
        {"audience": r.audience, "told_on": r.told_on, "rows": r.rows, "days": r.days(run.day),
         "is_overdue": r.is_overdue(run.day, within)}
        for r in open_receipts(run.lake.store) if r.told_on <= run.day
    ]  # fmt: skip


def _newest_runs(run: Run) -> list[Row]:
    """Of each job with its options the newest run that made the day."""
    newest: dict[tuple[str, str], Row] = {}
    for row in read_rows(run.lake.store, JOB_RUN):
        if row["since"] <= run.day <= row["day"]:
            key = (row["job"], row["options"])
            newest[key] = max(row, newest.get(key, row), key=lambda r: r["started_at"])
    return list(newest.values())


def _stopped_feeds(run: Run) -> list[str]:
    """The feeds whose intake failed, and that the day went on without."""
    failed = [r for r in _newest_runs(run) if r["job"] == "ingest_feed" and r["status"] == "failed"]
    return sorted(row["options"].removeprefix("feed=") for row in failed)


def _checks(run: Run) -> list[Row]:
    """What the newest run of each job found on what it wrote for the day."""
    wanted = {row["run_id"] for row in _newest_runs(run)}
    return [row for row in read_rows(run.lake.store, QUALITY_RESULT) if row["run_id"] in wanted]


def _newest_quality(rows: list[dict[str, Any]], day: date) -> list[Row]:
    """What was last measured, up to the day, of each model's champion, by kind of test."""
    known = sorted(
        (r for r in rows if r["day"] <= day and r["is_champion"]), key=lambda r: (r["day"], r["measured_at"])
    )
    last = {(r["model"], r["split"]): r["run_id"] for r in known}
    return [r for r in known if r["run_id"] == last[r["model"], r["split"]]]
