"""The simulated hospital's hidden truth by our user ids. Nothing but jobs.evaluate_against_truth imports this."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from jobs.runtime.job import Run
from jobs.runtime.keys import hospital_key
from models.ltv import HORIZONS
from schemas.silver.identity import IDENTITY

CHURN = "true_churn_probability"
_NEAR_DAYS = 3


def true_spend(days: int) -> str:
    """Name of the column with the true expectation."""
    return f"true_spend_yuan_{days}d"


def expected_of_users(run: Run, as_of: date) -> tuple[pd.DataFrame, date] | None:
    """What is truly to be expected of each user after `as_of`: CHURN and `true_spend` for each horizon, by user_id.

    The truth is written for some days only (month's ends, the last day); the nearest one at most three days away is
    taken and told. A user with two accounts comes with either and spends with both. None where there is no such day.
    """
    found = _nearest(run.settings.truth, as_of)
    if found is None:
        return None
    truth, told = found
    key = hospital_key(run.settings.keys, run.settings.hospital.name).read()
    truth["actor_id"] = [key.token("account", account) for account in truth["account_id"]]
    persons = run.read(IDENTITY, since=as_of, until=as_of).where("actor_kind = 'account' AND NOT is_excluded")
    known = truth.merge(persons.select("actor_id", "user_id").toPandas(), on="actor_id")
    known["silent"] = 1 - known["active_30d"].clip(0, 1)
    sums = {true_spend(h): (f"spend_yuan_{h}d", "sum") for h in HORIZONS}
    users = known.groupby("user_id", as_index=False).agg(**{CHURN: ("silent", "prod"), **sums})
    return users.astype({c: np.float64 for c in users.columns if c != "user_id"}), told


def _nearest(folder: Path, as_of: date) -> tuple[pd.DataFrame, date] | None:
    """The truth at the beginning of the day after `as_of`, or of the day nearest to that, with that day's eve."""
    wanted = as_of + timedelta(days=1)
    files = [f for f in (folder / "expectation.parquet", folder / "expectation_at_end.parquet") if f.is_file()]
    parts = [pd.read_parquet(file) for file in files]
    if not parts:
        return None
    truth = pd.concat(parts, ignore_index=True)
    truth["as_of"] = pd.to_datetime(truth["as_of"]).dt.date
    days = sorted(truth["as_of"].unique(), key=lambda d: (abs((d - wanted).days), d))
    if not days or abs((days[0] - wanted).days) > _NEAR_DAYS:
        return None
    return truth[truth["as_of"] == days[0]].copy(), days[0] - timedelta(days=1)
