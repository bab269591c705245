"""Trying to conceive, pregnant, after birth: a state that moves on by itself between two statements.

The newest of what a user stated and of what a doctor diagnosed decides; a pregnancy whose week is known goes on by the
calendar until birth and half a year beyond. A lost pregnancy ends the state and is never shown as one.
"""

from __future__ import annotations

from datetime import date

from features.newest import newest, stamp

# Categories of ICD-10 by the state they show (WHO ICD-10, chapters XV and XXI).
_CATEGORIES = {
    "trying": "category = 'Z31'",
    "pregnant": "category BETWEEN 'Z33' AND 'Z36' OR category BETWEEN 'O10' AND 'O48'",
    "postnatal": "category BETWEEN 'Z37' AND 'Z39' OR category BETWEEN 'O80' AND 'O92'",
    "lost": "category BETWEEN 'O00' AND 'O08'",
}
_NEVER = "DATE'1900-01-01'"
_WEEKS_TO_BIRTH, _WEEKS_AFTER = 40, 26
# For how many days a state is believed of which nobody says since when. Half of those who try conceive within five
# months or give up; a pregnancy told of has half its time to go on average, and so has the time after birth.
BELIEVED_DAYS = {"trying": 45, "pregnant": 120, "postnatal": 45}


def diagnosed_dates() -> dict[str, str]:
    """Aggregates over a user's own diagnoses with their `category`: the last day that showed each state."""
    return {f"{s}_shown_date": f"max(CASE WHEN {holds} THEN event_date END)" for s, holds in _CATEGORIES.items()}


def recorded_weeks() -> dict[str, str]:
    """Aggregates over a user's own health record: the last pregnancy's stated week, and the day it was stated."""
    stated = "kind = 'fertility' AND item = 'pregnant' AND unit = 'week' AND value BETWEEN 0 AND 44"
    return {
        "stated_week": newest("value", stamp("recorded_at", "record_id"), stated),
        "stated_week_date": f"max(CASE WHEN {stated} THEN event_date END)",
    }


def life_stage_columns(as_of: date) -> dict[str, str]:
    """life_stage, life_stage_date, pregnancy_week and pregnancy_trimester, in SQL over both aggregates."""
    said = {s: f"CASE WHEN fertility_state = '{s}' THEN fertility_state_date END" for s in _CATEGORIES}
    told = {s: f"greatest(coalesce({said[s]}, {_NEVER}), coalesce({s}_shown_date, {_NEVER}))" for s in _CATEGORIES}
    none = f"coalesce(CASE WHEN fertility_state = 'none' THEN fertility_state_date END, {_NEVER})"
    last = f"greatest({', '.join([*told.values(), none])})"
    ago = f"date_diff(DATE'{as_of}', {last})"
    # Days since a pregnancy began whose week is known; of an earlier pregnancy it says nothing.
    day = f"(date_diff(DATE'{as_of}', stated_week_date) + CAST(round(stated_week * 7) AS INT))"
    known = f"stated_week_date IS NOT NULL AND {told['lost']} < stated_week_date"
    is_that_one = f"{known} AND {day} < {_WEEKS_TO_BIRTH * 7} AND {told['trying']} <= stated_week_date"
    gave_birth = (
        f"{known} AND {day} BETWEEN {_WEEKS_TO_BIRTH * 7} AND {(_WEEKS_TO_BIRTH + _WEEKS_AFTER) * 7 - 1} "
        f"AND {told['trying']} <= stated_week_date AND {told['pregnant']} <= date_add(stated_week_date, "
        f"{_WEEKS_TO_BIRTH * 7} - CAST(round(stated_week * 7) AS INT))"
    )
    pregnant = f"{last} > {_NEVER} AND {last} = {told['pregnant']} AND {is_that_one}"
    believed = " ".join(
        f"WHEN {last} = {told[s]} THEN CASE WHEN {ago} <= {BELIEVED_DAYS[s]} THEN '{s}' END"
        for s in ("postnatal", "pregnant", "trying")
    )
    stage = (
        f"CASE WHEN {last} = {_NEVER} OR {last} = {told['lost']} THEN NULL WHEN {pregnant} THEN 'pregnant' "
        f"WHEN {last} = {told['pregnant']} AND {gave_birth} THEN 'postnatal' {believed} END"
    )
    week = f"CASE WHEN {pregnant} AND {last} <> {told['lost']} THEN CAST(floor({day} / 7.0D) AS INT) END"
    return {
        "life_stage": stage,
        "life_stage_date": f"CASE WHEN ({stage}) IS NOT NULL THEN {last} END",
        "pregnancy_week": week,
        "pregnancy_trimester": f"CASE WHEN ({week}) < 14 THEN 'first' WHEN ({week}) < 28 THEN 'second' "
        f"WHEN ({week}) IS NOT NULL THEN 'third' END",
    }
