"""The model `ltv`: trained, judged out of time, and promoted if it is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from features.labels import spend_label
from features.wide import THEMES
from jobs.learning.days import learning_days
from jobs.learning.feature_choice import chosen_features, numeric_columns, within_history
from jobs.learning.fingerprint import fingerprint
from jobs.learning.frames import Label, LearningFrames, learning_frames
from jobs.learning.judging import Figure, Rivals, Verdict, compared, data_versions, judge, register
from jobs.learning.plots import gain_curve
from jobs.learning.settings import Ltv, load_ltv, load_training
from jobs.learning.value import (
    BTYD_COLUMNS,
    NAIVE,
    SPEND_COLUMN,
    TENURE,
    ValueModel,
    btyd_spend,
    naive_spend,
    only_buyers,
    too_few,
)
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Challenger, Registry, StoredModel
from models.btyd import FREQUENCY, BtydModel, fit_btyd
from models.evaluation import ltv_metrics
from models.ltv import HORIZONS, LtvModel
from models.ltv import train_ltv as grow_ltv
from models.matrix import Floats, amount_label
from models.time_splits import TimeSplits
from models.two_stage import predict_two_stage
from schemas.feature.user_day import USER_DAY
from schemas.model_quality import MODEL_QUALITY
from schemas.silver.identity import IDENTITY

LABEL = "future_spend_yuan"
MODEL = "ltv"


@dataclass(frozen=True)
class Trained:
    """The model and, for scores and as a rival, BTYD alone."""

    ltv: LtvModel
    btyd: BtydModel


@job(reads=(*THEMES, USER_DAY, IDENTITY), writes=(MODEL_QUALITY,))
def train_ltv(run: Run) -> None:
    """Trains the lifetime value model on past days, judges it on a later one, and promotes it if it is better."""
    conf, training = load_ltv(run.settings.conf), load_training(run.settings.conf)
    registry, days = Registry(run.settings.mlflow), learning_days(run)
    splits, champion = days.ltv, registry.find_champion(MODEL)
    features = within_history(chosen_features(conf.features), days.history(splits))
    known = [c for c in champion.card["features"] if c in numeric_columns()] if champion else []
    columns = list(dict.fromkeys([*features, *BTYD_COLUMNS, SPEND_COLUMN, TENURE, *known]))
    labels = {LABEL: _label(splits.label_days)}
    frames = learning_frames(run, splits, columns, labels, training.most_users_per_day).changed(only_buyers)
    mark = fingerprint(run.day, (frames.train, frames.calibration, frames.test), (conf, training))
    if registry.version_of(MODEL, mark) and champion:
        return
    reason = too_few(frames.train, frames.calibration, LABEL)
    if reason is None:
        trained = _grown(frames, features, splits, conf, training.num_threads)
        _judge_and_register(run, registry, trained, frames, splits, mark, champion)
    if registry.find_champion(MODEL) is None:
        reason = reason or "no model was better than the rate of the last 90 days: that rate is in use"
        _put_the_rate_in_use(run, registry, frames, splits, f"{mark}-rate", reason)


def _put_the_rate_in_use(
    run: Run, registry: Registry, frames: LearningFrames, splits: TimeSplits, mark: str, reason: str
) -> None:
    """Where nothing foresees better than past spend per day, that rate is the champion."""
    days = splits.label_days
    said = ltv_metrics(amount_label(frames.test, LABEL, "ltv test"), naive_spend(frames.test, days))
    card = {"kind": NAIVE, "features": [SPEND_COLUMN, TENURE], "label_days": days}
    metrics = {f"test_{name}": value for name, value in said.items()}
    rate = Challenger(MODEL, run.day, mark, card, metrics=metrics, data_versions=data_versions(run))
    figures = [Figure(name, value, as_of_date=splits.test, note=reason) for name, value in said.items()]
    register(run, registry, rate, Verdict(True, reason), figures)


def _label(days: int) -> Label:
    return lambda facts, identity, as_of: spend_label(facts, identity, as_of, days)


def _grown(
    frames: LearningFrames, features: tuple[str, ...], splits: TimeSplits, conf: Ltv, num_threads: int
) -> Trained:
    boost = conf.boost.settings(num_threads)
    labels = {splits.label_days: LABEL}
    ltv = grow_ltv(frames.train, frames.calibration, features, labels, conf.seed, HORIZONS, boost)
    buyers = frames.calibration[frames.calibration[FREQUENCY].notna()]
    return Trained(ltv, ltv.btyd or fit_btyd(buyers))


def _judge_and_register(
    run: Run,
    registry: Registry,
    trained: Trained,
    frames: LearningFrames,
    splits: TimeSplits,
    mark: str,
    champion: StoredModel | None,
) -> None:
    conf, test, days = load_ltv(run.settings.conf), frames.test, splits.label_days
    actual = amount_label(test, LABEL, "ltv test")
    own = predict_two_stage(trained.ltv.two_stage[days], test)
    simple = {"naive_rate": naive_spend(test, days), "btyd": btyd_spend(trained.btyd, test, days)}
    rivals = Rivals("naive_rate", simple, _champion_spend(champion, frames, days))
    verdict = judge(conf.promotion, actual, own, rivals, conf.seed)
    card = {
        **trained.ltv.to_dict(),
        "features": list(trained.ltv.two_stage[days].features),
        "label_days": days,
        "btyd_alone": trained.btyd.to_dict(),
    }
    challenger = Challenger(
        MODEL,
        run.day,
        mark,
        card,
        trained.ltv.boosters(),
        parameters=_parameters(splits, conf, frames, trained),
        metrics={f"test_{name}": value for name, value in ltv_metrics(actual, own).items()},
        data_versions=data_versions(run),
        example=dict(frames.train[card["features"]].median().fillna(0)),
        plots={"gain": gain_curve(actual, {"model": own, **simple}, f"Spend in {days} days after {splits.test}")},
    )
    register(run, registry, challenger, verdict, _figures(actual, own, rivals.all, splits, trained))


def _champion_spend(champion: StoredModel | None, frames: LearningFrames, days: int) -> Floats | None:
    """What the champion says of the test users for as many days; None where it can no longer be asked."""
    if champion is None or not set(champion.card["features"]) <= set(frames.test.columns):
        return None
    return ValueModel.stored(champion).spend_in(frames.test, days)


def _figures(
    actual: Floats, own: Floats, others: Mapping[str, Floats], splits: TimeSplits, trained: Trained
) -> list[Figure]:
    metrics = ltv_metrics(actual, own)
    told = [f for name, said in others.items() for f in compared(metrics, name, ltv_metrics(actual, said), splits.test)]
    methods = "; ".join(f"{h}d={trained.ltv.method(h)}" for h in trained.ltv.horizons)
    spend_link = trained.btyd.frequency_spend_correlation
    return [
        *told,
        Figure("label_days", float(splits.label_days), as_of_date=splits.test, note=methods),
        Figure("frequency_spend_correlation", spend_link, as_of_date=splits.calibration, split="fit"),
    ]


def _parameters(splits: TimeSplits, conf: Ltv, frames: LearningFrames, trained: Trained) -> dict[str, object]:
    return {
        "train_days": " ".join(map(str, splits.train)),
        "calibration_day": splits.calibration,
        "test_day": splits.test,
        "label_days": splits.label_days,
        "seed": conf.seed,
        "train_rows": len(frames.train),
        **{f"method_{h}d": trained.ltv.method(h) for h in trained.ltv.horizons},
        **conf.boost.model_dump(),
    }
