"""Who may be reached, for what and how: the one function that every list passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.columns import COLUMNS, DEVICE_TABLE, TABLE_NAMES, from_devices
from features.declaration import Bilingual, Declared, version
from features.declared_fields import AnyColumn, ChannelName, Purpose, RuleText
from features.quiet_hours import Span, open_windows
from features.rule import nearest, parse_rule
from features.sql_text import texts
from schemas.feeds import FEEDS

NO_CONSENT, NO_ACCOUNT, UNKNOWN_USER, CAPPED = "no_consent", "no_account", "unknown_user", "frequency_cap"
EXCLUDED = "excluded_account"
OWN_REASONS = (UNKNOWN_USER, NO_ACCOUNT, EXCLUDED, NO_CONSENT, CAPPED)


class Ban(Declared):
    """Users who are never reached for a purpose, and why. Where the rule is unknown, it bans."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    meaning: Bilingual
    rule: RuleText

    @cached_property
    def sql(self) -> str:
        return f"coalesce({parse_rule(self.rule, COLUMNS).sql}, true)"


class Cap(Declared):
    """At most so many lists in so many days, counted over all audiences of the purpose."""

    lists: int = Field(ge=1)
    days: int = Field(ge=1, le=365)


class PurposePolicy(Declared):
    """What holds for one purpose.

    Of `quiet_hours`, null are none at all, and a channel that is not named is never used.
    """

    bans: tuple[Ban, ...] = ()
    banned_tables: tuple[str, ...] = ()
    banned_columns: tuple[AnyColumn, ...] = ()
    quiet_hours: dict[ChannelName, Span | None]
    health_columns_on_lists: bool = False
    cap: Cap | None = None
    holdout_share: float = Field(ge=0, le=0.5)

    @model_validator(mode="after")
    def _known_tables(self) -> Self:
        for name in self.banned_tables:
            if name not in TABLE_NAMES:
                raise ValueError(f"unknown table {name!r}{nearest(name, TABLE_NAMES)}")
        return self


class TrainingPolicy(Declared):
    """Whose rows models may learn from: who agreed to `consent`, for each data class the model uses, and is not banned.

    `not_asked` names hospitals whose persons nobody can ask, and why that is right.
    """

    consent: Purpose
    not_asked: dict[str, Bilingual] = Field(default_factory=dict)


class WithdrawalPolicy(Declared):
    """What whoever pulls lists owes to those who took their consent back."""

    confirm_within_days: int = Field(ge=0, le=30)


class Policy(Declared):
    """conf/policy.yml. A purpose that is not named here is not allowed at all."""

    purposes: dict[Purpose, PurposePolicy]
    training: TrainingPolicy | None = None
    withdrawal: WithdrawalPolicy
    outdated_texts: tuple[str, ...] = ()
    holdout_salt: str = Field(min_length=4)
    # What is done when something that lists are made of is not of their day.
    stale_inputs: Literal["refuse", "mark"] = "refuse"
    required_feeds: tuple[str, ...] = ()

    @cached_property
    def version(self) -> str:
        """Of what decides about lists: what was listed under another one is made again before it goes out."""
        return version(self.model_dump(mode="json", exclude={"training", "withdrawal", "outdated_texts"}))

    @model_validator(mode="after")
    def _never_devices(self) -> Self:
        for purpose in ("marketing", "sharing"):
            stated = self.purposes.get(purpose)
            if stated is not None and DEVICE_TABLE not in stated.banned_tables:
                raise ValueError(f"purpose {purpose}: banned_tables must name {DEVICE_TABLE}")
        return self

    @model_validator(mode="after")
    def _known_feeds(self) -> Self:
        for name in self.required_feeds:
            if name not in FEEDS:
                raise ValueError(f"unknown feed {name!r}{nearest(name, FEEDS)}")
        return self

    @model_validator(mode="after")
    def _training_rests_on_a_purpose(self) -> Self:
        if self.training and self.training.consent not in self.purposes:
            raise ValueError(f"training rests on the purpose {self.training.consent}, of which `purposes` says nothing")
        return self

    @property
    def for_training(self) -> Policy:
        """What holds for training: the bans of the purpose it rests on. No cap, since learning reaches nobody."""
        purpose = self.training.consent if self.training else None
        stated = {p: s.model_copy(update={"cap": None}) for p, s in self.purposes.items() if p == purpose}
        return self.model_copy(update={"purposes": stated})

    def is_not_asked(self, hospital: str) -> bool:
        return self.training is not None and hospital in self.training.not_asked

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the bans rest on: `flags` must have them."""
        rules = (b.rule for p in self.purposes.values() for b in p.bans)
        return tuple(sorted({c for r in rules for c in parse_rule(r, COLUMNS).columns}))

    def objections(self, purpose: Purpose, used: tuple[str, ...], listed: tuple[str, ...]) -> list[str]:
        """Why columns may not be used, or put on a list, for a purpose; empty when they may."""
        stated = self.purposes.get(purpose)
        if stated is None:
            return [f"purpose {purpose} is not allowed by the policy"]
        found = []
        if DEVICE_TABLE in stated.banned_tables and (banned := from_devices(used)):
            found.append(f"{purpose} may not use columns of {DEVICE_TABLE}: {', '.join(banned)}")
        if named := sorted(set(used) & set(stated.banned_columns)):
            found.append(f"{purpose} may not use, not even through tags, the columns {', '.join(named)}")
        if not stated.health_columns_on_lists:
            health = [c for c in listed if COLUMNS[c].sensitivity == "health"]
            found += [f"{purpose} lists may not carry health columns: {', '.join(health)}"] if health else []
        return found

    def windows(self, purpose: Purpose, channel: ChannelName, wanted: Span | None = None) -> tuple[str, ...]:
        """When a list may be used on a channel, in the hospital's zone; never where its quiet hours are not stated."""
        stated = self.purposes.get(purpose)
        if stated is None or channel not in stated.quiet_hours:
            return ()
        return open_windows(stated.quiet_hours[channel], wanted)


