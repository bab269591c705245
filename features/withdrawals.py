"""Whose consent for a list they once were on stood until the last lists and does not any longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame

from features.sql_text import literal, texts

_KEY = ("account_token", "purpose", "data_class", "channel")


def granted_by(consent: DataFrame, identity: DataFrame) -> DataFrame:
    """What each account's owner agreed to: a day of silver.consent_state by the silver.identity of the same day.

    By account, since that is what a list names and what stays when persons are merged or parted.
    """
    accounts = identity.where("actor_kind = 'account'").selectExpr("actor_id AS account_token", "user_id")
    return consent.where("is_granted").join(accounts, "user_id").select(*_KEY).distinct()


def withdrawals(listed: DataFrame, then: DataFrame, now: DataFrame, classes: Mapping[str, Sequence[str]]) -> DataFrame:
    """as_of_date, audience, account_token of the rows that must be taken out where they went.

    listed: rows of gold.audience_member that went out. then, now: `granted_by` of the last day with lists, and of the
    day; what had gone by then was told then. classes: what a consent to each audience must cover; an audience that is
    no longer declared asks for `basic`.
    """
    lost = then.join(now, list(_KEY), "left_anti")
    gone = _asked(listed, classes).join(lost, list(_KEY), "left_semi")
    return gone.select("as_of_date", "audience", "account_token").distinct()


def without_consent(listed: DataFrame, now: DataFrame, classes: Mapping[str, Sequence[str]]) -> DataFrame:
    """Rows of a list that is about to go out for which a consent is missing by now; as in `withdrawals`."""
    return _asked(listed, classes).join(now, list(_KEY), "left_anti").select("audience", "account_token").distinct()


def _asked(listed: DataFrame, classes: Mapping[str, Sequence[str]]) -> DataFrame:
    """A row for each data class that each listed row needs a consent for."""
    needed = " ".join(f"WHEN {literal(code)} THEN {texts(of)}" for code, of in sorted(classes.items()))
    needed = f"CASE audience {needed} ELSE {texts(['basic'])} END" if needed else texts(["basic"])
    return listed.selectExpr(
        "as_of_date", "audience", "account_token", "purpose", "channel", f"explode({needed}) AS data_class"
    )
