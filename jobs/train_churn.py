"""The model `churn`: trained, judged out of time, and promoted if it is better."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from features.labels import churn_label
from features.wide import THEMES
from jobs.learning.judging import (
    Figure,
    Rivals,
    Verdict,
    calibration_figures,
    compared,
    data_versions,
    judge,
    register,
)
from jobs.learning.lesson import Lesson, prepare_lesson
from jobs.learning.plots import calibration_curve, gain_curve
from jobs.learning.settings import load_churn, load_training
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Challenger, Registry
from models.churn import ChurnModel, ChurnSettings, predict_churn
from models.churn import train_churn as grow_churn
from models.churn_baselines import last_seen_rule, logistic_churn
from models.evaluation import calibration_table, churn_metrics
from models.matrix import Floats, binary_label
from schemas.feature.user_day import USER_DAY
from schemas.model_quality import MODEL_QUALITY
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

LABEL = "is_churned"
LAST_SEEN = "days_since_last_activity"
MODEL = "churn"
_BASELINE_ROWS = 20_000


@job(reads=(*THEMES, USER_DAY, IDENTITY, CONSENT_STATE), writes=(MODEL_QUALITY,), purpose="training")
def train_churn(run: Run) -> None:
    """Trains the churn model on past days, judges it on a later one, and promotes it if it is better."""
    conf, registry = load_churn(run.settings.conf), Registry(run.settings.mlflow)
    lesson = prepare_lesson(run, registry, MODEL, conf, (LABEL, churn_label), also=(LAST_SEEN,))
    if lesson.done:
        return
    _judge_and_register(run, registry, lesson, _grown(run, lesson, lesson.features))
    if registry.find_champion(MODEL) is None:
        _put_the_rule_in_use(run, registry, lesson)


def _put_the_rule_in_use(run: Run, registry: Registry, lesson: Lesson) -> None:
    """Where nothing foresees better than the last-seen rule, that rule is the champion, as a model of one feature."""
    rule, test, day = _grown(run, lesson, (LAST_SEEN,)), lesson.frames.test, lesson.splits.test
    actual, own = binary_label(test, LABEL, "churn test"), predict_churn(rule, test)
    verdict = Verdict(True, f"no model was better than the last-seen rule: the rule alone ({LAST_SEEN}) is in use")
    figures = [Figure(n, v, as_of_date=day, note=verdict.reason) for n, v in churn_metrics(actual, own).items()]
    figures += calibration_figures(calibration_table(actual, own), day)
    register(run, registry, _challenger(run, lesson, rule, f"{lesson.mark}-rule"), verdict, figures)


def _grown(run: Run, lesson: Lesson, features: tuple[str, ...]) -> ChurnModel:
    conf, threads = load_churn(run.settings.conf), load_training(run.settings.conf).num_threads
    settings = ChurnSettings(conf.boost.settings(threads))
    return grow_churn(lesson.frames.train, lesson.frames.calibration, features, LABEL, conf.seed, settings)


def _judge_and_register(run: Run, registry: Registry, lesson: Lesson, model: ChurnModel) -> None:
    conf, test, day = load_churn(run.settings.conf), lesson.frames.test, lesson.splits.test
    actual, own = binary_label(test, LABEL, "churn test"), predict_churn(model, test)
    rivals = _rivals(lesson, model.features, conf.seed)
    verdict = judge(conf.promotion, actual, own, rivals, conf.seed)
    table = calibration_table(actual, own)
    plots = {
        "calibration": calibration_curve(table, f"Churn on {day}"),
        "gain": gain_curve(actual, {"model": own, **rivals.simple}, f"Churn on {day}"),
    }
    challenger = _challenger(run, lesson, model, lesson.mark, plots)
    figures = [*_figures(actual, own, rivals, day), *calibration_figures(table, day)]
    register(run, registry, challenger, verdict, figures)


def _challenger(
    run: Run, lesson: Lesson, model: ChurnModel, mark: str, plots: Mapping[str, MatplotlibFigure] | None = None
) -> Challenger:
    conf, frames = load_churn(run.settings.conf), lesson.frames
    own = churn_metrics(binary_label(frames.test, LABEL, "churn test"), predict_churn(model, frames.test))
    grown = {"features": len(model.features), "trees": model.booster.num_trees()}
    return Challenger(
        MODEL,
        run.day,
        mark,
        {**model.to_dict(), "label_days": lesson.splits.label_days},
        {"churn": model.booster},
        parameters={**lesson.parameters(conf), **grown},
        metrics={f"test_{name}": value for name, value in own.items()},
        data_versions=data_versions(run),
        example=dict(frames.train[list(model.features)].median().fillna(0)),
        plots=plots or {},
    )


def _rivals(lesson: Lesson, features: tuple[str, ...], seed: int) -> Rivals:
    train, test, champion = lesson.frames.train, lesson.frames.test, lesson.askable_champion
    few = train.sample(min(_BASELINE_ROWS, len(train)), random_state=seed)
    simple = {
        "last_seen_rule": last_seen_rule(train, LAST_SEEN, LABEL).predict(test),
        "logistic_regression": logistic_churn(few, features, LABEL, seed).predict(test),
    }
    if champion is None:
        return Rivals("last_seen_rule", simple, None)
    in_use = ChurnModel.from_dict(champion.card, champion.boosters()["churn"])
    return Rivals("last_seen_rule", simple, predict_churn(in_use, test))


def _figures(actual: Floats, own: Floats, rivals: Rivals, day: date) -> list[Figure]:
    metrics = churn_metrics(actual, own)
    return [
        figure
        for name, said in rivals.all.items()
        for figure in compared(metrics, name, churn_metrics(actual, said), day)
    ]
