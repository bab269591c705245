"""Small export files, one oddity each."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

from jobs.runtime.settings import project_root
from jobs.runtime.sources.proposal.guess import guess
from jobs.runtime.sources.proposal.guessed import Guesses
from jobs.runtime.sources.proposal.sniff import Sample, sniff
from jobs.runtime.sources.proposal.words import FILE, load_words
from schemas.feeds import FEEDS

WORDS = load_words(project_root() / "conf" / FILE)
REVIEWS = [
    {"评价编号": f"P{i:04}", "用户编号": f"U{i % 7}", "对象": "医生" if i % 3 else "服务", "评分": str(1 + i % 5),
     "评价时间": f"2026-06-{1 + i % 28:02} 09:{i % 60:02}:00"}
    for i in range(60)
]  # fmt: skip


def csv_text(rows: list[dict[str, str]], delimiter: str = ",", header: bool = True) -> str:
    lines = [list(rows[0])] if header else []
    return "".join(delimiter.join(line) + "\n" for line in [*lines, *(list(r.values()) for r in rows)])


def sniffed(file: Path, content: str | bytes) -> Sample:
    """The sample of a file of that content, packed as its name says."""
    data = content.encode() if isinstance(content, str) else content
    if file.suffix == ".gz":
        file.write_bytes(gzip.compress(data))
    elif file.suffix == ".zip":
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr(file.stem, data)
    else:
        file.write_bytes(data)
    return sniff(file, WORDS.is_usual)


def guessed(folder: Path, feed: str, rows: list[dict[str, str]]) -> Guesses:
    """The guesses for rows written as JSON lines."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return guess(sniffed(folder / "rows.jsonl", text), FEEDS[feed], WORDS)


def column(folder: Path, feed: str, name: str, values: list[str]) -> Guesses:
    """The guesses for a file of one column."""
    return guessed(folder, feed, [{name: v} for v in values])
