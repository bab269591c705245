"""How right tags are, beside what is true of the same people. Nothing but jobs.evaluate_against_truth imports this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from jobs.learning.tag_judgements import JUDGEMENTS, SEEN, Judgement
from jobs.learning.truth_people import TruePeople, true_people
from jobs.runtime.audit import append_rows
from jobs.runtime.job import Run
from jobs.runtime.user_rows import user_rows
from models.tag_quality import TARGETS, TagQuality, tag_quality
from schemas.gold.tag import TAG_DAY, USER_TAG
from schemas.tag_truth import TAG_TRUTH

TAGS_READ = (USER_TAG, TAG_DAY)


def write_tag_truth(run: Run) -> None:
    """Adds the day's rows to audit.tag_truth."""
    told = tag_truth_rows(run, held_tags(run))
    append_rows(run.lake.store, TAG_TRUTH, told)
    run.written[TAG_TRUTH.name] = len(told)


def held_tags(run: Run) -> pd.DataFrame:
    """Who holds which of the tags to be judged on the day; without the day's tags it is an error."""
    if not run.read_or_empty(TAG_DAY, since=run.day, until=run.day).limit(1).collect():
        raise ValueError(f"no tags were derived for {run.day}: run derive_tags first, then judge them")
    day = f"DATE'{run.day}'"
    held = run.read(USER_TAG).where(f"valid_from <= {day} AND (valid_to IS NULL OR valid_to > {day})")
    listed = ", ".join(f"'{j.tag}'" for j in JUDGEMENTS)
    return held.where(f"tag_code IN ({listed})").select("user_id", "tag_code", "value", "rule_version").toPandas()


def tag_truth_rows(run: Run, held: pd.DataFrame) -> list[Mapping[str, Any]]:
    """A row of audit.tag_truth for each tag that the truth can judge; `held` says who holds which with what value."""
    seen = user_rows(run, SEEN).toPandas()
    truth = true_people(run, seen)
    by_tag = {str(code): rows for code, rows in held.groupby("tag_code")}
    now = datetime.now(UTC)
    return [_row(run, now, j, truth, by_tag) for j in JUDGEMENTS]


def _row(
    run: Run, now: datetime, j: Judgement, truth: TruePeople, by_tag: Mapping[str, pd.DataFrame]
) -> Mapping[str, Any]:
    held = by_tag.get(j.tag)
    quality = judged(j, truth, held)
    if j.together:
        parts = [by_tag[code] for code in j.together if code in by_tag]
        found = judged(j, truth, pd.concat(parts) if parts else None).found
        quality = replace(quality, found=found)
    version = None if held is None or held.empty else str(held["rule_version"].iloc[0])
    target_precision, target_recall = TARGETS[j.kind]
    return {
        "run_id": run.run_id, "as_of_date": run.day, "measured_at": now, "tag_code": j.tag, "rule_version": version,
        "kind": j.kind, "user_count": quality.users, "held_count": quality.held, "right_count": quality.right,
        "true_count": quality.true, "evident_count": quality.evident, "found_count": quality.found,
        "precision": quality.precision, "recall": quality.recall, "recall_of_all": quality.recall_of_all,
        "base_rate": quality.base_rate, "target_precision": target_precision, "target_recall": target_recall,
        "is_met": quality.meets(j.kind), "evident": j.evident_says, "note": j.note,
    }  # fmt: skip


def judged(j: Judgement, truth: TruePeople, held: pd.DataFrame | None) -> TagQuality:
    """One tag beside the truth, over all users that the truth knows."""
    users = truth.people.index
    if j.column is not None:
        says = truth.seen[j.column].map({True: "yes"})
    else:
        says = pd.Series(dict(_pairs(held)), dtype=object).reindex(users)
    is_so = j.true(truth)
    if is_so.dtype == bool:
        is_so = is_so.map({True: "yes"})
    return tag_quality(says, is_so, j.evident(truth).astype(bool))


def _pairs(held: pd.DataFrame | None) -> Sequence[tuple[str, str]]:
    return [] if held is None else list(zip(held["user_id"], held["value"], strict=True))
