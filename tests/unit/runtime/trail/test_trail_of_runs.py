"""What a run tells the audit trail, and the commands over it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from features.comparison import Difference
from jobs.learning.judging import Verdict, register
from jobs.maintain_tables import maintain_tables
from jobs.proof.rows import proof_rows
from jobs.runtime import job as jobs_module
from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.cli import app
from jobs.runtime.job import Run, all_jobs, job
from jobs.runtime.registry import Challenger, Registry
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import Settings, elsewhere, load_settings
from jobs.runtime.store import Store
from jobs.runtime.trail.access import tell_query
from schemas.audit import JOB_RUN
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.intake import INGEST_BALANCE
from schemas.self_proof import SELF_PROOF
from schemas.trail import TRAIL

DAY = date(2026, 6, 29)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A hospital in a folder of its own, for jobs that ask the engine for nothing."""
    monkeypatch.setattr("jobs.runtime.engine.get_engine", lambda *args, **kwargs: None)
    monkeypatch.setenv("CAMEO_RUN_FOLDER", str(tmp_path))
    monkeypatch.setenv("CAMEO_ACCOUNTS", "5")
    return elsewhere(load_settings("simulated"), tmp_path, 5)


@pytest.fixture
def invented_jobs() -> Iterator[None]:
    """Two jobs that there are for one test only."""

    @job(reads=(AUDIENCE_MEMBER,), writes=(JOB_RUN,), options=("feed",), purpose="care")
    def looks(run: Run) -> None:
        """Looks."""
        run.written["gold.seen"] = 3

    @job(reads=(AUDIENCE_MEMBER,))
    def breaks(run: Run) -> None:
        """Breaks."""
        raise RuntimeError("patient 13812345678 is not there")

    yield
    for name in ("looks", "breaks"):
        jobs_module._JOBS.pop(name)


def entries(settings: Settings, kind: str) -> list[tuple[str, dict[str, Any]]]:
    rows = read_rows(Store(str(settings.lake)), TRAIL, ("kind", "=", kind))
    return [(r["subject"], json.loads(r["detail"])) for r in sorted(rows, key=lambda r: (r["day"], r["seq"]))]


