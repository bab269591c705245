"""Whether a challenger takes over, and what is told about its quality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from jobs.learning.settings import Promotion
from jobs.runtime.audit import append_rows
from jobs.runtime.job import Run
from jobs.runtime.registry import Challenger, Registry
from jobs.runtime.trail.entry import Entry
from models.evaluation import HIGHER_IS_BETTER, METRICS
from models.matrix import Floats
from models.promotion import better, bootstrap_difference
from schemas.model_quality import MODEL_QUALITY


@dataclass(frozen=True)
class Verdict:
    """Whether to promote, and a sentence why."""

    promote: bool
    reason: str


@dataclass(frozen=True)
class Rivals:
    """What others say about the test users.

    `simple` are simple models by name; the one called `baseline_name` is what a challenger must beat. `champion` is
    None where there is none, or where it can no longer be asked.
    """

    baseline_name: str
    simple: Mapping[str, Floats]
    champion: Floats | None

    @property
    def baseline(self) -> Floats:
        return self.simple[self.baseline_name]

    @property
    def all(self) -> dict[str, Floats]:
        return dict(self.simple) | ({} if self.champion is None else {"champion": self.champion})


@dataclass(frozen=True)
class Figure:
    """One line of audit.model_quality, without what is the same for all of a run."""

    metric: str
    value: float
    baseline_name: str = ""
    baseline_value: float | None = None
    split: str = "test"
    as_of_date: date | None = None
    note: str | None = None


def judge(promotion: Promotion, actual: Floats, own: Floats, rivals: Rivals, seed: int) -> Verdict:
    """models.promotion.better, and two things more.

    A first model may be content with any gain over the baseline if conf says so: nothing better is in use. And no model
    is promoted that is surely worse than another simple model, by the whole 95 % interval.
    """
    decision = better(actual, own, rivals.champion, rivals.baseline, seed, promotion.metric, promotion.guards)
    verdict = Verdict(decision.promote, decision.reason)
    gain = decision.gains[f"{promotion.metric} over baseline"]
    if rivals.champion is None and promotion.first == "any_gain" and gain.point > 0 >= gain.low:
        told = f"first model: {promotion.metric} {gain.point:+.4f} over {rivals.baseline_name}, though not surely"
        verdict = Verdict(True, told)
    for name, said in rivals.simple.items():
        if verdict.promote and surely_worse(promotion.metric, actual, own, said, seed):
            verdict = Verdict(False, f"{promotion.metric}: surely worse than the simple model {name}")
    return verdict


def surely_worse(metric: str, actual: Floats, own: Floats, other: Floats, seed: int) -> bool:
    """The whole 95 % interval of the difference speaks against `own`."""
    found = bootstrap_difference(METRICS[metric], actual, own, other, seed)
    return found.high < 0 if HIGHER_IS_BETTER[metric] else found.low > 0


def register(
    run: Run,
    registry: Registry,
    challenger: Challenger,
    verdict: Verdict,
    figures: Iterable[Figure],
    brings: Mapping[str, Any] | None = None,
) -> str:
    """Keeps the challenger, moves the alias or not, writes the figures down; returns the version.

    `brings` is what else the audit trail must tell of a version that is put into use.
    Only for a job that learns from whom the policy lets it learn: ValueError for any other.
    """
    if run.job.purpose != "training":
        raise ValueError(f"job {run.job.name} makes a model: it must be declared with purpose='training'")
    version = registry.log_challenger(challenger)
    if verdict.promote:
        registry.promote(challenger.name, version, verdict.reason)
        said = {"version": version, "reason": verdict.reason, "fingerprint": challenger.fingerprint}
        detail = {**(brings or {}), **said}
        run.trail.append(Entry("model", challenger.name, detail))
    else:
        registry.refuse(challenger.name, version, verdict.reason)
    told = Figure("promotion", float(verdict.promote), note=verdict.reason)
    write_figures(run, challenger.name, version, verdict.promote, [told, *figures])
    return version


def write_figures(run: Run, model: str, version: str, is_champion: bool, figures: Iterable[Figure]) -> None:
    """Adds rows to audit.model_quality."""
    told = {
        "run_id": run.run_id,
        "day": run.day,
        "measured_at": datetime.now(UTC),
        "model": model,
        "model_version": version,
        "is_champion": is_champion,
    }
    rows: list[Mapping[str, Any]] = [{**told, **vars(f)} for f in figures]
    append_rows(run.lake.store, MODEL_QUALITY, rows)
    run.written[MODEL_QUALITY.name] = run.written.get(MODEL_QUALITY.name, 0) + len(rows)


def compared(own: Mapping[str, float], rival: str, others: Mapping[str, float], as_of: date) -> list[Figure]:
    """Each metric of the test day beside the same one of a rival."""
    return [Figure(name, value, rival, others.get(name), as_of_date=as_of) for name, value in own.items()]


def calibration_figures(table: pd.DataFrame, as_of: date) -> list[Figure]:
    """The bins of models.evaluation.calibration_table."""
    figures = []
    columns = (table[c].tolist() for c in ("bin", "observed_rate", "mean_predicted", "rows"))
    for number, seen, said, rows in zip(*columns, strict=True):
        figures.append(Figure(f"calibration:{number}", seen, "mean_predicted", said, as_of_date=as_of))
        figures.append(Figure(f"calibration_rows:{number}", float(rows), as_of_date=as_of))
    return figures


def data_versions(run: Run) -> dict[str, int]:
    """Delta versions of all tables that the running job reads, as they are now."""
    store = run.lake.store
    return {table.name: store.version(table) for table in run.job.reads if store.exists(table)}
