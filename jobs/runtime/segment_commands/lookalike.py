"""Users who are like a segment's: learned on the screen, from whom the policy lets it, on what may be used for it.

Nothing is written. Nobody is judged by a model that has seen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.columns import COLUMNS, data_classes
from features.policy import Policy
from features.rule import parse_rule
from features.segment import Segment, SegmentViews
from jobs.learning.settings import LookalikeConf
from jobs.runtime.segment_commands.day_users import DayUsers
from jobs.runtime.segment_commands.lookalike_features import Permitted, measure, permitted_features
from jobs.runtime.segment_commands.lookalike_proxies import ProxyFree, without_proxies
from jobs.runtime.segment_commands.preview import Count, agreed, banned, not_excluded, reach, reach_purpose, told
from models.evaluation import auc
from models.lookalike import Flags, LookalikeSettings, Tenth, TooFewMembers, curve, precision_at, tells_alone, weights
from models.matrix import Floats

STAND_IN = "stand_in"
SHARES = (0.01, 0.05, 0.1)


@dataclass(frozen=True)
class LookalikeFound:
    """What is told. Counts are None where they are too few; `members` then is rounded down.

    In `precision` and `curve` members are rounded to multiples of the smallest count: no sum can be taken apart.
    """

    code: str
    day: date
    members: int
    not_asked: Count
    permitted: Permitted
    fit: ProxyFree
    base: float
    auc: float
    precision: dict[float, float]
    curve: tuple[Tenth, ...]
    weights: pd.DataFrame
    above: Count
    reach_purpose: str
    reach: dict[str, Count]


@dataclass(frozen=True)
class _Users:
    """Everybody with the features, by user_id: who is in it, who may be learned from, who has each attribute.

    An attribute is known (not NaN) only of those who agreed that one looks.
    """

    frame: pd.DataFrame
    member: Flags
    learned: Flags
    attributes: pd.DataFrame


@dataclass(frozen=True)
class Terms:
    """What is declared of likeness, of whom may be used, and of what is told."""

    conf: LookalikeConf
    policy: Policy
    views: SegmentViews
    hospital: str
    num_threads: int = 2

    @property
    def settings(self) -> LookalikeSettings:
        conf = self.conf
        boost = conf.boost.settings(self.num_threads)
        return LookalikeSettings(
            conf.seed, boost, fewest_members=conf.fewest_members, most_learned=conf.most_learned
        )  # fmt: skip


def lookalike(day_users: DayUsers, segment: Segment, terms: Terms, share: float) -> LookalikeFound:
    """Learn who is like the segment's users; `share` of the others, the most alike, are counted and their reach."""
    conf, views, purpose = terms.conf, terms.views, reach_purpose(segment)
    permitted = permitted_features(segment, conf.features, terms.policy, purpose)
    users = _users(day_users, segment, permitted.features, terms)
    if (users.member & users.learned).sum() < conf.fewest_members:
        who = f"segment {segment.code}: fewer than {conf.fewest_members} of its users"
        raise TooFewMembers(f"{who} may be learned from on {day_users.day}")
    permitted = _without_stand_ins(permitted, users, conf)
    fit = without_proxies(
        users.frame, users.member, users.learned, permitted.features, users.attributes, conf.proxies, terms.settings
    )
    members, not_asked = _learned_from(users, views)
    score, member = fit.alike.score[users.learned], users.member[users.learned]
    above = _above(fit.alike.score, users.member, share)
    return LookalikeFound(
        code=segment.code,
        day=day_users.day,
        members=members,
        not_asked=not_asked,
        permitted=permitted,
        fit=fit,
        base=float(member.mean()),
        auc=auc(member.astype(np.float64), score),
        precision={
            s: precision_at(score, member, s, views.smallest_count)
            for s in SHARES
            if s * len(score) >= views.smallest_count
        },
        curve=curve(score, member, views.smallest_count),
        weights=weights(fit.alike, users.learned),
        above=told(int(above.sum()), views),
        reach_purpose=purpose,
        reach=_reached(day_users, segment, users.frame[above], fit.alike.features, terms),
    )


