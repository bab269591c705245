"""A hospital of a few lines: a folder to deliver into, mappings, and the job run on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.runtime.lake import Lake
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Bilingual, Hospital, Settings
from schemas.table import Table

REVIEW = """
feed: review
where: review/{day}/*.csv
format: csv
zone: Asia/Shanghai
replaces: '\\.corrected'
columns:
  review_id: {from: id}
  account_token: {from: user}
  subject: {from: about, codes: {医生: doctor, 服务: service}}
  rating: {from: stars}
  text: {from: [words, comment]}
  reviewed_at: {from: at, format: "yyyy-MM-dd HH:mm:ss"}
"""
HEADER = "id,user,about,stars,words,at\n"


def review(number: int | str, day: date, user: str = "u1", words: str = "好", stars: str = "5") -> str:
    return f"{number},{user},医生,{stars},{words},{day} 08:00:00\n"


@dataclass
class SmallHospital:
    """Deliver files, run days, look at tables."""

    folder: Path
    spark: SparkSession
    mappings: Mapping[str, str] = field(default_factory=lambda: {"review": REVIEW})
    engine: str = "sail"
    keeps_key: bool = False

    def __post_init__(self) -> None:
        sources = self.folder / "conf" / "sources" / "small"
        sources.mkdir(parents=True, exist_ok=True)
        for name, text in self.mappings.items():
            (sources / f"{name}.yml").write_text(text, encoding="utf-8")
        if self.keeps_key:
            return
        key = self.settings.keys / "small.key"
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_text("5a" * 32)

    @property
    def settings(self) -> Settings:
        title = Bilingual(zh="小", en="Small")
        place = Hospital("small", title, "Asia/Shanghai", self.folder / "in", self.folder / "out")
        return Settings(self.folder, self.engine, self.folder / "run", self.folder, place)

    @property
    def lake(self) -> Lake:
        return Lake(self.spark, str(self.settings.lake))

    def deliver(self, feed: str, day: date, name: str, content: str | bytes) -> None:
        path = self.folder / "in" / feed / day.isoformat() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def take_in(self, feed: str, day: date, since: date | None = None) -> None:
        run_job("ingest_feed", day, since=since, settings=self.settings, options={"feed": feed})

    def rows(self, table: Table, columns: Sequence[str] | None = None) -> list[tuple[Any, ...]]:
        """All rows, sorted."""
        df = self.lake.read_or_empty(table).select(*(columns or table.column_names))
        return sorted((tuple(r) for r in df.collect()), key=repr)
