"""The model `department`: where a question in Chinese belongs, judged on questions it has not seen."""

from __future__ import annotations

import pandas as pd

from jobs.learning.fingerprint import fingerprint
from jobs.learning.judging import Figure, Verdict, data_versions, register, write_figures
from jobs.learning.settings import Department, load_department
from jobs.runtime.job import Run, job
from jobs.runtime.labelled_questions import labelled_questions
from jobs.runtime.registry import Challenger, Registry
from models.text_department import TextQuality, department_model, judge, learn_departments, usable
from schemas.feeds import FEEDS
from schemas.model_quality import MODEL_QUALITY
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY

MODEL = "department"
# Each takes as long as the training itself.
_FOLDS = 3
CONSULTATION = FEEDS["consultation"].silver
# What patients complain of is about their health: consent must cover that class.
_USED = ("top_symptom_90d",)


@job(reads=(CONSULTATION, IDENTITY, CONSENT_STATE), writes=(MODEL_QUALITY,), purpose="training")
def train_text_department(run: Run) -> None:
    """Learns from consultations that went to a department, the hospital's own and those of another where there are."""
    conf, registry = load_department(run.settings.conf), Registry(run.settings.mlflow)
    own = _own_questions(run)
    outside = labelled_questions(run, conf.also_learn_from) if conf.also_learn_from else None
    parts = [own] if outside is None else [own, outside]
    rows = usable(*(pd.concat([part[c] for part in parts]).tolist() for c in ("text", "department")))
    said = _said(own, outside, rows, conf)
    reason = too_few(rows, conf)
    if reason:
        write_figures(run, MODEL, "", False, [Figure("promotion", 0.0, note=f"{reason}; {said}")])
        return
    mark = fingerprint(run.day, (rows,), (conf,))
    if registry.version_of(MODEL, mark):
        return
    quality = judge(department_model, rows, conf.seed, _FOLDS)
    margin = quality.least_margin(conf.least_precision)
    challenger = Challenger(
        MODEL,
        run.day,
        mark,
        learn_departments(rows, margin).to_dict() | {"macro_f1": quality.macro_f1},
        parameters={"questions": len(rows), "departments": rows["department"].nunique(), "seed": conf.seed},
        metrics={"macro_f1": quality.macro_f1, "accuracy": quality.accuracy, "placed": quality.share_placed(margin)},
        data_versions=data_versions(run),
    )
    register(run, registry, challenger, _verdict(registry, quality, conf), _figures(quality, margin, conf, said))


def too_few(rows: pd.DataFrame, conf: Department) -> str | None:
    """Why nothing can be learned from these questions, or None."""
    departments = rows["department"].nunique()
    if len(rows) < conf.fewest_questions or departments < 2:
        return (
            f"{len(rows)} different questions to {departments} departments, {conf.fewest_questions} to two are needed"
        )
    return None


def _own_questions(run: Run) -> pd.DataFrame:
    rows = run.read_permitted(CONSULTATION, _USED, until=run.day)
    asked = rows.where("chief_complaint IS NOT NULL AND department IS NOT NULL")
    return asked.selectExpr("chief_complaint AS text", "department").distinct().orderBy("text", "department").toPandas()


def _said(own: pd.DataFrame, outside: pd.DataFrame | None, rows: pd.DataFrame, conf: Department) -> str:
    other = "none of other hospitals are on this machine" if outside is None else f"{len(outside)} of another hospital"
    return f"{len(rows)} different questions: {len(own)} of its own, {other}"


def _verdict(registry: Registry, quality: TextQuality, conf: Department) -> Verdict:
    if quality.macro_f1 < conf.least_macro_f1:
        return Verdict(False, f"macro-F1 {quality.macro_f1:.3f} is below {conf.least_macro_f1}")
    champion = registry.find_champion(MODEL)
    held = champion.card["macro_f1"] if champion else None
    if held is not None and quality.macro_f1 < held - conf.most_lost:
        return Verdict(False, f"macro-F1 {quality.macro_f1:.3f} against {held:.3f} of the model in use")
    return Verdict(True, f"macro-F1 {quality.macro_f1:.3f} on held-out questions")


def _figures(quality: TextQuality, margin: float, conf: Department, said: str) -> list[Figure]:
    placed = Figure("placed_share", quality.share_placed(margin), "precision", conf.least_precision, "folds")
    told = [Figure("macro_f1", quality.macro_f1, split="folds", note=said), placed]
    told.append(Figure("accuracy", quality.accuracy, split="folds"))
    table = quality.confusion
    found = table.to_numpy().diagonal() / table.to_numpy().sum(axis=1)
    return told + [
        Figure(f"recall:{d}", float(share), split="folds") for d, share in zip(table.index, found, strict=True)
    ]
