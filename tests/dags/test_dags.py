"""The DAG files: light to parse, complete, and saying what a person woken at night needs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAILY = {"feeds_daily", "scores_daily", "portrait_daily", "exports_daily"}
ALL = DAILY | {"models_weekly", "calibration_monthly", "maintenance_weekly", "history_load", "triggers_5_minutes"}
HEAVY = (
    "pyspark",
    "pysail",
    "pandas",
    "numpy",
    "pyarrow",
    "mlflow",
    "lightgbm",
    "sklearn",
    "great_expectations",
    "jobs",
)


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT / "dags"))


def test_every_dag_loads(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == ALL


def test_every_task_names_a_job_that_exists(bag):
    from jobs.runtime.job import all_jobs

    tasks = {task.task_id for dag in bag.dags.values() for task in dag.tasks} - {"list_feeds"}
    assert tasks <= set(all_jobs()), f"no such job: {tasks - set(all_jobs())}"


def test_every_job_that_a_night_needs_is_in_a_dag(bag):
    from jobs.runtime.job import all_jobs

    tasks = {task.task_id for dag in bag.dags.values() for task in dag.tasks}
    assert set(all_jobs()) - tasks <= {"simulate_hospital", "simulate_moment", "evaluate_against_truth"}, (
        "only a simulated hospital has these"
    )


def test_a_job_reads_only_what_an_earlier_dag_or_task_has_written(bag):
    from jobs.runtime.job import all_jobs

    # Every run of a job writes these two.
    jobs, made = all_jobs(), {"audit.job_run", "audit.quality_result"}
    for dag_id in ("feeds_daily", "models_weekly", "scores_daily", "portrait_daily", "exports_daily"):
        for task in bag.dags[dag_id].topological_sort():
            if task.task_id not in jobs:
                continue
            job = jobs[task.task_id]
            wanting = {t.name for t in job.reads} - made - {t.name for t in job.writes}
            assert not wanting, f"{dag_id}.{task.task_id} reads {sorted(wanting)}, which nothing before it writes"
            made |= {t.name for t in job.writes}


@pytest.mark.parametrize("dag_id", sorted(ALL))
def test_doc_tells_the_person_woken_at_night_what_to_do(bag, dag_id):
    doc = bag.dags[dag_id].doc_md
    for said in ("**Makes**", "**Who waits for it:**", "**When a task is red", "**Is a rerun safe?**"):
        assert said in doc, f"{dag_id}: no {said}"


def test_the_tests_whole_day_runs_the_jobs_that_the_dags_run(bag):
    from tests import whole_day

    ours = ("ingest_feed", *whole_day.FACTS, *whole_day.MODELS, *whole_day.SCORES, *whole_day.PORTRAIT, *whole_day.OUT)
    dags = ("feeds_daily", "models_weekly", "scores_daily", "portrait_daily", "exports_daily")
    theirs = {task.task_id for dag_id in dags for task in bag.dags[dag_id].tasks} - {"list_feeds"}
    assert set(ours) == theirs


def test_without_a_proof_no_list_goes_out_but_the_report_is_written_and_the_run_stays_red(bag):
    tasks = bag.dags["exports_daily"].task_dict
    assert "prove_sample" in tasks["build_audiences"].upstream_task_ids
    assert tasks["publish_exports"].upstream_task_ids == {"build_audiences"}
    assert tasks["write_report"].trigger_rule == "all_done"
    # A run is as red as its leaves.
    assert {task.task_id for task in bag.dags["exports_daily"].leaves} == {
        "publish_exports", "carry_out_erasures", "write_catalogue",
    }  # fmt: skip


def test_days_travel_with_the_assets(bag):
    chain = {"scores_daily": "cameo://facts", "portrait_daily": "cameo://scores", "exports_daily": "cameo://portrait"}
    for dag_id, asset in chain.items():
        assert bag.dags[dag_id].timetable.asset_condition.uri.rstrip("/") == asset
    makers = {o.uri.rstrip("/"): d.dag_id for d in bag.dags.values() for t in d.tasks for o in t.outlets}
    assert makers == {
        "cameo://facts": "feeds_daily",
        "cameo://scores": "scores_daily",
        "cameo://portrait": "portrait_daily",
        "cameo://lists": "exports_daily",
    }


def test_dag_files_import_airflow_and_nothing_heavy():
    block = f"""
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {HEAVY!r}:
            raise ImportError('heavy: ' + name)
sys.meta_path.insert(0, Block())
from airflow.dag_processing.dagbag import DagBag
bag = DagBag({str(ROOT / "dags")!r})
assert not bag.import_errors, bag.import_errors
assert len(bag.dags) == {len(ALL)}, list(bag.dags)
"""
    done = subprocess.run(
        [sys.executable, "-c", block],
        capture_output=True,
        text=True,
        env={**__import__("os").environ, "PYTHONPATH": str(ROOT / "dags")},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def _stopped(*_):
    from jobs.runtime.intake.balance import FeedMostlyBad

    raise FeedMostlyBad("feed review: 30% of the records were refused")


def test_a_stopped_feed_is_skipped_where_the_day_can_do_without_it_and_fails_where_not(bag, monkeypatch):
    import cameo_tasks
    from airflow.sdk.exceptions import AirflowSkipException

    from jobs.runtime.intake.balance import FeedMostlyBad

    monkeypatch.setattr(cameo_tasks, "run_named_job", _stopped)
    with pytest.raises(AirflowSkipException, match="the day goes on without it: feed review: 30%"):
        cameo_tasks.take_in_feed("2026-03-01", "", {"feed": "review"})
    with pytest.raises(FeedMostlyBad):
        cameo_tasks.take_in_feed("2026-03-01", "", {"feed": "consent"})


def test_what_comes_after_the_feeds_runs_when_some_were_skipped_and_none_failed(bag):
    for dag_id in ("feeds_daily", "history_load"):
        dag = bag.dags[dag_id]
        (after,) = dag.get_task("ingest_feed").downstream_list
        assert (after.task_id, after.trigger_rule) == ("build_user_day", "none_failed")
        assert all(t.trigger_rule == "all_success" for t in dag.tasks if t is not after)


def test_triggers_run_each_five_minutes_once_somebody_has_switched_them_on(bag):
    dag = bag.dags["triggers_5_minutes"]
    assert dag.timetable.expression == "*/5 * * * *"
    assert dag.is_paused_upon_creation
    assert not dag.catchup
    assert dag.max_active_runs == 1


@pytest.mark.parametrize(
    ("typed", "at", "day"),
    [
        ("", "2026-03-01 15:59:00+00:00", "2026-03-01"),
        ("", "2026-03-01 16:00:00+00:00", "2026-03-02"),
        ("2026-02-02", "2026-03-01 16:00:00+00:00", "2026-02-02"),
    ],
)
def test_a_trigger_is_of_the_hospitals_day_not_of_utcs(bag, monkeypatch, typed, at, day):
    import cameo_tasks

    monkeypatch.setattr(cameo_tasks, "run_named_job", lambda job, day: {day: len(job)})
    assert cameo_tasks.follow_triggers(typed, at) == {day: len("follow_triggers")}
