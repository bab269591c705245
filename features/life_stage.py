"""Trying to conceive, pregnant, after birth: a state that moves on by itself between two statements.

The newest of what a user stated and of what a doctor diagnosed decides; a pregnancy whose week is known goes on by the
calendar until birth and half a year beyond. A lost pregnancy ends the state and is never shown as one.
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame

from features.newest import newest, stamp

# Categories of ICD-10 by the state they show (WHO ICD-10, chapters XV and XXI).
_CATEGORIES = {
    "trying": "category = 'Z31'",
    "pregnant": "category BETWEEN 'Z33' AND 'Z36' OR category BETWEEN 'O10' AND 'O48'",
    "postnatal": "category BETWEEN 'Z37' AND 'Z39' OR category BETWEEN 'O80' AND 'O92'",
    "lost": "category BETWEEN 'O00' AND 'O08'",
}
_NEVER = "DATE'1900-01-01'"
_DAYS_TO_BIRTH, _DAYS_AFTER = 280, 182
# For how many days a state is believed of which nobody says since when. Half of those who try conceive within five
# months or give up; a pregnancy told of has half its time to go on average, and so has the time after birth.
BELIEVED_DAYS = {"trying": 45, "pregnant": 120, "postnatal": 45}


def diagnosed_dates() -> dict[str, str]:
    """Aggregates of diagnoses with their `category`: the last day that showed each state."""
    return {f"{s}_shown_date": f"max(CASE WHEN {holds} THEN event_date END)" for s, holds in _CATEGORIES.items()}


def recorded_weeks() -> dict[str, str]:
    """Aggregates of a health record: the last stated week of a pregnancy, and the day it was stated."""
    stated = "kind = 'fertility' AND item = 'pregnant' AND unit = 'week' AND value BETWEEN 0 AND 44"
    return {
        "stated_week": newest("value", stamp("recorded_at", "record_id"), stated),
        "stated_week_date": f"max(CASE WHEN {stated} THEN event_date END)",
    }


def with_life_stage(known: DataFrame, as_of: date) -> DataFrame:
    """One row per user with both aggregates, and life_stage; the rest of LIFE_STAGE_COLUMNS is made of it.

    In steps: the same in one expression is thousands of words long, and engines take seconds to read it.
    """
    told = {s: f"greatest({_stated(s)}, coalesce({s}_shown_date, {_NEVER}))" for s in _CATEGORIES}
    # A stated week says nothing of a later pregnancy, nor after a loss.
    counts = (
        f"stated_week_date IS NOT NULL AND {told['lost']} < stated_week_date AND {told['trying']} <= stated_week_date"
    )
    dated = known.selectExpr(
        "*", *(f"{sql} AS {s}_told" for s, sql in told.items()), f"{counts} AS has_week",
        f"greatest({', '.join([*told.values(), _stated('none')])}) AS last_told",
        f"date_diff(DATE'{as_of}', stated_week_date) + CAST(round(stated_week * 7) AS INT) AS pregnancy_day",
    )  # fmt: skip
    return dated.selectExpr("*", f"{_stage(as_of)} AS life_stage")


_WEEK = (
    f"CASE WHEN life_stage = 'pregnant' AND has_week AND pregnancy_day < {_DAYS_TO_BIRTH} "
    "THEN CAST(floor(pregnancy_day / 7.0D) AS INT) END"
)
LIFE_STAGE_COLUMNS = {
    "life_stage_date": "CASE WHEN life_stage IS NOT NULL THEN last_told END",
    "pregnancy_week": _WEEK,
    "pregnancy_trimester": f"CASE WHEN {_WEEK} < 14 THEN 'first' WHEN {_WEEK} < 28 THEN 'second' "
    f"WHEN {_WEEK} IS NOT NULL THEN 'third' END",
}


def _stage(as_of: date) -> str:
    ago = f"date_diff(DATE'{as_of}', last_told)"
    birth = f"date_add(DATE'{as_of}', {_DAYS_TO_BIRTH} - pregnancy_day)"
    born = f"has_week AND pregnancy_day < {_DAYS_TO_BIRTH + _DAYS_AFTER} AND last_told <= {birth}"
    believed = {s: f"CASE WHEN {ago} <= {days} THEN '{s}' END" for s, days in BELIEVED_DAYS.items()}
    return (
        f"CASE WHEN last_told IN ({_NEVER}, lost_told) THEN NULL "
        f"WHEN last_told = postnatal_told THEN {believed['postnatal']} "
        f"WHEN last_told = pregnant_told THEN CASE WHEN has_week AND pregnancy_day < {_DAYS_TO_BIRTH} THEN 'pregnant' "
        f"WHEN {born} THEN 'postnatal' ELSE {believed['pregnant']} END "
        f"WHEN last_told = trying_told THEN {believed['trying']} END"
    )


def _stated(state: str) -> str:
    return f"coalesce(CASE WHEN fertility_state = '{state}' THEN fertility_state_date END, {_NEVER})"
