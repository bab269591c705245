"""The model `churn`: trained, judged out of time, and promoted if it is better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from features.labels import churn_label
from features.wide import THEMES
from jobs.learning.days import learning_days
from jobs.learning.feature_choice import chosen_features, numeric_columns, within_history
from jobs.learning.fingerprint import fingerprint
from jobs.learning.frames import Label, LearningFrames, learning_frames
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
from jobs.learning.plots import calibration_curve, gain_curve
from jobs.learning.settings import Churn, Training, load_churn, load_training
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Challenger, Registry, StoredModel
from models.churn import ChurnModel, ChurnSettings, predict_churn
from models.churn import train_churn as grow_churn
from models.churn_baselines import last_seen_rule, logistic_churn
from models.evaluation import calibration_table, churn_metrics
from models.matrix import Floats, binary_label
from models.time_splits import TimeSplits
from schemas.feature.user_day import USER_DAY
from schemas.model_quality import MODEL_QUALITY
from schemas.silver.identity import IDENTITY

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

LABEL = "is_churned"
LAST_SEEN = "days_since_last_activity"
MODEL = "churn"
_BASELINE_ROWS = 20_000


@job(reads=(*THEMES, USER_DAY, IDENTITY), writes=(MODEL_QUALITY,))
def train_churn(run: Run) -> None:
    """Trains the churn model on past days, judges it on a later one, and promotes it if it is better."""
    conf, training = load_churn(run.settings.conf), load_training(run.settings.conf)
    registry, days = Registry(run.settings.mlflow), learning_days(run)
    splits, champion = days.churn, registry.find_champion(MODEL)
    features = within_history(chosen_features(conf.features), days.history(splits))
    known = [c for c in champion.card["features"] if c in numeric_columns()] if champion else []
    columns = list(dict.fromkeys([*features, LAST_SEEN, *known]))
    labels = {LABEL: _label(splits.label_days)}
    frames = learning_frames(run, splits, columns, labels, training.most_users_per_day)
    mark = fingerprint(run.day, (frames.train, frames.calibration, frames.test), (conf, training))
    if registry.version_of(MODEL, mark) and champion:
        return
    model = _grown(frames, features, conf, training)
    _judge_and_register(run, registry, model, frames, splits, mark, champion)
    if registry.find_champion(MODEL) is None:
        _put_the_rule_in_use(run, registry, frames, splits, mark)


def _put_the_rule_in_use(run: Run, registry: Registry, frames: LearningFrames, splits: TimeSplits, mark: str) -> None:
    """Where nothing foresees better than the last-seen rule, that rule is the champion, as a model of one feature."""
    conf, training = load_churn(run.settings.conf), load_training(run.settings.conf)
    rule = _grown(frames, (LAST_SEEN,), conf, training)
    actual, own = binary_label(frames.test, LABEL, "churn test"), predict_churn(rule, frames.test)
    verdict = Verdict(True, f"no model was better than the last-seen rule: the rule alone ({LAST_SEEN}) is in use")
    figures = [Figure(n, v, as_of_date=splits.test, note=verdict.reason) for n, v in churn_metrics(actual, own).items()]
    figures += calibration_figures(calibration_table(actual, own), splits.test)
    register(run, registry, _challenger(run, rule, frames, splits, f"{mark}-rule"), verdict, figures)


def _label(days: int) -> Label:
    return lambda facts, identity, as_of: churn_label(facts, identity, as_of, days)


def _grown(frames: LearningFrames, features: tuple[str, ...], conf: Churn, training: Training) -> ChurnModel:
    settings = ChurnSettings(conf.boost.settings(training.num_threads))
    return grow_churn(frames.train, frames.calibration, features, LABEL, conf.seed, settings)


def _judge_and_register(
    run: Run,
    registry: Registry,
    model: ChurnModel,
    frames: LearningFrames,
    splits: TimeSplits,
    mark: str,
    champion: StoredModel | None,
) -> None:
    conf, test = load_churn(run.settings.conf), frames.test
    actual, own = binary_label(test, LABEL, "churn test"), predict_churn(model, test)
    rivals = _rivals(frames, model.features, conf.seed, champion)
    verdict = judge(conf.promotion, actual, own, rivals, conf.seed)
    figures = _figures(actual, own, rivals, splits)
    table = calibration_table(actual, own)
    plots = {
        "calibration": calibration_curve(table, f"Churn on {splits.test}"),
        "gain": gain_curve(actual, {"model": own, **rivals.simple}, f"Churn on {splits.test}"),
    }
    challenger = _challenger(run, model, frames, splits, mark, plots)
    register(run, registry, challenger, verdict, [*figures, *calibration_figures(table, splits.test)])


def _challenger(
    run: Run,
    model: ChurnModel,
    frames: LearningFrames,
    splits: TimeSplits,
    mark: str,
    plots: Mapping[str, MatplotlibFigure] | None = None,
) -> Challenger:
    conf = load_churn(run.settings.conf)
    own = churn_metrics(binary_label(frames.test, LABEL, "churn test"), predict_churn(model, frames.test))
    return Challenger(
        MODEL,
        run.day,
        mark,
        {**model.to_dict(), "label_days": splits.label_days},
        {"churn": model.booster},
        parameters={
            **_parameters(splits, conf, frames),
            "features": len(model.features),
            "trees": model.booster.num_trees(),
        },
        metrics={f"test_{name}": value for name, value in own.items()},
        data_versions=data_versions(run),
        example=dict(frames.train[list(model.features)].median().fillna(0)),
        plots=plots or {},
    )


def _rivals(frames: LearningFrames, features: tuple[str, ...], seed: int, champion: StoredModel | None) -> Rivals:
    train, test = frames.train, frames.test
    few = train.sample(min(_BASELINE_ROWS, len(train)), random_state=seed)
    simple = {
        "last_seen_rule": last_seen_rule(train, LAST_SEEN, LABEL).predict(test),
        "logistic_regression": logistic_churn(few, features, LABEL, seed).predict(test),
    }
    if champion is None or not set(champion.card["features"]) <= set(test.columns):
        return Rivals("last_seen_rule", simple, None)
    in_use = ChurnModel.from_dict(champion.card, champion.boosters()["churn"])
    return Rivals("last_seen_rule", simple, predict_churn(in_use, test))


def _figures(actual: Floats, own: Floats, rivals: Rivals, splits: TimeSplits) -> list[Figure]:
    metrics = churn_metrics(actual, own)
    return [
        figure
        for name, said in rivals.all.items()
        for figure in compared(metrics, name, churn_metrics(actual, said), splits.test)
    ]


def _parameters(splits: TimeSplits, conf: Churn, frames: LearningFrames) -> dict[str, object]:
    return {
        "train_days": " ".join(map(str, splits.train)),
        "calibration_day": splits.calibration,
        "test_day": splits.test,
        "label_days": splits.label_days,
        "seed": conf.seed,
        "train_rows": len(frames.train),
        **conf.boost.model_dump(),
    }
