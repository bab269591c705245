"""Whose card it is: from what somebody typed to a user_id, or plain words on why there is no card."""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.runtime.audit import read_rows
from jobs.runtime.store import Store
from schemas.erasure import SUPPRESSED
from schemas.gold.tag import TAG_DAY
from schemas.silver.identity import IDENTITY
from schemas.silver.identity_event import USER_ID_MAP

_EXCLUDED = {"robot": "a robot", "test_account": "a test account of staff's"}


class NoCard(ValueError):
    """There is no card of whoever was asked for; the text says why, and what would do."""


def day_of_card(store: Store, wanted: date | None) -> date:
    """The day asked for, if tags were derived for it; without one the last such day."""
    if not store.exists(TAG_DAY):
        raise NoCard(f"no tags in {store.root}: cameo run derive_tags --day … comes first")
    days = days_with_tags(store)
    if not days:
        raise NoCard(f"{TAG_DAY.name} is empty: cameo run derive_tags --day … comes first")
    if wanted is None:
        return max(days)
    if wanted not in days:
        near = ", ".join(str(d) for d in sorted(sorted(days, key=lambda d: abs(d - wanted))[:3]))
        raise NoCard(f"no tags were derived for {wanted}; the nearest days are {near}")
    return wanted


def days_with_tags(store: Store) -> set[date]:
    """The days for which tags were derived."""
    return set(store.open(TAG_DAY).to_pyarrow_dataset().to_table(columns=["as_of_date"])["as_of_date"].to_pylist())


def user_of(store: Store, asked: str, day: date) -> str:
    """The user_id of a user, an account or a device on the day; NoCard where there is nobody to show."""
    gone = read_rows(store, SUPPRESSED, ("token", "=", asked))
    if gone:
        raise NoCard(f"this person is erased: receipt {gone[0]['receipt_id']}; nothing else is kept of them")
    of_day = ("as_of_date", "=", day)
    actors = read_rows(store, IDENTITY, of_day, ("user_id", "=", asked))
    if not actors:
        actors = read_rows(store, IDENTITY, of_day, ("actor_id", "=", asked))
    if not actors:
        raise NoCard(_stranger(store, asked, day))
    if all(a["is_excluded"] for a in actors if a["actor_kind"] == "account") and actors[0]["is_excluded"]:
        reason = str(actors[0]["excluded_reason"])
        raise NoCard(
            f"this is {_EXCLUDED.get(reason, reason)}, in no portrait, list or figure: "
            "docs/how-to/see-who-is-kept-out.md"
        )
    user = actors[0]["user_id"]
    if user is None:
        raise NoCard("several persons logged in on this device: it is nobody's alone; ask for one of their accounts")
    return str(user)


def _stranger(store: Store, asked: str, day: date) -> str:
    now = _renamed(store, asked, day)
    if now:
        return f"on {day} this user goes by another id, since accounts were put together: cameo portrait {now}"
    return (
        f"nobody of {day} has this user_id or token. A user_id is what gold tables have in that column; for the "
        "account number that the hospital knows add --account (and its key must be the right one); whoever came "
        "later needs a later --day"
    )


def _renamed(store: Store, asked: str, day: date) -> str | None:
    rows: list[dict[str, Any]] = read_rows(store, USER_ID_MAP, ("old_user_id", "=", asked))
    standing = [r for r in rows if r["valid_from"] <= day and (r["valid_to"] is None or r["valid_to"] > day)]
    return str(standing[0]["new_user_id"]) if standing else None
