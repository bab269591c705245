"""The key a hospital's identifiers are hidden with: in the environment or in a file of its own, never in the lake."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "CAMEO_KEY"
_LEAST_BYTES = 32


class KeyUnusable(RuntimeError):
    """There is no key, or what stands in its place is none; the message never quotes it."""


@dataclass(frozen=True)
class KeyPlace:
    """Where a hospital's key is. Safe to put into a plan or a log; the key itself is read where it is needed.

    CAMEO_KEY wins over the file. On a cluster it must be set on the executors (spark.executorEnv.CAMEO_KEY
    would show it in Spark's pages: set it in the workers' own environment).
    """

    file: str

    def read(self) -> bytes:
        """The key; KeyUnusable when there is none or it is malformed."""
        stated = os.environ.get(VARIABLE)
        if stated is not None:
            return _parsed(stated, f"environment variable {VARIABLE}")
        try:
            text = Path(self.file).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            raise KeyUnusable(f"no key: set {VARIABLE} (64 or more hex digits) or restore {self.file}") from None
        return _parsed(text, f"file {self.file}")

    @property
    def key_id(self) -> str:
        """What tells this key from another without telling the key."""
        return hashlib.sha256(self.read()).hexdigest()[:8]


def hospital_key(folder: Path, hospital: str) -> KeyPlace:
    """The place of a hospital's key, checked; the key is made on first use, readable by its owner alone."""
    place = KeyPlace(str((folder / f"{hospital}.key").absolute()))
    if os.environ.get(VARIABLE) is None and not Path(place.file).exists():
        _make(Path(place.file))
    place.read()
    return place


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_LEAST_BYTES) + "\n")
    try:
        # Not a rename: of two first runs at once one makes the key, the other takes it.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _parsed(text: str, where: str) -> bytes:
    text = text.strip()
    if not re.fullmatch(r"([0-9A-Fa-f]{2})*", text) or len(text) < 2 * _LEAST_BYTES:
        raise KeyUnusable(
            f"{where} holds no key: expected at least {2 * _LEAST_BYTES} hex digits, an even number, "
            f"found {len(text)} characters; `openssl rand -hex 32` makes one"
        )
    return bytes.fromhex(text)
