"""The users whose turn it is, and what the tables and bronze say of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.comparison import in_turn
from features.persons import ACTOR
from jobs.runtime.conf_file import Strict, load
from jobs.runtime.intake.repeats import without_repeats
from jobs.runtime.job import Run
from schemas.feed import DELIVERED_AT, Feed
from schemas.silver.identity import IDENTITY
from schemas.table import Table


class Proof(Strict):
    """conf/proof.yml."""

    sample_share: Annotated[float, Field(gt=0, le=1)]
    days: Annotated[int, Field(ge=1)]

    @property
    def turns(self) -> int:
        """Days until everybody's turn has come."""
        return round(1 / self.sample_share)


def load_proof(conf: Path) -> Proof:
    """conf/proof.yml."""
    return load(conf / "proof.yml", Proof)


@dataclass(frozen=True)
class Sample:
    """The users of a day: `turn` tells them in SQL, `persons` are their rows of silver.identity.

    Deliveries from `first` on are read anew.
    """

    run: Run
    turn: str
    first: date
    persons: DataFrame
    user_count: int

    def rows_of(self, table: Table, rows: DataFrame) -> DataFrame:
        """Those of the rows that their accounts and devices stand behind."""
        actors = self.persons.selectExpr("actor_id AS sampled_actor")
        return rows.join(actors, F.expr(f"{actor_of(table)} = sampled_actor"), "left_semi")

    def stored(self, table: Table) -> DataFrame:
        """What the table holds of them: of the deliveries that count, or as of the day."""
        if table.slice_by == "known_date":
            return self.rows_of(table, self.run.read_or_empty(table, since=self.first, until=self.run.day))
        # By the user alone, so that rows of users whom nobody knows are seen too.
        return self.run.read_or_empty(table, since=self.run.day, until=self.run.day).where(self.turn)

    def silver(self, feed: Feed) -> DataFrame:
        """Their silver rows anew from bronze, as the intake makes them."""
        run, back = self.run, self.first - timedelta(days=feed.late_window_days)
        bronze = run.read_or_empty(feed.bronze, since=back, until=run.day)
        theirs = window = run.stage(f"bronze_{feed.name}", self.rows_of(feed.bronze, bronze), feed.bronze.ddl)
        if feed.id:
            window = theirs.unionByName(self._of_same_id(feed, bronze, theirs), allowMissingColumns=True)
        zone = run.settings.hospital.zone
        rows = without_repeats(window, feed, self.first, run.day, zone, lambda repeats: repeats)
        # Other people's rows have no more than place and id.
        return run.stage(f"silver_{feed.name}", rows.where("ingested_at IS NOT NULL"), feed.silver.ddl)

    def _of_same_id(self, feed: Feed, bronze: DataFrame, theirs: DataFrame) -> DataFrame:
        """Other people's rows with an id of theirs: place and id, which is all that makes a repeat of theirs."""
        names = [*dict.fromkeys((*DELIVERED_AT, *feed.id))]
        ids = theirs.select(*feed.id).distinct()
        actor = f"{actor_of(feed.bronze)} AS actor"
        same = bronze.selectExpr(*[f"`{n}`" for n in names], actor).join(ids, list(feed.id), "left_semi")
        actors = self.persons.selectExpr("actor_id AS actor")
        return same.join(actors, "actor", "left_anti").selectExpr(*without_comments(names))


def draw(run: Run) -> Sample:
    """The users whose turn it is on the run's day."""
    stated = load_proof(run.settings.conf)
    turn = in_turn("user_id", stated.turns, run.day)
    persons = run.stage("persons", run.read(IDENTITY, since=run.day, until=run.day).where(turn))
    users = persons.select("user_id").distinct().count()
    return Sample(run, turn, run.day - timedelta(days=stated.days - 1), persons, users)


def without_comments(names: Iterable[str]) -> list[str]:
    """The columns as expressions: Sail keeps plain columns' comments, and finds that a union's parts differ in them."""
    return [f"CASE WHEN known_date IS NOT NULL THEN `{n}` END AS `{n}`" for n in names]


def actor_of(table: Table) -> str:
    """SQL: the account or device that a row is about."""
    if "actor_id" in table.column_names:
        return "actor_id"
    return ACTOR if "device_token" in table.column_names else "account_token"
