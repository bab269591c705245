"""The customers of the online_retail data on the axes that groups are made of."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd

_AHEAD = 30


def retail_customers(folder: Path) -> pd.DataFrame:
    """One row per customer known 30 days before the data end, and what they did in those days.

    Orders stand for visits and for consultations begun; days are counted from the first order.
    """
    lines = pd.read_csv(next(folder.glob("*.csv*")), encoding="utf-8-sig", dtype={"InvoiceNo": str, "CustomerID": str})
    lines = lines.dropna(subset=["CustomerID"]).assign(
        at=lambda f: pd.to_datetime(f.InvoiceDate).dt.normalize(), paid=lambda f: f.Quantity * f.UnitPrice
    )
    bought = lines[lines.Quantity > 0]
    cut = bought["at"].max() - timedelta(days=_AHEAD)
    past, ahead = bought[bought["at"] <= cut], bought[bought["at"] > cut]
    users = past.groupby("CustomerID").agg(first=("at", "min"), last=("at", "max"))

    def within(days: int) -> pd.DataFrame:
        return past[past["at"] > cut - timedelta(days=days)]

    recent, half = within(90).groupby("CustomerID"), within(180).groupby("CustomerID")
    return pd.DataFrame({
        "days_since_last_activity": (cut - users["last"]).dt.days,
        "active_days_90d": recent["at"].nunique().reindex(users.index, fill_value=0),
        "spend_yuan_180d": half["paid"].sum().reindex(users.index, fill_value=0.0),
        "start_session_count_90d": recent["InvoiceNo"].nunique().reindex(users.index, fill_value=0),
        "tenure_days": (cut - users["first"]).dt.days,
        "spend_yuan_ahead": ahead.groupby("CustomerID")["paid"].sum().reindex(users.index, fill_value=0.0),
        "is_gone_ahead": (~users.index.isin(ahead.CustomerID)).astype(float),
    }).astype(float)  # fmt: skip
