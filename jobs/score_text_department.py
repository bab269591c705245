"""Where every user's own words lead, as of the day."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

import pandas as pd
from pyspark.sql import DataFrame

from features.persons import of_users, registered_users
from features.symptoms import with_symptoms
from features.text_department import TEXT_DAYS, text_departments, texts_of_actors
from jobs.learning.scoring import Scorer
from jobs.learning.settings import load_department
from jobs.runtime.declarations import load_symptoms
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Registry, StoredModel
from models.text_department import DepartmentPlacer
from schemas.feeds import FEEDS
from schemas.gold.text_department import TEXT_DEPARTMENT
from schemas.silver.identity import IDENTITY

EVENT, CONSULTATION = FEEDS["event"].silver, FEEDS["consultation"].silver
_RAW = "text string, about string, department string"


@job(reads=(IDENTITY, EVENT, CONSULTATION), writes=(TEXT_DEPARTMENT,), takes_known_at=True)
def score_text_department(run: Run) -> None:
    """Places what users searched for and complained of in the last 30 days; without a champion nothing is placed."""
    stored = Registry(run.settings.mlflow).find_champion("department")
    persons, since = run.read(IDENTITY, since=run.day, until=run.day), run.day - timedelta(days=TEXT_DAYS - 1)
    users = registered_users(persons)
    found = texts_of_actors(*(run.known(table, since, TEXT_DAYS) for table in (EVENT, CONSULTATION)))
    texts = run.stage("texts", of_users(found, persons, "actor_id"))
    placed = run.stage("placed", _placed(run, texts, stored))
    version = stored.version if stored else "none"
    run.write(TEXT_DEPARTMENT, text_departments(texts, placed, users, run.day, version))


def _placed(run: Run, texts: DataFrame, stored: StoredModel | None) -> DataFrame:
    """Each different text once: many search for the same."""
    if stored is None:
        return run.spark.createDataFrame([], _RAW)
    different = texts.select("text").distinct()
    whose = with_symptoms(different, load_symptoms(run.settings.conf)).select("text", "about")
    return whose.mapInPandas(placer(stored, load_department(run.settings.conf).never_told), _RAW)


def placer(stored: StoredModel, never_told: Collection[str]) -> Scorer:
    """A function of text and about, sent to every worker with the model in it."""
    card, hidden = stored.card, frozenset(never_told)

    def place(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        model = DepartmentPlacer.from_dict(card)
        for batch in batches:
            told = [None if d in hidden else d for d in model.place(batch["text"].tolist())]
            yield batch.assign(department=pd.Series(told, batch.index, dtype=object))

    return place
