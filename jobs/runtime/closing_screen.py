"""The one screen that ends `make run`: what ran, what came in, how good the models are, what went out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
from rich.console import Console, Group
from rich.table import Table as Screen

from jobs.runtime.audit import read_rows
from jobs.runtime.declarations import load_policy
from jobs.runtime.removals import open_receipts
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from schemas.gold.audience import AUDIENCE_DAY
from schemas.gold.care_event import CARE_EVENT
from schemas.gold.today import USER_PORTRAIT_TODAY, USER_TAG_TODAY
from schemas.intake import INGEST_BALANCE, REJECTED
from schemas.model_quality import MODEL_QUALITY
from schemas.self_proof import SELF_PROOF
from schemas.table import Table
from schemas.tag_truth import TAG_TRUTH
from schemas.trigger import TRIGGER_FILE

SHOWN_METRICS = {
    "churn": ("auc", "brier", "ece"),
    "ltv": ("spearman", "gini", "total_bias"),
    "segments": ("silhouette",),
}


@dataclass(frozen=True)
class Done:
    """One job that ran, under which DAG, and what it wrote."""

    dag_id: str
    job: str
    seconds: float
    written: dict[str, int]


def show(settings: Settings, day: date, done: Sequence[Done], console: Console) -> None:
    """Prints the screen for what was done; reads the audit and gold tables of the day."""
    store = Store(str(settings.lake))
    console.rule(f"[bold]{settings.hospital.title.en}, {day}")
    console.print(
        Group(_ran(done), _feeds(store, done), models_screen(store), tags_screen(store, day), _lists(store, day))
    )
    overdue = _overdue(settings, store, day)
    if overdue:
        console.print(f"[red]{overdue} removal receipts are overdue[/red]: cameo receipts list")
    console.print(_proved(store, day), highlight=False)
    tables = Counter[str]()
    for one in done:
        tables.update({name: rows for name, rows in one.written.items() if not name.startswith("landing/")})
    console.print(f"{sum(tables.values()):,} rows in {len(tables)} tables below {settings.lake}")
    console.print("\nnext: [bold]make report[/bold]   the day on one page")
    console.print("      [bold]make catalogue[/bold] every tag: who has it, what it rests on, who uses it")
    console.print("      [bold]make sql[/bold]      SELECT user_id, tag_names_zh FROM gold.user_portrait LIMIT 5;")
    console.print("      [bold]make ui[/bold]       the DAGs in Airflow, the models in MLflow")


def triggers_line(settings: Settings, day: date) -> str:
    """What came of the files that landed by day, and how long after the last of them its tags were there."""
    store, of_day = Store(str(settings.lake)), ("as_of_date", "=", day)
    files = [path for path in settings.hospital.landing.glob(f"*/{day}/*") if path.is_file()]
    if not files or not read_rows(store, TRIGGER_FILE, of_day):
        return f"triggers: no file of {day} landed"
    told = store.open(USER_TAG_TODAY).history(1)[0]["timestamp"] / 1000
    seconds = told - max(file.stat().st_mtime for file in files)
    if seconds < 0:
        return f"triggers: the files of {day} that landed hold nothing new"
    tags, portraits, events = (
        len(read_rows(store, table, of_day)) for table in (USER_TAG_TODAY, USER_PORTRAIT_TODAY, CARE_EVENT)
    )
    return (
        f"triggers: {len(files)} files of {day} landed; file to tag in {seconds:.1f} s: {tags} rows of tags, "
        f"{portraits} portraits, {events} care events. SELECT * FROM gold.user_tag_today"
    )


def _ran(done: Sequence[Done]) -> Screen:
    """Each DAG and task with its time; the mapped tasks of a DAG on one line."""
    screen = Screen("DAG", "task", "seconds", "rows", title="What ran", title_justify="left")
    for dag_id in dict.fromkeys(d.dag_id for d in done):
        of_dag = [d for d in done if d.dag_id == dag_id]
        for i, job in enumerate(dict.fromkeys(d.job for d in of_dag)):
            same = [d for d in of_dag if d.job == job]
            name = f"{job} × {len(same)}" if len(same) > 1 else job
            rows = sum(sum(d.written.values()) for d in same)
            screen.add_row("" if i else dag_id, name, f"{sum(d.seconds for d in same):.1f}", f"{rows:,}")
    return screen


def _feeds(store: Store, done: Sequence[Done]) -> Screen:
    """Rows in, taken, rejected and repeated by feed, of all days that are in the lake, with the reasons' counts."""
    balance = _query(
        store,
        INGEST_BALANCE,
        "SELECT feed, sum(read_count) AS read, sum(taken_count) AS taken, sum(rejected_count) AS rejected, "
        "sum(duplicate_count) AS repeats FROM data GROUP BY feed ORDER BY feed",
    )
    reasons: dict[str, Counter[str]] = {}
    for row in _query(
        store,
        REJECTED,
        "SELECT feed, reason, count(*) AS n FROM (SELECT feed, unnest(reasons) AS reason FROM data) GROUP BY 1, 2",
    ):
        reasons.setdefault(row["feed"], Counter())[row["reason"]] += int(row["n"])
    screen = Screen(
        "feed", "in", "taken", "rejected", "repeats", "why rejected", title="What came in", title_justify="left"
    )
    for row in balance:
        why = ", ".join(f"{reason} {n}" for reason, n in reasons.get(row["feed"], Counter()).most_common(3))
        screen.add_row(row["feed"], *(f"{int(row[c]):,}" for c in ("read", "taken", "rejected", "repeats")), why)
    return screen


