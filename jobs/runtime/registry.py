"""The model registry: MLflow over one SQLite file and one folder, without a server.

Writing goes through MLflow, whose import costs seconds, so it is imported where it is needed only. Which version is
champion, the one question that scoring asks each night, is read from the SQLite file itself.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import lightgbm as lgb
    from matplotlib.figure import Figure
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature

ALIAS = "champion"
_CARD = "card.json"
_OWNER = "cameo"
_WAIT_SECONDS = 30.0
# Nothing is sent anywhere, nothing is looked up in git, nothing chatters.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "GIT_PYTHON_REFRESH": "quiet",
}

# Parameters that say which days a model has seen; one without them, as the groups, has seen the day it was made for.
_DAYS = ("train_days", "calibration_day", "test_day")
_OWN_DAY = "day"


class RegistryError(RuntimeError):
    """A model cannot be had or kept."""


class RegistryBusy(RegistryError):
    """Somebody else has the registry's database locked."""


class NoChampion(RegistryError):
    """A model is asked for of which no version was ever good enough, or none was trained."""


@dataclass(frozen=True)
class Challenger:
    """A trained model on its way into the registry; nothing in it may be about one person.

    `card` is all that is needed besides the boosters to build the model again, in JSON's types. `example` is one row of
    typical values (medians), never somebody's. `data_versions` are the Delta versions of the tables it was learned
    from. `fingerprint` names day, data, settings and code: two challengers with the same are the same.
    """

    name: str
    day: date
    fingerprint: str
    card: Mapping[str, Any]
    boosters: Mapping[str, lgb.Booster] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    data_versions: Mapping[str, int] = field(default_factory=dict)
    example: Mapping[str, float] = field(default_factory=dict)
    plots: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredModel:
    """One version as it lies in the registry: its card, and its boosters as LightGBM's own text."""

    name: str
    version: str
    card: dict[str, Any]
    booster_texts: dict[str, str]

    def boosters(self) -> dict[str, lgb.Booster]:
        import lightgbm as lgb

        return {name: lgb.Booster(model_str=text) for name, text in self.booster_texts.items()}


@dataclass(frozen=True)
class Taught:
    """What a version has learned from: the day it was trained for, and the as-of days whose users it has seen.

    Seen is whoever it was trained, calibrated or judged on.
    """

    day: date
    seen: set[date]