def _learned_from(users: _Users, views: SegmentViews) -> tuple[int, Count]:
    """Members that are learned from and those that are not; where these are too few, the others are rounded down."""
    learned, left = int((users.member & users.learned).sum()), int((users.member & ~users.learned).sum())
    not_asked = told(left, views)
    return (learned if not_asked is not None else learned // views.smallest_count * views.smallest_count), not_asked


def _reached(
    day_users: DayUsers, segment: Segment, alike: pd.DataFrame, features: Sequence[str], terms: Terms
) -> dict[str, Count]:
    """By channel; asked for is consent to all that the segment and the likeness rest on."""
    if told(len(alike), terms.views) is None:
        return {}
    day_users.hold("alike", alike[["user_id", "is_banned"]])
    classes = sorted({*segment.data_classes, *data_classes(features)})
    found = reach(day_users, "alike", classes, terms.policy, reach_purpose(segment))
    return {channel: told(count, terms.views) for channel, count in found.items()}


def learners(day_users: DayUsers, policy: Policy, classes: Sequence[str], hospital: str) -> str:
    """Query for who of `judged`, which has is_untaught, may be learned from: what features.policy.learners says."""
    if policy.is_not_asked(hospital):
        return "SELECT user_id FROM judged"
    if policy.training is None:
        return "SELECT user_id FROM judged WHERE false"
    consent = agreed(day_users, policy.training.consent, classes, ("none",))
    return f"""
        SELECT user_id FROM (SELECT user_id FROM judged WHERE NOT is_untaught)
        SEMI JOIN ({not_excluded(day_users)}) USING (user_id) SEMI JOIN ({consent}) USING (user_id)
    """


def _users(day_users: DayUsers, segment: Segment, features: Sequence[str], terms: Terms) -> _Users:
    conf, policy, hospital = terms.conf, terms.policy, terms.hospital
    rules = {a.code: parse_rule(a.rule, COLUMNS) for a in conf.proxies.attributes}
    taught = policy.training.consent if policy.training else ""
    said = {
        "is_in": f"coalesce(({segment.rule.sql}), false)",
        "is_banned": banned(policy, reach_purpose(segment)),
        "is_untaught": banned(policy, taught),
        **{f"is_{code}": f"coalesce(({rule.sql}), false)" for code, rule in rules.items()},
        **{f: f"CAST({f} AS DOUBLE)" for f in features},
    }
    told_of = sorted({c for rule in rules.values() for c in rule.columns})
    day_users.judge("judged", said, {*segment.rule.columns, *policy.columns, *told_of, *features})
    classes = tuple(sorted({*segment.data_classes, *data_classes(features)}))
    tested = tuple(sorted({*classes, *data_classes(told_of)}))
    frame = day_users.frame(f"""
        SELECT judged.*, user_id IN ({learners(day_users, policy, classes, hospital)}) AS is_learned,
            user_id IN ({learners(day_users, policy, tested, hospital)}) AS is_tested
        FROM judged ORDER BY user_id
    """)
    attributes = pd.DataFrame({code: frame[f"is_{code}"].where(frame["is_tested"]).astype("float64") for code in rules})
    return _Users(frame, frame["is_in"].to_numpy(bool), frame["is_learned"].to_numpy(bool), attributes)


def _without_stand_ins(permitted: Permitted, users: _Users, conf: LookalikeConf) -> Permitted:
    """Without features that alone tell who is in it: the rule in other words."""
    learned, member = users.frame[users.learned], users.member[users.learned]
    alone = [f for f in permitted.features if tells_alone(learned[f].to_numpy(float), member) >= conf.stand_in_auc]
    gone = tuple(f for f in permitted.features if measure(f) in {measure(a) for a in alone})
    left = tuple(f for f in permitted.features if f not in gone)
    if not left:
        raise ValueError("a look-alike: no feature is left that may be used and is not the rule in other words")
    return Permitted(left, permitted.left_out | ({STAND_IN: gone} if gone else {}))


def _above(score: Floats, member: Flags, share: float) -> Flags:
    """Those who are not in it and stand above the cut."""
    others = score[~member]
    if not len(others):
        return np.zeros(len(member), dtype=np.bool_)
    return np.asarray(~member & (score >= np.quantile(others, 1 - share)), dtype=np.bool_)