def models_screen(store: Store) -> Screen:
    """Each champion's figures beside its baselines, and beside the truth where there is one."""
    newest: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in sorted(read_rows(store, MODEL_QUALITY), key=lambda r: r["measured_at"]):
        if row["metric"].split("_")[0] in {"calibration"} or ":" in row["metric"]:
            continue
        newest[row["model"], row["split"], row["metric"], row["baseline_name"]] = row
    columns = ("model", "measured on", "figure", "ours", "beside", "theirs")
    screen = Screen(*columns, title="How good the models are", title_justify="left")
    for row in newest.values():
        if row["split"] == "truth" or any(row["metric"].startswith(m) for m in SHOWN_METRICS.get(row["model"], ())):
            figures = (_figure(row["value"]), row["baseline_name"], _figure(row["baseline_value"]))
            screen.add_row(f"{row['model']} v{row['model_version']}", row["split"], row["metric"], *figures)
    return screen


def tags_screen(store: Store, day: date) -> Screen | str:
    """How many tags are as right as is wanted, and those that are not, beside the truth where there is one."""
    rows = read_rows(store, TAG_TRUTH, ("as_of_date", "=", day))
    newest = max((r["measured_at"] for r in rows), default=None)
    told = [r for r in rows if r["measured_at"] == newest and r["is_met"] is not None]
    if not told:
        return ""
    short = sorted((r for r in told if not r["is_met"]), key=lambda r: (r["kind"], r["tag_code"]))
    title = f"How right tags are: {len(told) - len(short)} of {len(told)} as wanted beside the truth; the others"
    screen = Screen("tag", "kind", "precision", "wanted", "recall", "wanted", title=title, title_justify="left")
    for r in short:
        figures = (r[c] for c in ("precision", "target_precision", "recall", "target_recall"))
        screen.add_row(r["tag_code"], r["kind"], *map(_figure, figures))
    return screen


def _lists(store: Store, day: date) -> Screen:
    """Each list with its size, its hold-out and how many the policy refused."""
    rows = _query(store, AUDIENCE_DAY, f"SELECT * FROM data WHERE as_of_date = DATE '{day}'")
    screen = Screen("list", "people", "held out", "refused by policy", title="What went out", title_justify="left")
    for audience in sorted({r["audience"] for r in rows}):
        counts = {r["outcome"]: int(r["user_count"]) for r in rows if r["audience"] == audience}
        listed, held = counts.pop("list", 0), counts.pop("holdout", 0)
        why = ", ".join(f"{reason} {n:,}" for reason, n in sorted(counts.items(), key=lambda c: -c[1])[:3])
        screen.add_row(audience, f"{listed:,}", f"{held:,}", why)
    return screen


def _overdue(settings: Settings, store: Store, day: date) -> int:
    """Removals that whoever pulled lists should have confirmed by now."""
    within = load_policy(settings.conf).withdrawal.confirm_within_days
    return sum(receipt.is_overdue(day, within) for receipt in open_receipts(store))


def _proved(store: Store, day: date) -> str:
    """How many users were computed anew, and what of it differed."""
    rows = read_rows(store, SELF_PROOF, ("as_of_date", "=", day))
    users = max((r["sampled_user_count"] for r in rows), default=0)
    compared, differ = (sum(r[name] for r in rows) for name in ("compared_row_count", "difference_count"))
    return f"{users:,} users computed anew from bronze: {compared:,} rows of {len(rows)} tables, {differ:,} differ"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"


def _query(store: Store, table: Table, sql: str) -> list[dict[str, Any]]:
    return list(_answer(store, table, sql)) if store.exists(table) else []


def _answer(store: Store, table: Table, sql: str) -> Iterator[dict[str, Any]]:
    with duckdb.connect() as db:
        db.register("data", store.open(table).to_pyarrow_dataset())
        found = db.execute(sql)
        names = [d[0] for d in found.description or ()]
        for row in found.fetchall():
            yield dict(zip(names, row, strict=True))
