"""What is true of each of our users on a day. Nothing but jobs.evaluate_against_truth imports this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from jobs.runtime.job import Run
from jobs.runtime.keys import hospital_key
from schemas.silver.identity import IDENTITY

POSTNATAL_DAYS = 180


@dataclass(frozen=True)
class TruePeople:
    """The truth by user_id: `people` one row a user; the rest as many as happened by `day`.

    `seen` is what our features say of the same users, for who could be known at all.
    """

    day: date
    people: pd.DataFrame
    consultations: pd.DataFrame
    episodes: pd.DataFrame
    meters: pd.DataFrame
    seen: pd.DataFrame

    def is_one_of(self, users: Sequence[str] | pd.Series[str]) -> pd.Series[bool]:
        """Of all users, whether they are among these."""
        return pd.Series(self.people.index.isin(list(users)), index=self.people.index)

    def suffers(self, condition: str) -> pd.Series[bool]:
        return self.people["conditions"].map(lambda all_of_them: condition in all_of_them)

    def condition_count(self, conditions: Sequence[str]) -> pd.Series[int]:
        return self.people["conditions"].map(lambda all_of_them: len(set(all_of_them) & set(conditions)))

    def asked(
        self, topics: Sequence[str] = (), days: int | None = None, relation: str = "self", *, answered: bool = True
    ) -> pd.Series[bool]:
        """Whether a doctor was asked about one of the topics, for that relation, within so many days."""
        rows = self.consultations
        holds = rows["patient_relation"] == relation
        if topics:
            holds &= rows["topic"].isin(topics)
        if days:
            holds &= rows["date"] > self.day - timedelta(days=days)
        if answered:
            holds &= rows["outcome"] != "none"
        return self.is_one_of(rows.loc[holds, "user_id"])

    def measures(self, *kinds: str) -> pd.Series[bool]:
        """Whether one of their meters is of the kinds."""
        return self.is_one_of(self.meters.loc[self.meters["kind"].isin(kinds), "user_id"])

    def worsens(self, kinds: Sequence[str], *, is_fault: bool, days: int, at_least: int) -> pd.Series[bool]:
        """Whether an episode, or a fault of a meter, covers so many of the last days."""
        e, first = self.episodes, self.day - timedelta(days=days - 1)
        began = e["first_date"].map(lambda d: max(d, first))
        ended = e["last_date"].map(lambda d: min(d, self.day))
        covered = (pd.to_datetime(ended) - pd.to_datetime(began)).dt.days + 1
        holds = e["kind"].isin(kinds) & (e["is_fault"] == is_fault) & (covered >= at_least)
        return self.is_one_of(e.loc[holds, "user_id"])

    def stage(self) -> pd.Series[str]:
        """Fertility on the day: trying, pregnant, postnatal or lost."""
        p = self.people
        out = pd.Series("none", index=p.index)
        began, conceived, ended = (_on_or_before(p[c], self.day) for c in _STAGES)
        out = out.mask(began & ~conceived, "trying").mask(conceived & ~ended, "pregnant")
        after = ended & ~_on_or_before(p["pregnant_until"], self.day - timedelta(days=POSTNATAL_DAYS))
        return out.mask(after, p["loses_pregnancy"].map({True: "lost", False: "postnatal"}))

    def weeks(self) -> pd.Series[int]:
        """Completed weeks since the pregnancy began, whatever became of it."""
        days = pd.Timestamp(self.day) - pd.to_datetime(self.people["pregnant_from"], errors="coerce")
        return days.dt.days // 7


_STAGES = ("trying_from", "pregnant_from", "pregnant_until")


def _on_or_before(days: pd.Series[date], day: date) -> pd.Series[bool]:
    return days.map(lambda d: d is not None and d == d and d <= day).astype(bool)


def true_people(run: Run, seen: pd.DataFrame) -> TruePeople:
    """The truth of the users of `seen` (user_id and our columns) as of the run's day.

    A user made of two persons' accounts by mistake is taken for the owner of the first.
    """
    folder = run.settings.truth
    accounts = _accounts(run, folder)
    first = accounts.sort_values("account").drop_duplicates("user_id")
    people = first[["user_id", "person"]].merge(pd.read_parquet(folder / "person.parquet"), on="person")
    people = people.merge(seen[["user_id"]], on="user_id").set_index("user_id").sort_index()
    whose = accounts[["account", "user_id"]]
    day = run.day

    def happened(name: str, when: str) -> pd.DataFrame:
        rows = pd.read_parquet(folder / f"{name}.parquet").merge(whose, on="account")
        return rows[rows[when] <= day]

    meters = pd.read_parquet(folder / "device_owner.parquet").merge(
        accounts[["account_id", "user_id"]], on="account_id"
    )
    return TruePeople(
        day, people, happened("consultation", "date"), happened("episode", "first_date"), meters,
        seen.set_index("user_id").reindex(people.index),
    )  # fmt: skip


def _accounts(run: Run, folder: Path) -> pd.DataFrame:
    key = hospital_key(run.settings.keys, run.settings.hospital.name).read()
    accounts = pd.read_parquet(folder / "account.parquet", columns=["account_id", "account", "person"])
    accounts["actor_id"] = [key.token("account", one) for one in accounts["account_id"]]
    ours = run.read(IDENTITY, since=run.day, until=run.day).where("actor_kind = 'account' AND NOT is_excluded")
    return accounts.merge(ours.select("actor_id", "user_id").toPandas(), on="actor_id")
