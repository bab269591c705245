"""Where things are and which engine runs: conf/settings.yml, one file per hospital, environment variables."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

from jobs.runtime.conf_file import load


class Bilingual(BaseModel):
    """A text for people, in Chinese and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class HospitalFile(BaseModel):
    """conf/hospitals/<name>.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: Bilingual
    zone: str = "Asia/Shanghai"
    folder: str = "{run_folder}/{name}"
    landing: str
    since: date | None = None
    day: date | None = None
    is_judged: bool = False

    @field_validator("folder", "landing")
    @classmethod
    def _is_on_a_disk(cls, value: str) -> str:
        # Lists are published and people are erased through the file system: a URI would be taken for a folder's name.
        if "://" in value:
            raise ValueError(f"expected a folder on a disk or a mounted share, found {value!r}")
        return value


class SettingsFile(BaseModel):
    """conf/settings.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    engine: str
    run_folder: str
    data_folder: str
    hospital: str
    accounts: int
    wait_seconds: int


@dataclass(frozen=True)
class Hospital:
    """One hospital: its zone, where its exports land, and a folder of its own for everything made of them."""

    name: str
    title: Bilingual
    zone: str
    landing: Path
    folder: Path


@dataclass(frozen=True)
class Settings:
    """What a job may ask about its surroundings; paths are absolute."""

    root: Path
    engine: str
    run_folder: Path
    data_folder: Path
    hospital: Hospital
    accounts: int = 0
    wait_seconds: int = 3600

    @property
    def conf(self) -> Path:
        return self.root / "conf"

    @property
    def sources(self) -> Path:
        return self.conf / "sources" / self.hospital.name

    @property
    def lake(self) -> Path:
        return self.hospital.folder / "lake"

    @property
    def exports(self) -> Path:
        return self.hospital.folder / "exports"

    @property
    def truth(self) -> Path:
        """Only evaluation may open it."""
        return self.hospital.folder / "truth"

    @property
    def report(self) -> Path:
        return self.hospital.folder / "report"

    @property
    def catalogue(self) -> Path:
        return self.hospital.folder / "catalogue"

    @property
    def mlflow(self) -> Path:
        return self.hospital.folder / "mlflow"

    @property
    def keys(self) -> Path:
        return self.run_folder / "keys"

    @property
    def anchors(self) -> Path:
        """Outside of the lake: what its audit trail is held against."""
        return self.run_folder / "anchors" / self.hospital.folder.name

    @property
    def work(self) -> Path:
        """What the engine needs on disk while it runs."""
        return self.run_folder / "engine"


def project_root() -> Path:
    """The checkout: CAMEO_ROOT, or the nearest folder upwards that has conf/settings.yml."""
    stated = os.environ.get("CAMEO_ROOT")
    starts = [Path(stated)] if stated else [Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]]
    for folder in starts:
        if (folder / "conf" / "settings.yml").is_file():
            return folder.resolve()
    raise FileNotFoundError(f"no conf/settings.yml in {starts[0]} or above: run inside the checkout or set CAMEO_ROOT")


def load_settings(hospital: str | None = None, engine: str | None = None, data_folder: Path | None = None) -> Settings:
    """Reads the settings; arguments win over the environment, the environment over the file."""
    root = project_root()
    file = load(root / "conf" / "settings.yml", SettingsFile)

    def chosen(name: str, stated: str | None = None) -> str:
        return stated or os.environ.get(f"CAMEO_{name.upper()}") or str(getattr(file, name))

    run_folder = (root / chosen("run_folder")).resolve()
    data_folder = (root / (data_folder or chosen("data_folder"))).resolve()
    name = chosen("hospital", hospital)
    path = root / "conf" / "hospitals" / f"{name}.yml"
    if not path.is_file():
        known = sorted(p.stem for p in path.parent.glob("*.yml"))
        raise FileNotFoundError(f"no hospital {name!r}: {path.parent} has {', '.join(known)}")
    stated = load(path, HospitalFile)
    words = {"run_folder": run_folder, "data_folder": data_folder, "name": name, "accounts": chosen("accounts")}
    folder = Path(root, stated.folder.format(**words))
    landing = Path(root, stated.landing.format(folder=folder, **words))
    place = Hospital(stated.name, stated.title, stated.zone, landing, folder)
    numbers = int(chosen("accounts")), int(chosen("wait_seconds"))
    return Settings(root, chosen("engine", engine), run_folder, data_folder, place, *numbers)


def elsewhere(settings: Settings, run_folder: Path, accounts: int) -> Settings:
    """The simulated hospital of that size below another run folder, as CAMEO_RUN_FOLDER and CAMEO_ACCOUNTS name it."""
    folder = run_folder / f"simulated-{accounts}"
    place = replace(settings.hospital, folder=folder, landing=folder / "landing")
    return replace(settings, run_folder=run_folder, hospital=place, accounts=accounts)
