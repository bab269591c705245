"""Users of the simulated hospital on the axes that groups are made of, without its files: seconds instead of minutes.

What the features count out of delivered rows is counted here out of what the simulator did, so that dirt, lateness and
merged accounts are left out.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from models.hospital import open_hospital, truth

START = date(2026, 1, 1)
_QUIET_DAYS = 180


def simulated_users(accounts: int, days: int, ahead: int = 0, seed: int = 7) -> pd.DataFrame:
    """One row per account that is registered by the last of `days`, by account.

    With `ahead` days more, also what became of it in them: `is_gone_ahead`, and `spend_yuan_ahead`.
    """
    hospital = open_hospital(seed, START, days + ahead, accounts)
    cut = START + timedelta(days=days - 1)
    came: list[pd.DataFrame] = []
    asked: list[pd.DataFrame] = []
    spent = np.zeros(0)
    for day in range(days + ahead):
        hospital.deliver(day)
        told = hospital.day_truth()
        came.append(pd.DataFrame({"account": told["session"]["account"], "date": told["session"]["date"]}))
        asked.append(pd.DataFrame({"account": told["consultation"]["account"], "date": told["consultation"]["date"]}))
        if day == days - 1:
            spent = np.array(truth.accounts(hospital.world)["spent_yuan"], dtype=float)
    known = truth.accounts(hospital.world)
    users = pd.DataFrame({c: known[c] for c in ("account", "registered_date")}).set_index("account")
    users = users[users.registered_date <= cut]
    sessions, consultations = pd.concat(came), pd.concat(asked)
    users = _axes(users, sessions, consultations, cut).assign(
        spend_yuan_180d=pd.Series(spent).reindex(users.index, fill_value=0.0)
    )
    if ahead:
        later = pd.Series(np.array(known["spent_yuan"], dtype=float)).reindex(users.index, fill_value=0.0)
        users["spend_yuan_ahead"] = later - users.spend_yuan_180d
        users["is_gone_ahead"] = (~users.index.isin(sessions[sessions.date > cut].account)).astype(float)
    return users.drop(columns="registered_date").astype(float).sort_index()


def _axes(users: pd.DataFrame, sessions: pd.DataFrame, asked: pd.DataFrame, cut: date) -> pd.DataFrame:
    sessions, asked = sessions[sessions.date <= cut], asked[asked.date <= cut]
    since = cut - timedelta(days=89)
    last = sessions.groupby("account").date.max().reindex(users.index)
    recent = sessions[sessions.date >= since].drop_duplicates().groupby("account").size()
    begun = asked[asked.date >= since].groupby("account").size()
    return users.assign(
        days_since_last_activity=[_QUIET_DAYS if pd.isna(d) else (cut - d).days for d in last],
        active_days_90d=recent.reindex(users.index, fill_value=0),
        start_session_count_90d=begun.reindex(users.index, fill_value=0),
        tenure_days=[(cut - d).days for d in users.registered_date],
    )