class Registry:
    """The models of one hospital, below one folder: `mlflow.db`, and `artifacts/` beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.database = self.folder / "mlflow.db"

    @property
    def tracking_uri(self) -> str:
        """What `mlflow ui --backend-store-uri` wants."""
        return f"sqlite:///{self.database}"

    def champion(self, name: str) -> StoredModel:
        """The version in use; NoChampion tells what to run when there is none."""
        found = self.find_champion(name)
        if found is None:
            raise NoChampion(
                f"no champion of model {name} in {self.database}: run `cameo run compute_training_features --day …` "
                f"and `cameo run {TRAINERS.get(name, name)} --day …` (models_weekly does both); if that has run, its "
                f"message says why no version was good enough"
            )
        return found

    def find_champion(self, name: str) -> StoredModel | None:
        """The version in use, or None."""
        rows = self._ask(
            "SELECT a.version, v.run_id FROM registered_model_aliases a JOIN model_versions v "
            "ON v.workspace = a.workspace AND v.name = a.name AND v.version = a.version "
            "WHERE a.alias = ? AND a.name = ?",
            (ALIAS, name),
        )
        return self._stored(name, str(rows[0][0]), str(rows[0][1])) if rows else None

    def version(self, name: str, version: str) -> StoredModel:
        """One version, champion or not."""
        rows = self._ask("SELECT run_id FROM model_versions WHERE name = ? AND version = ?", (name, version))
        if not rows:
            raise NoChampion(f"{self.database} has no version {version} of model {name}, which conf/calibrated names")
        return self._stored(name, version, str(rows[0][0]))

    def version_of(self, name: str, fingerprint: str) -> str | None:
        """The newest version with this fingerprint, or None: training it again would change nothing."""
        rows = self._ask(
            "SELECT version FROM model_version_tags WHERE name = ? AND key = 'fingerprint' AND value = ? "
            "ORDER BY version DESC LIMIT 1",
            (name, fingerprint),
        )
        return str(rows[0][0]) if rows else None

    def learned_from(self) -> dict[str, Taught]:
        """Every version, as `churn 3`, with the days it has learned from."""
        rows = self._ask(
            "SELECT v.name, v.version, p.key, p.value FROM model_versions v JOIN params p ON p.run_uuid = v.run_id "
            "WHERE p.key IN (?, ?, ?, ?)",
            (*_DAYS, _OWN_DAY),
        )
        told: dict[str, dict[str, str]] = {}
        for name, version, key, days in rows:
            told.setdefault(f"{name} {version}", {})[key] = str(days)
        return {version: _taught(by_key) for version, by_key in told.items()}

    def log_challenger(self, challenger: Challenger) -> str:
        """Keeps a trained model as one MLflow run and registers it as a new version, which it returns."""
        with self._client() as client:
            experiment = self._experiment(client, challenger.name)
            run_name = f"{challenger.name} {challenger.day}"
            run = client.create_run(experiment, run_name=run_name, tags={"mlflow.user": _OWNER})
            run_id = run.info.run_id
            try:
                source = self._fill(client, run_id, challenger)
            except BaseException:
                client.set_terminated(run_id, "FAILED")
                raise
            client.set_terminated(run_id)
            tags = {"fingerprint": challenger.fingerprint, "day": str(challenger.day)}
            version = client.create_model_version(challenger.name, source, run_id, tags=tags)
        return str(version.version)

    def follow(self, stored: StoredModel, day: date, figures: Mapping[str, float]) -> None:
        """Adds a day's figures to a version in use, as curves over days beside what it was trained with."""
        from mlflow.entities import Metric

        at = int(datetime.combine(day, time(), UTC).timestamp() * 1000)
        with self._client() as client:
            run_id = str(client.get_model_version(stored.name, stored.version).run_id)
            named = {f"in_use.{name}": value for name, value in figures.items() if isfinite(value)}
            client.log_batch(run_id, [Metric(name, value, at, day.toordinal()) for name, value in named.items()])

    def promote(self, name: str, version: str, reason: str) -> None:
        """Makes a version the champion and writes down why."""
        with self._client() as client:
            client.update_model_version(name, version, description=reason)
            client.set_registered_model_alias(name, ALIAS, version)

    def refuse(self, name: str, version: str, reason: str) -> None:
        """Leaves the champion as it is and writes down why."""
        with self._client() as client:
            client.update_model_version(name, version, description=f"Not promoted. {reason}")

    def _ask(self, sql: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        if not self.database.is_file():
            return []
        with self._told_when_locked():
            found = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=_WAIT_SECONDS)
            with closing(found) as db:
                return db.execute(sql, values).fetchall()

    @contextmanager
    def _told_when_locked(self) -> Iterator[None]:
        """Both SQLite and MLflow have waited, 30 and 20 s, when they say so."""
        try:
            yield
        except Exception as error:
            if "database is locked" not in str(error):
                raise
            raise RegistryBusy(
                f"{self.database} stays locked: something else writes to it (a training, MLflow's page, a backup). "
                f"Run the same again when that has ended; `fuser {self.database}` says which process it is"
            ) from error

    def _stored(self, name: str, version: str, run_id: str) -> StoredModel:
        path = self._artifacts(name) / run_id / "artifacts" / _CARD
        try:
            whole = json.loads(path.read_text(encoding="utf-8"))
            texts = {b: (self.folder / at).read_text(encoding="utf-8") for b, at in whole["boosters"].items()}
        except FileNotFoundError as error:
            raise NoChampion(
                f"version {version} of model {name} is champion, but {error.filename} is gone: bring it back, "
                f"or take {self.folder} away and train anew"
            ) from None
        return StoredModel(name, version, whole["model"], texts)

    def _artifacts(self, name: str) -> Path:
        return self.folder / "artifacts" / name

    @contextmanager
    def _client(self) -> Iterator[MlflowClient]:
        """A client on this registry; MLflow's own idea of where it is writes is set too, as log_model goes by it."""
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        self.folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import mlflow

            for logger in ("mlflow", "alembic"):
                logging.getLogger(logger).setLevel(logging.ERROR)
            mlflow.set_tracking_uri(self.tracking_uri)
            mlflow.set_registry_uri(self.tracking_uri)
            with self._told_when_locked():
                yield mlflow.MlflowClient(self.tracking_uri, self.tracking_uri)

    def _experiment(self, client: MlflowClient, name: str) -> str:
        from mlflow.exceptions import MlflowException

        known = client.get_experiment_by_name(name)
        try:
            client.get_registered_model(name)
        except MlflowException:
            client.create_registered_model(name)
        if known is not None:
            return str(known.experiment_id)
        return str(client.create_experiment(name, artifact_location=self._artifacts(name).as_uri()))

    def _fill(self, client: MlflowClient, run_id: str, challenger: Challenger) -> str:
        """All that a run holds; returns where the registered version points: its first booster, or its card."""
        from mlflow.entities import Metric, Param, RunTag

        data = {f"data.{table}": version for table, version in challenger.data_versions.items()}
        said = {"day": challenger.day, **challenger.parameters, **data}
        parameters = [Param(k, str(v)[:500]) for k, v in said.items()]
        metrics = [Metric(k, v, 0, 0) for k, v in challenger.metrics.items() if isfinite(v)]
        client.log_batch(run_id, metrics, parameters, [RunTag("fingerprint", challenger.fingerprint)])
        sources, places = [], {}
        for name, booster in challenger.boosters.items():
            uri, place = self._log_booster(client, run_id, name, booster, challenger)
            sources.append(uri)
            places[name] = place
        client.log_dict(run_id, {"model": dict(challenger.card), "boosters": places}, _CARD)
        for file, figure in challenger.plots.items():
            client.log_figure(run_id, figure, f"plots/{file}.png")
        return sources[0] if sources else f"{self._artifacts(challenger.name).as_uri()}/{run_id}/artifacts"

    def _log_booster(
        self, client: MlflowClient, run_id: str, name: str, booster: lgb.Booster, challenger: Challenger
    ) -> tuple[str, str]:
        import lightgbm
        import mlflow
        import mlflow.lightgbm
        import pandas as pd

        features = booster.feature_name()
        example = pd.DataFrame([{f: challenger.example[f] for f in features}]) if challenger.example else None
        with mlflow.start_run(run_id=run_id):
            info = mlflow.lightgbm.log_model(
                booster,
                name=name,
                signature=_signature(features),
                input_example=example,
                pip_requirements=[f"lightgbm=={lightgbm.__version__}"],
            )
        # MLflow notes who is logged in on the machine and which file was run: neither is anybody's business.
        client.set_logged_model_tags(info.model_id, {"mlflow.user": _OWNER, "mlflow.source.name": _OWNER})
        folder = Path(str(info.artifact_path).removeprefix("file://"))
        return str(info.model_uri), str((folder / "model.lgb").relative_to(self.folder))


TRAINERS = {
    "churn": "train_churn",
    "ltv": "train_ltv",
    "segments": "fit_segments",
    "department": "train_text_department",
}


def _taught(told: Mapping[str, str]) -> Taught:
    keys = [key for key in _DAYS if key in told] or [_OWN_DAY]
    seen = {date.fromisoformat(day) for key in keys for day in told[key].split()}
    return Taught(date.fromisoformat(told[_OWN_DAY]), seen)


def _signature(features: list[str]) -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    inputs = Schema([ColSpec(DataType.double, name) for name in features])
    return ModelSignature(inputs=inputs, outputs=Schema([ColSpec(DataType.double)]))