def cameo(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    return done.exit_code, re.sub(r"\s+", " ", done.output)


@pytest.mark.usefixtures("invented_jobs")
def test_a_run_tells_for_what_it_read_and_wrote_which_tables(settings: Settings) -> None:
    run = run_job("looks", DAY, settings=settings, options={"feed": "event"})
    assert entries(settings, "run") == [
        (
            "looks",
            {
                "days": ["2026-06-29", "2026-06-29"],
                "options": {"feed": "event"},
                "purpose": "care",
                "read": ["gold.audience_member"],
                "wrote": {"gold.seen": 3},
                "status": "done",
                "error": None,
            },
        )
    ]
    assert {r["run_id"] for r in read_rows(Store(str(settings.lake)), TRAIL)} == {run.run_id}


@pytest.mark.usefixtures("invented_jobs")
def test_a_run_that_failed_has_read_all_the_same_and_its_message_stays_out(settings: Settings) -> None:
    with pytest.raises(RuntimeError):
        run_job("breaks", DAY, settings=settings)
    ((subject, detail),) = entries(settings, "run")
    assert (subject, detail["status"], detail["error"]) == ("breaks", "failed", "RuntimeError")
    assert detail["read"] == ["gold.audience_member"]
    assert "13812345678" not in str(read_rows(Store(str(settings.lake)), TRAIL))


@pytest.mark.usefixtures("invented_jobs")
def test_conf_is_told_with_the_first_run_and_again_only_when_it_changed(settings: Settings, tmp_path: Path) -> None:
    conf = tmp_path / "root" / "conf"
    conf.mkdir(parents=True)
    (conf / "policy.yml").write_text("cap: 3\n")
    settings = replace(settings, root=conf.parent)
    for _ in range(2):
        run_job("looks", DAY, settings=settings, options={"feed": "event"})
    (conf / "policy.yml").write_text("cap: 9\n")
    run_job("looks", DAY, settings=settings, options={"feed": "event"})
    told = entries(settings, "policy")
    assert [(subject, detail["text"]) for subject, detail in told] == [
        ("policy.yml", "cap: 3\n"), ("policy.yml", "cap: 9\n"),
    ]  # fmt: skip
    assert "-cap: 3\n+cap: 9" in told[1][1]["diff"]
    assert len(entries(settings, "run")) == 3


def test_lists_are_for_marketing_alerts_for_care_models_are_training_and_the_rest_is_operation() -> None:
    purposes = {name: j.purpose for name, j in all_jobs().items() if j.purpose != "operation"}
    assert purposes == {
        "build_audiences": "marketing", "publish_exports": "marketing", "raise_care_alerts": "care",
        "raise_care_events": "care", "follow_triggers": "care",
        "train_churn": "training", "train_ltv": "training", "fit_segments": "training",
        "train_text_department": "training",
    }  # fmt: skip


def test_a_job_of_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(ValueError, match="'fun' is none of care, research"):

        @job(purpose="fun")
        def plays(run: Run) -> None:
            """Plays."""


def test_a_champion_that_moves_is_told_and_one_that_stays_is_not(settings: Settings) -> None:
    class Kept(Registry):
        def log_challenger(self, challenger: Challenger) -> str:
            return "7"

        def promote(self, name: str, version: str, reason: str) -> None: ...
        def refuse(self, name: str, version: str, reason: str) -> None: ...

    lake = SimpleNamespace(store=Store(str(settings.lake)))
    run = Run(all_jobs()["train_churn"], DAY, DAY, {}, settings, cast(Any, lake))
    for promote in (False, True):
        register(run, Kept(settings.mlflow), Challenger("churn", DAY, "f1", {}), Verdict(promote, "better"), [])
    assert entries(settings, "model") == [("churn", {"version": "7", "reason": "better", "fingerprint": "f1"})]


def test_days_given_up_by_retention_are_told(settings: Settings) -> None:
    emptied: list[str] = []
    store = Store(str(settings.lake))
    store.prepare(TRAIL)
    lake = SimpleNamespace(
        store=store,
        exists=lambda table: table.name in ("silver.identity", "silver.patient", "silver.consent"),
        read=lambda table, until: SimpleNamespace(count=lambda: 7 if table.name == "silver.identity" else 0),
        empty=lambda table: None,
        replace=lambda table, df, since, until, job: emptied.append(table.name),
    )
    store.compact = lambda table: {}  # type: ignore[method-assign]
    store.vacuum = lambda table, hours: 0  # type: ignore[method-assign]
    maintain_tables(Run(all_jobs()["maintain_tables"], DAY, DAY, {}, settings, cast(Any, lake)))
    assert emptied == ["silver.identity"]
    given_up = {"silver.identity": {"days_up_to": "2025-05-25", "rows": 7}}
    assert entries(settings, "erasure") == [("retention", {"as_of": "2026-06-29", "given_up": given_up})]


class NoRows:
    """What publish_exports asks a data frame for, of a table without rows."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self

    def toArrow(self) -> Any:  # noqa: N802 - as Spark names it
        return SimpleNamespace(to_pylist=list)

    def collect(self) -> list[dict[str, None]]:
        return []


def test_every_list_that_goes_out_is_told_with_the_hash_of_its_manifest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for way in ("read", "read_or_empty"):
        monkeypatch.setattr(Run, way, lambda *args, **kwargs: NoRows())
    monkeypatch.setattr("jobs.publish_exports.told_of_all", lambda *args, **kwargs: ["1"])
    monkeypatch.setattr("jobs.publish_exports.withdrawn", lambda *args: {})
    monkeypatch.setattr("jobs.lists.inputs.newest_day", lambda *args, **kwargs: DAY)
    store = Store(str(settings.lake))
    append_rows(store, SELF_PROOF, proof_rows(DAY, 1, {"silver.event": Difference(1)}))
    balanced = {"known_date": DAY, "read_count": 1, "taken_count": 1, "rejected_count": 0, "duplicate_count": 0}
    append_rows(store, INGEST_BALANCE, [{"feed": feed, **balanced} for feed in ("account", "consent")])
    run_job("publish_exports", DAY, settings=settings)
    told = entries(settings, "export")
    folders = sorted(p.name for p in (settings.exports / str(DAY)).iterdir())
    assert sorted(subject for subject, _ in told) == [f"2026-06-29/{name}" for name in folders]
    assert {detail["purpose"] for _, detail in told} <= {"marketing", "care"}
    code, said = cameo("audit", "verify")
    assert (code, f"{len(folders)} lists: whole" in said) == (0, True)
    manifest = settings.exports / str(DAY) / folders[0] / "manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b" ")
    code, said = cameo("audit", "verify")
    assert (code, f"list 2026-06-29/{folders[0]}: manifest.json was changed" in said) == (1, True)


@pytest.mark.usefixtures("invented_jobs", "settings")
def test_commands_verify_show_and_anchor(settings: Settings, tmp_path: Path) -> None:
    assert cameo("audit", "verify") == (0, "0 entries of 0 days, 0 anchors, 0 lists: whole ")
    run_job("looks", DAY, settings=settings, options={"feed": "event"})
    (row, *_), path = read_rows(Store(str(settings.lake)), TRAIL, ("kind", "=", "run")), tmp_path / "copy"
    code, said = cameo("audit", "verify")
    assert (code, said.endswith("whole ")) == (0, True)
    code, said = cameo("audit", "show", "--kind", "run")
    assert "looks" in said
    assert "purpose: care" in said
    code, said = cameo("audit", "anchor", "--day", str(row["day"]))
    assert json.loads(said)["hash"] == row["hash"]
    path.mkdir()
    (path / f"{row['day']}.jsonl").write_text(said.replace(row["hash"], "0" * 64) + "\n")
    code, said = cameo("audit", "verify", "--anchors", str(path))
    assert (code, "one of the two was rewritten" in said, said.endswith("broken ")) == (1, True, True)


def test_an_approval_names_the_very_entry_and_is_given_once_for_each_change(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    (root / "conf").mkdir(parents=True)
    (root / "conf" / "policy.yml").write_text("cap: {lists: 3}\n")
    settings = replace(settings, root=root)
    monkeypatch.setattr("jobs.runtime.settings.load_settings", lambda *args: settings)
    code, said = cameo("audit", "approve", "policy.yml", "--by", "privacy officer", "--note", "as agreed")
    assert (code, "approved: policy.yml, entry 0" in said) == (0, True)
    result = CliRunner().invoke(app, ["audit", "approve", "policy.yml", "--by", "privacy officer"])
    assert "is approved by the role privacy officer already" in str(result.exception)
    (root / "conf" / "policy.yml").write_text("cap: {lists: 2}\n")
    code, said = cameo("audit", "approve", "policy.yml", "--by", "privacy officer")
    assert (code, "entry 2" in said) == (0, True)
    rows = {r["seq"]: r for r in read_rows(Store(str(settings.lake)), TRAIL)}
    approvals = [(detail["seq"], detail["hash"], detail["note"]) for _, detail in entries(settings, "approval")]
    assert approvals == [(0, rows[0]["hash"], "as agreed"), (2, rows[2]["hash"], None)]
    code, said = cameo("audit", "show", "--kind", "policy")
    assert "cap.lists: 3 -> 2" in said
    result = CliRunner().invoke(app, ["audit", "approve", "churn", "--by", "head of care"])
    assert "tells of no change of churn; it does of policy.yml" in str(result.exception)


def test_a_query_is_told_by_the_tables_it_names_and_never_by_its_text(settings: Settings) -> None:
    tell_query(
        settings, "sql", "SELECT * FROM gold.user_tag t JOIN silver.account a ON a.x = t.y WHERE user_id = 'mia'"
    )
    ((subject, detail),) = entries(settings, "access")
    assert (subject, detail["tables"]) == ("sql", ["gold.user_tag", "silver.account"])
    assert set(detail) == {"by", "tables", "query_sha256"}
    assert "mia" not in str(read_rows(Store(str(settings.lake)), TRAIL, ("kind", "=", "access")))
