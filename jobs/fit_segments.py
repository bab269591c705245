"""The model `segments`: groups of users, found anew and kept the same groups where they are."""

from __future__ import annotations

import pandas as pd

from features.wide import THEMES
from jobs.learning.fingerprint import fingerprint
from jobs.learning.frames import users_drawn
from jobs.learning.group_story import change_rows, told_changes
from jobs.learning.groups_in_use import MODEL, find_groups
from jobs.learning.judging import Figure, Verdict, data_versions, register
from jobs.learning.settings import Segments, load_segments, load_training
from jobs.runtime.audit import append_rows
from jobs.runtime.job import Run, job
from jobs.runtime.registry import Challenger, Registry
from models.group_changes import group_changes
from models.group_drift import measure_drift
from models.group_fitting import GroupSettings, fit_groups
from models.group_quality import drawn_users, group_silhouette, quantile_silhouette
from models.group_space import Axis
from models.groups import GroupModel
from schemas.model_quality import MODEL_QUALITY
from schemas.segment_change import SEGMENT_CHANGE
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY

_SILHOUETTE_ROWS = 4_000


@job(reads=(*THEMES, IDENTITY, CONSENT_STATE), writes=(MODEL_QUALITY, SEGMENT_CHANGE), purpose="training")
def fit_segments(run: Run) -> None:
    """Groups the users of the day anew; the first groups begin, later ones that fit better are left to be approved."""
    conf, training = load_segments(run.settings.conf), load_training(run.settings.conf)
    registry = Registry(run.settings.mlflow)
    axes = group_axes(conf)
    frame = users_drawn(run, run.day, [a.column for a in axes], training.most_users_per_day)
    mark = fingerprint(run.day, (frame,), (conf,))
    stored = find_groups(run.settings)
    if registry.version_of(MODEL, mark) and stored:
        return
    before = GroupModel.from_dict(stored.card["groups"]) if stored else None
    champion = _on_same_axes(before, axes)
    if stored and champion:
        registry.follow(stored, run.day, measure_drift(champion, frame, conf.seed).figures)
    rules = [rule.model_dump(exclude_none=True) for rule in conf.names]
    chosen = GroupSettings(k_range=conf.groups)
    first_id = before.next_id if before else 1
    found = fit_groups(frame, axes, conf.seed, rules, champion, chosen, first_id)
    changes = group_changes(found, before)
    figures, verdict = _judged(found, champion, frame, conf)
    made = _challenger(run, conf, found, frame, mark, figures)
    version = register(run, registry, made, verdict, figures, told_changes(changes))
    if verdict.promote:
        append_rows(run.lake.store, SEGMENT_CHANGE, change_rows(changes, run.day, version))


def group_axes(conf: Segments) -> list[Axis]:
    """The axes as models.group_space has them: without their names for people."""
    return [Axis(**a.model_dump(exclude={"zh", "en"})) for a in conf.axes]


def _on_same_axes(before: GroupModel | None, axes: list[Axis]) -> GroupModel | None:
    """The groups in use; None when conf names other axes now, so that groups begin anew, under new numbers."""
    return before if before and list(before.space.axes) == axes else None


def _judged(
    found: GroupModel, champion: GroupModel | None, frame: pd.DataFrame, conf: Segments
) -> tuple[list[Figure], Verdict]:
    """Silhouettes of the new groups, of those in use, and of users cut into equal parts along the first axis."""
    few = drawn_users(frame, _SILHOUETTE_ROWS, conf.seed)
    first = conf.axes[0]
    own = group_silhouette(found, few)
    simple = quantile_silhouette(found.space, few, first.column, len(found.groups))
    figures = [Figure("silhouette", own, f"equal_parts_by_{first.name}", simple, "fit")]
    if champion is None:
        return figures, Verdict(True, f"first groups: silhouette {own:.3f}, equal parts by {first.name} {simple:.3f}")
    held = group_silhouette(champion, few, found.space)
    figures.append(Figure("silhouette", own, "champion", held, "fit"))
    if own - held >= conf.least_gain:
        figures.append(Figure("proposed", own, "champion", held, "fit"))
        return figures, Verdict(False, f"to be approved: silhouette {own:.3f} against {held:.3f} of the groups in use")
    return figures, Verdict(False, f"silhouette {own:.3f} is no gain of {conf.least_gain} over {held:.3f} in use")


def _challenger(
    run: Run, conf: Segments, found: GroupModel, frame: pd.DataFrame, mark: str, figures: list[Figure]
) -> Challenger:
    taken = next(c for c in found.candidates if c["k"] == len(found.groups))
    figures.append(Figure("stability", taken["stability"], split="fit"))
    figures += [
        Figure(f"{name}:k={int(c['k'])}", c[name], split="fit")
        for c in found.candidates
        for name in ("silhouette", "stability", "smallest_share")
    ]
    figures += [
        Figure(f"share:{g.code}", g.share, split="fit", note=f"{g.name_zh} / {g.name_en}") for g in found.groups
    ]
    figures += [Figure(f"note:{i}", float("nan"), split="fit", note=note) for i, note in enumerate(found.notes)]
    axes = {a.name: {"zh": a.zh, "en": a.en, "column": a.column} for a in conf.axes}
    return Challenger(
        MODEL,
        run.day,
        mark,
        {"groups": found.to_dict(), "axes": axes},
        parameters={"groups": len(found.groups), "axes": " ".join(axes), "seed": conf.seed, "rows": len(frame)},
        metrics={
            "silhouette": figures[0].value,
            "stability": taken["stability"],
            **{f"share.{g.code}": g.share for g in found.groups},
        },
        data_versions=data_versions(run),
    )
