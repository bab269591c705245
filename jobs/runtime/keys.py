"""The key a hospital's identifiers are hidden with: in the environment or in a file of its own, never in the lake."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jobs.runtime.token_cipher import TokenCipher

VARIABLE = "CAMEO_KEY"
TOKEN_LENGTH = 32
_LEAST_BYTES = 32


class KeyUnusable(RuntimeError):
    """There is no key, or what stands in its place is none; the message never quotes it."""


class RotationUnderWay(KeyUnusable):
    """Some tables have the tokens of the new key and some of the old one: nothing may be read or written."""


@dataclass(frozen=True, repr=False)
class Key:
    """What makes tokens of identifiers.

    `inner` hashes the identifier, for good; `outer` encrypts what comes of it, and is what a rotation exchanges
    (docs/adr/0006). Keys that were made before there were rotations have no `outer` yet.
    """

    inner: bytes
    outer: bytes | None = None

    @classmethod
    def fresh(cls) -> Key:
        return cls(secrets.token_bytes(_LEAST_BYTES), secrets.token_bytes(_LEAST_BYTES))

    def token(self, kind: str, normalised: str) -> str:
        """The token of one identifier: 32 hex digits."""
        message = f"{kind}\x1f{normalised}".encode()
        hashed = hmac.digest(self.inner, message, "sha256").hex()[:TOKEN_LENGTH]
        return self.encrypted(hashed)

    def encrypted(self, digits: str) -> str:
        """A hashed identifier, or a person's number without its letter, under the outer key."""
        return self._cipher.encrypt(digits) if self._cipher else digits

    def decrypted(self, digits: str) -> str:
        """What `encrypted` was given."""
        return self._cipher.decrypt(digits) if self._cipher else digits

    @cached_property
    def _cipher(self) -> TokenCipher | None:
        return TokenCipher(self.outer) if self.outer else None

    @property
    def key_id(self) -> str:
        """What tells this key from another without telling the key."""
        parts = [self.inner] if self.outer is None else [self.inner, self.outer]
        return hashlib.sha256(b":".join(parts)).hexdigest()[:8]

    @property
    def text(self) -> str:
        """The key as it is kept."""
        return ":".join(part.hex() for part in (self.inner, self.outer) if part is not None)

    def of_hospital(self, hospital: str) -> Key:
        """The key that a hospital has of one that several share: no token of one is a token of another."""
        said = b"hospital\x1f" + hospital.encode()
        inner, outer = (part and hmac.digest(part, said, "sha256") for part in (self.inner, self.outer))
        return Key(inner or b"", outer)


@dataclass(frozen=True)
class KeyPlace:
    """Where a hospital's key is. Safe to put into a plan or a log; the key itself is read where it is needed.

    CAMEO_KEY wins over the file. On a cluster it must be set on the executors (spark.executorEnv.CAMEO_KEY
    would show it in Spark's pages: set it in the workers' own environment).
    """

    file: str
    variable: str = VARIABLE

    def read(self) -> Key:
        """The key; KeyUnusable when there is none or it is malformed."""
        stated = os.environ.get(self.variable)
        if stated is not None:
            return _parsed(stated, f"environment variable {self.variable}").of_hospital(Path(self.file).stem)
        try:
            text = Path(self.file).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            raise KeyUnusable(f"no key: set {self.variable} (64 or more hex digits) or restore {self.file}") from None
        return _parsed(text, f"file {self.file}")

    @property
    def key_id(self) -> str:
        return self.read().key_id


def key_place(folder: Path, hospital: str) -> KeyPlace:
    """Where a hospital's key is, whether there is one or not."""
    return KeyPlace(str((folder / f"{hospital}.key").absolute()))


def hospital_key(folder: Path, hospital: str) -> KeyPlace:
    """The place of a hospital's key, checked; the key is made on first use, readable by its owner alone."""
    refuse_while_rotating(folder, hospital)
    place = key_place(folder, hospital)
    if os.environ.get(VARIABLE) is None and not Path(place.file).exists():
        make_key_file(Path(place.file), Key.fresh())
    place.read()
    return place


def rotation_mark(folder: Path, hospital: str) -> Path:
    """The file that lies there from a rotation's beginning to its end; it holds no key."""
    return folder / f"{hospital}.rotating"


def refuse_while_rotating(folder: Path, hospital: str) -> None:
    """Raises RotationUnderWay from the moment a rotation begins until it is done, kills included."""
    if rotation_mark(folder, hospital).exists():
        raise RotationUnderWay(
            f"the key of {hospital} is being rotated, and its tables are partly of the old key: "
            "wait for it, or go on with it: cameo keys rotate"
        )


def make_key_file(path: Path, key: Key) -> None:
    """Writes a key where none lies yet; one that lies there already is left alone."""
    fresh = _written(path, key.text.encode() + b"\n")
    try:
        # Not a rename: of two first runs at once one makes the key, the other takes it.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """The file is there as a whole or not at all."""
    _written(path, content).replace(path)


def write_over(path: Path) -> None:
    """Takes a file away, its bytes first: as far as the disk writes where it wrote before."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _written(path: Path, content: bytes) -> Path:
    """A file beside `path`, on the disk for good: tokens of a key that a power cut takes away are worth nothing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _parsed(text: str, where: str) -> Key:
    text = text.strip()
    parts = text.split(":")
    good = all(re.fullmatch(r"([0-9A-Fa-f]{2})*", part) and len(part) >= 2 * _LEAST_BYTES for part in parts)
    if not good or len(parts) > 2:
        raise KeyUnusable(
            f"{where} holds no key: expected at least {2 * _LEAST_BYTES} hex digits, an even number, or two times "
            f"that with a colon between; found {len(text)} characters; `openssl rand -hex 32` makes one part"
        )
    return Key(*(bytes.fromhex(part) for part in parts))
