"""The notebooks run as an analyst would run them, over the small hospital's day."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from jobs.runtime.settings import Settings, project_root
from tests.whole_day import ACCOUNTS

NOTEBOOKS = sorted((project_root() / "notebooks").glob("*.ipynb"))


def test_there_are_four_notebooks():
    assert [n.stem for n in NOTEBOOKS] == ["1_tags", "2_groups", "3_scores", "4_question_to_segment"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs_and_shows_nobody(
    path: Path, small_day: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # else it leaves a profile in the home folder
    monkeypatch.setenv("CAMEO_RUN_FOLDER", str(small_day.run_folder))
    monkeypatch.setenv("CAMEO_ACCOUNTS", str(ACCOUNTS))
    monkeypatch.setenv("CAMEO_ENGINE", "sail")
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "committed with outputs"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(project_root())}}).execute()
    shown = "".join(str(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    assert "user_id" not in shown
    assert "_token" not in shown
