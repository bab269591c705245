"""Questions of another hospital whose department is known, read by its mapping files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from jobs.runtime.intake.files import survey_file
from jobs.runtime.intake.free_text import scrub
from jobs.runtime.intake.mapping import Mapping, known_fields, load_mappings
from jobs.runtime.intake.reader import read_records
from jobs.runtime.intake.translate import translate
from jobs.runtime.job import Run
from jobs.runtime.settings import load_settings
from schemas.feeds import FEEDS

FEED = FEEDS["consultation"]


def labelled_questions(run: Run, hospital: str) -> pd.DataFrame | None:
    """Columns text and department; None where none of that hospital's files are on this machine.

    Texts are as they are behind the door: what tells who somebody is has become a mark. Nothing is written.
    """
    theirs = load_settings(hospital, data_folder=run.settings.data_folder)
    mappings = load_mappings(theirs.sources, FEED).values()
    parts = [
        part for m in mappings if (part := _read(run, m, theirs.hospital.landing, theirs.hospital.zone)) is not None
    ]
    return pd.concat(parts, ignore_index=True) if parts else None


def _read(run: Run, mapping: Mapping, landing: Path, zone: str) -> pd.DataFrame | None:
    files = sorted(landing.glob(mapping.where_of(None)))
    found = [delivery for file in files for delivery in survey_file(file, mapping, FEED, run.day)]
    if not found:
        return None
    records = read_records(run.spark, mapping, found, 1, known_fields(mapping, ()))
    rows = translate(records, mapping, FEED, zone).where("tally IS NULL AND size(reject_reasons) = 0")
    asked = rows.where("chief_complaint IS NOT NULL AND department IS NOT NULL")
    texts = asked.selectExpr("chief_complaint AS text", "department").toPandas()
    return texts.assign(text=texts["text"].map(scrub))
