"""conf/models/*.yml: what a person may choose about the models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from features.declared_fields import RuleText
from jobs.runtime.conf_file import Strict, load
from models.boosting import BoostSettings
from schemas.vocabulary import DEPARTMENTS

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=1)]


class Training(Strict):
    """conf/models/training.yml: which days are learned from."""

    as_of_days_before: Annotated[tuple[Days, ...], Field(min_length=3)]
    fewest_days_of_history: Annotated[int, Field(ge=1)]
    most_users_per_day: Annotated[int, Field(ge=100)]
    num_threads: Annotated[int, Field(ge=1)] = 2


class FeatureChoice(Strict):
    """Which numeric columns of the feature tables a model sees; patterns as in file names, `keep` wins."""

    exclude_tables: tuple[str, ...] = ()
    exclude_sensitivities: tuple[Literal["public", "low", "personal", "health", "secret"], ...] = ()
    keep: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Boost(Strict):
    """How trees are grown; see models.boosting.BoostSettings."""

    rounds: Annotated[int, Field(ge=1)] = 300
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.06
    leaves: Annotated[int, Field(ge=2)] = 15
    min_rows_in_leaf: Annotated[int, Field(ge=1)] = 40
    feature_fraction: Annotated[float, Field(gt=0, le=1)] = 0.6
    ridge: Annotated[float, Field(ge=0)] = 10.0
    patience: Annotated[int, Field(ge=1)] = 25

    def settings(self, num_threads: int) -> BoostSettings:
        return BoostSettings(**self.model_dump(), num_threads=num_threads)


class Promotion(Strict):
    """When a challenger becomes champion: see models.promotion.better.

    `first` says what the first one needs against the baseline: `sure_gain` with the whole 95 % interval, as all later
    ones do, or `any_gain`, since a small hospital's test day is too small to be sure and nothing better is in use.
    """

    metric: str
    guards: tuple[str, ...] = ()
    first: Literal["sure_gain", "any_gain"] = "sure_gain"


class RiskTiers(Strict):
    """From which chance on a risk is high or middle."""

    high: Share
    middle: Share


class Churn(Strict):
    """conf/models/churn.yml."""

    seed: int
    label_days: Annotated[tuple[Days, ...], Field(min_length=1)]
    features: FeatureChoice
    boost: Boost = Boost()
    promotion: Promotion
    risk_tiers: RiskTiers
    reasons: Annotated[int, Field(ge=1, le=10)] = 3


class Ltv(Strict):
    """conf/models/ltv.yml."""

    seed: int
    label_days: Annotated[tuple[Days, ...], Field(min_length=1)]
    features: FeatureChoice
    boost: Boost = Boost()
    promotion: Promotion


class SegmentAxis(Strict):
    """One axis that users are grouped by; see models.group_space.Axis."""

    name: str
    zh: str
    en: str
    column: str
    transform: Literal["log1p", "none"] = "log1p"
    missing: float | None = None
    weight: Annotated[float, Field(gt=0)] = 1.0


class Condition(Strict):
    """One bound of a naming rule on where a group's centre stands."""

    axis: str
    measure: Literal["percentile", "z"] = "percentile"
    at_least: float | None = None
    at_most: float | None = None


class RuleName(Strict):
    """A name in both languages."""

    zh: str
    en: str


class NamingRule(Strict):
    """What a group is called when all conditions hold."""

    code: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    name: RuleName
    when: Annotated[tuple[Condition, ...], Field(min_length=1)]


class GroupBounds(Strict):
    """From where on the drift of groups is told as a warning; see models.group_drift.GroupDrift."""

    share_psi: Annotated[float, Field(gt=0)]
    centre_shift: Annotated[float, Field(gt=0)]


class Segments(Strict):
    """conf/models/segments.yml."""

    seed: int
    groups: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)]
    least_gain: Annotated[float, Field(ge=0)]
    drift: GroupBounds
    axes: Annotated[tuple[SegmentAxis, ...], Field(min_length=2)]
    names: Annotated[tuple[NamingRule, ...], Field(min_length=1)]


class Department(Strict):
    """conf/models/department.yml."""

    seed: int
    also_learn_from: str | None = None
    fewest_questions: Annotated[int, Field(ge=50)]
    least_macro_f1: Share
    least_precision: Share
    never_told: tuple[Literal[DEPARTMENTS], ...] = ()  # type: ignore[valid-type]  # the words are data
    most_lost: Share


class Attribute(Strict):
    """Something that must play no part in likeness, and the rule that says who has it."""

    code: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    zh: str
    en: str
    rule: RuleText


class Proxies(Strict):
    """How surely likeness may tell an attribute: AUC, from either end."""

    bound: Annotated[float, Field(gt=0.5, lt=1)]
    fewest_holders: Annotated[int, Field(ge=10)]
    most_dropped: Annotated[int, Field(ge=0)]
    attributes: Annotated[tuple[Attribute, ...], Field(min_length=1)]


class LookalikeConf(Strict):
    """conf/models/lookalike.yml."""

    seed: int
    features: FeatureChoice
    boost: Boost = Boost()
    fewest_members: Annotated[int, Field(ge=50)]
    most_learned: Annotated[int, Field(ge=1000)]
    stand_in_auc: Annotated[float, Field(gt=0.5, le=1)]
    proxies: Proxies


def load_training(conf: Path) -> Training:
    return load(conf / "models" / "training.yml", Training)


def load_churn(conf: Path) -> Churn:
    return load(conf / "models" / "churn.yml", Churn)


def load_ltv(conf: Path) -> Ltv:
    return load(conf / "models" / "ltv.yml", Ltv)


def load_segments(conf: Path) -> Segments:
    return load(conf / "models" / "segments.yml", Segments)


def load_department(conf: Path) -> Department:
    return load(conf / "models" / "department.yml", Department)


def load_lookalike(conf: Path) -> LookalikeConf:
    return load(conf / "models" / "lookalike.yml", LookalikeConf)
