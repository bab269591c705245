"""Airflow wants its home and its database before it is imported."""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_home = tempfile.mkdtemp(prefix="cameo-airflow-")
os.environ |= {
    "AIRFLOW_HOME": _home,
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home}/airflow.db",
}
sys.path.insert(0, str(ROOT / "dags"))
