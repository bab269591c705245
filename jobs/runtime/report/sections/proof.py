"""Whether users computed anew from bronze are what the tables hold of them."""

from __future__ import annotations

from jobs.runtime.report.blocks import Cell, Grid, Missing
from jobs.runtime.report.figures import Figures, Row
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import NOTHING, Text, number, people, same

_TITLE = Text("自证：由原始层重算并比对", "Self-proof: computed anew from bronze")


def self_proof(f: Figures) -> Grid | Missing:
    """The tables that differ, and how many rows were compared in all."""
    if not f.proof:
        return missing(
            _TITLE, Text("这一天没有做自证，名单不会发布。", "This day was not proved; no list is published.")
        )
    wrong = sorted(
        (r for r in f.proof if r["difference_count"]), key=lambda r: (-r["difference_count"], r["table_name"])
    )
    rows = [[
        Cell(same(r["table_name"])), Cell(same(number(r["difference_count"])), "bad"), Cell(same(_columns(r))),
    ] for r in wrong]  # fmt: skip
    head = [Text("表", "Table"), Text("不一致的行", "Rows that differ"), Text("列（行数）", "Columns (rows)")]
    return Grid(_TITLE, head if rows else (), rows, _takeaway(f), _NOTE, words=(0, 2), wide=False)


_NOTE = Text(
    "每天轮到一部分用户，由原始层重新计算，与各表逐行比对；有一行不一致，名单就不发布。",
    "Each day some users are computed anew from bronze and compared row by row; one row that differs stops the lists.",
)


def proof_warning(f: Figures) -> Text:
    """A sentence for the top of the page; empty where nothing differs."""
    count = sum(r["difference_count"] for r in f.proof)
    if not count:
        return NOTHING
    return Text(
        f"自证发现 {number(count)} 行不一致，名单没有发布。",
        f"The self-proof found {number(count)} rows that differ; no list went out.",
    )


def _takeaway(f: Figures) -> Text:
    users, rows = f.proof[0]["sampled_user_count"], sum(r["compared_row_count"] for r in f.proof)
    count, tables = sum(r["difference_count"] for r in f.proof), len(f.proof)
    return Text(
        f"{people(users)} 名用户，{tables} 张表，{number(rows)} 行：{number(count)} 行不一致。",
        f"{people(users)} users, {tables} tables, {number(rows)} rows: {number(count)} differ.",
    )


def _columns(row: Row) -> str:
    """The columns with other values; a dash where rows are missing or too many."""
    changed = dict(row["changed_columns"] or {})
    return ", ".join(f"{name} ({number(n)})" for name, n in sorted(changed.items())) or "—"