@dataclass(frozen=True)
class Known:
    """What the policy must know as of a day about those who may be reached.

    consent: silver.consent_state of the day. accounts: user_id, account_token, is_excluded. flags: one row
    per user with `policy.columns`. earlier: gold.audience_member of the days before.
    """

    day: date
    consent: DataFrame
    accounts: DataFrame
    flags: DataFrame
    earlier: DataFrame


def permitted(candidates: DataFrame, known: Known, policy: Policy) -> DataFrame:
    """Every candidate with `refused`: NULL for who may be reached, else the first reason against it.

    candidates: audience, priority, user_id, purpose, data_classes, channel and whatever else they carry; one
    row per channel that would do. Default is no: each data class needs its own consent for purpose and
    channel, and a user whom `known` does not know is refused.
    """
    judged = (
        candidates.join(_flagged(known.flags, policy), "user_id", "left")
        .join(known.accounts, "user_id", "left")
        .join(_consented(candidates, known.consent), ["audience", "user_id", "channel"], "left")
    )
    reason = (
        f"CASE WHEN is_known IS NULL THEN '{UNKNOWN_USER}' WHEN account_token IS NULL THEN '{NO_ACCOUNT}' "
        f"WHEN is_excluded THEN '{EXCLUDED}' {_bans(policy)} "
        f"WHEN coalesce(agreed_count, 0) < size(data_classes) OR size(data_classes) = 0 THEN '{NO_CONSENT}' END"
    )
    names = [*candidates.columns, "account_token"]
    return _capped(judged.selectExpr(*names, f"{reason} AS refused"), known, policy)


def learners(known: Known, policy: Policy, classes: Sequence[str]) -> DataFrame:
    """user_id of everyone whose rows models may learn from, of all that `known.flags` has: by `permitted`, as lists."""
    purpose = policy.training.consent if policy.training else ""
    asked = known.flags.selectExpr(
        "'training' AS audience", "0 AS priority", "user_id", f"'{purpose}' AS purpose",
        f"{texts(classes)} AS data_classes", "'none' AS channel",
    )  # fmt: skip
    return permitted(asked, known, policy.for_training).where("refused IS NULL").select("user_id")


def _flagged(flags: DataFrame, policy: Policy) -> DataFrame:
    bans = [(f"{p}__{b.code}", b.sql) for p, stated in policy.purposes.items() for b in stated.bans]
    return flags.selectExpr("user_id", "true AS is_known", *[f"{sql} AS {name}" for name, sql in bans])


def _bans(policy: Policy) -> str:
    named = [(p, b.code) for p, stated in policy.purposes.items() for b in stated.bans]
    known = ", ".join(f"'{p}'" for p in policy.purposes)
    bans = " ".join(f"WHEN purpose = '{p}' AND {p}__{code} THEN '{code}'" for p, code in named)
    return f"WHEN NOT purpose IN ({known}) THEN 'purpose_not_allowed' {bans}"


def _consented(candidates: DataFrame, consent: DataFrame) -> DataFrame:
    asked = candidates.selectExpr(
        "audience", "user_id", "channel", "purpose", "explode(array_distinct(data_classes)) AS data_class"
    )
    granted = consent.where("is_granted").select("user_id", "purpose", "data_class", "channel").distinct()
    agreed = asked.join(granted, ["user_id", "purpose", "data_class", "channel"], "left_semi")
    return agreed.groupBy("audience", "user_id", "channel").agg(F.expr("count(1)").alias("agreed_count"))


def _capped(judged: DataFrame, known: Known, policy: Policy) -> DataFrame:
    """Lists of the days before count first, then the day's audiences by priority; who is capped is refused."""
    caps = {p: s.cap for p, s in policy.purposes.items() if s.cap}
    if not caps:
        return judged
    passed = judged.where("refused IS NULL").select("audience", "priority", "user_id", "purpose").distinct()
    allowed = " ".join(f"WHEN '{p}' THEN {c.lists}" for p, c in caps.items())
    nth = "row_number() OVER (PARTITION BY user_id, purpose ORDER BY priority, audience)"
    over = (
        passed.selectExpr("audience", "user_id", "purpose", f"{nth} AS nth")
        .join(_earlier_lists(known, caps), ["user_id", "purpose"], "left")
        .where(f"nth + coalesce(list_count, 0) > CASE purpose {allowed} END")
        .selectExpr("audience", "user_id", "true AS is_over")
    )
    names = [c for c in judged.columns if c != "refused"]
    return judged.join(over, ["audience", "user_id"], "left").selectExpr(
        *names, f"CASE WHEN refused IS NULL AND is_over THEN '{CAPPED}' ELSE refused END AS refused"
    )


def _earlier_lists(known: Known, caps: Mapping[Purpose, Cap]) -> DataFrame:
    """How many lists each user was on of late: user_id, purpose, list_count. Who was held out was not reached."""
    days = " ".join(f"WHEN '{p}' THEN {c.days}" for p, c in caps.items())
    late = f"datediff(DATE'{known.day}', as_of_date) BETWEEN 1 AND CASE purpose {days} ELSE 0 END - 1"
    lists = known.earlier.where(f"arm = 'list' AND {late}").groupBy("user_id", "purpose")
    return lists.agg(F.expr("count(1)").alias("list_count"))
