"""The model `ltv`: trained, judged out of time, and promoted if it is better."""

from __future__ import annotations

from dataclasses import dataclass

from features.labels import spend_label
from features.wide import THEMES
from jobs.learning.judging import Figure, Rivals, Verdict, compared, data_versions, judge, register
from jobs.learning.lesson import Lesson, prepare_lesson
from jobs.learning.plots import gain_curve
from jobs.learning.settings import load_ltv, load_training
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
from jobs.runtime.registry import Challenger, Registry
from models.btyd import FREQUENCY, BtydModel, fit_btyd
from models.evaluation import ltv_metrics
from models.ltv import HORIZONS, LtvModel
from models.ltv import train_ltv as grow_ltv
from models.matrix import Floats, amount_label
from models.time_splits import TimeSplits
from models.two_stage import predict_two_stage
from schemas.feature.user_day import USER_DAY
from schemas.model_quality import MODEL_QUALITY
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY

LABEL = "future_spend_yuan"
MODEL = "ltv"


@dataclass(frozen=True)
class Trained:
    """The model and, for scores and as a rival, BTYD alone."""

    ltv: LtvModel
    btyd: BtydModel


@job(reads=(*THEMES, USER_DAY, IDENTITY, CONSENT_STATE), writes=(MODEL_QUALITY,), purpose="training")
def train_ltv(run: Run) -> None:
    """Trains the lifetime value model on past days, judges it on a later one, and promotes it if it is better."""
    conf, registry = load_ltv(run.settings.conf), Registry(run.settings.mlflow)
    also = (*BTYD_COLUMNS, SPEND_COLUMN, TENURE)
    lesson = prepare_lesson(run, registry, MODEL, conf, (LABEL, spend_label), also, only_buyers)
    if lesson.done:
        return
    reason = too_few(lesson.frames.train, lesson.frames.calibration, LABEL)
    if reason is None:
        _judge_and_register(run, registry, lesson, _grown(run, lesson))
    if registry.find_champion(MODEL) is None:
        reason = reason or "no model was better than the rate of the last 90 days: that rate is in use"
        _put_the_rate_in_use(run, registry, lesson, reason)


def _put_the_rate_in_use(run: Run, registry: Registry, lesson: Lesson, reason: str) -> None:
    """Where nothing foresees better than past spend per day, that rate is the champion."""
    test, day, days = lesson.frames.test, lesson.splits.test, lesson.splits.label_days
    said = ltv_metrics(amount_label(test, LABEL, "ltv test"), naive_spend(test, days))
    card = {"kind": NAIVE, "features": [SPEND_COLUMN, TENURE], "label_days": days}
    metrics = {f"test_{name}": value for name, value in said.items()}
    versions = data_versions(run)
    rate = Challenger(MODEL, run.day, f"{lesson.mark}-rate", card, metrics=metrics, data_versions=versions)
    figures = [Figure(name, value, as_of_date=day, note=reason) for name, value in said.items()]
    register(run, registry, rate, Verdict(True, reason), figures)


def _grown(run: Run, lesson: Lesson) -> Trained:
    conf, frames = load_ltv(run.settings.conf), lesson.frames
    boost = conf.boost.settings(load_training(run.settings.conf).num_threads)
    labels = {lesson.splits.label_days: LABEL}
    ltv = grow_ltv(frames.train, frames.calibration, lesson.features, labels, conf.seed, HORIZONS, boost)
    buyers = frames.calibration[frames.calibration[FREQUENCY].notna()]
    return Trained(ltv, ltv.btyd or fit_btyd(buyers))


def _judge_and_register(run: Run, registry: Registry, lesson: Lesson, trained: Trained) -> None:
    conf, test, days = load_ltv(run.settings.conf), lesson.frames.test, lesson.splits.label_days
    actual = amount_label(test, LABEL, "ltv test")
    own = predict_two_stage(trained.ltv.two_stage[days], test)
    simple = {"naive_rate": naive_spend(test, days), "btyd": btyd_spend(trained.btyd, test, days)}
    champion = lesson.askable_champion
    in_use = ValueModel.stored(champion).spend_in(test, days) if champion else None
    rivals = Rivals("naive_rate", simple, in_use)
    verdict = judge(conf.promotion, actual, own, rivals, conf.seed)
    features = list(trained.ltv.two_stage[days].features)
    card = {**trained.ltv.to_dict(), "features": features, "label_days": days, "btyd_alone": trained.btyd.to_dict()}
    methods = {f"method_{h}d": trained.ltv.method(h) for h in trained.ltv.horizons}
    title = f"Spend in {days} days after {lesson.splits.test}"
    challenger = Challenger(
        MODEL,
        run.day,
        lesson.mark,
        card,
        trained.ltv.boosters(),
        parameters={**lesson.parameters(conf), **methods},
        metrics={f"test_{name}": value for name, value in ltv_metrics(actual, own).items()},
        data_versions=data_versions(run),
        example=dict(lesson.frames.train[features].median().fillna(0)),
        plots={"gain": gain_curve(actual, {"model": own, **simple}, title)},
    )
    register(run, registry, challenger, verdict, _figures(actual, own, rivals, lesson.splits, trained))


def _figures(actual: Floats, own: Floats, rivals: Rivals, splits: TimeSplits, trained: Trained) -> list[Figure]:
    metrics = ltv_metrics(actual, own)
    others = rivals.all.items()
    told = [f for name, said in others for f in compared(metrics, name, ltv_metrics(actual, said), splits.test)]
    methods = "; ".join(f"{h}d={trained.ltv.method(h)}" for h in trained.ltv.horizons)
    spend_link = trained.btyd.frequency_spend_correlation
    return [
        *told,
        Figure("label_days", float(splits.label_days), as_of_date=splits.test, note=methods),
        Figure("frequency_spend_correlation", spend_link, as_of_date=splits.calibration, split="fit"),
    ]
