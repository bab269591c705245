"""A rotation from its beginning to its end: killed anywhere, it is gone on with by the same command."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from jobs.runtime.erasure.lists import REMOVALS
from jobs.runtime.erasure.tables import forget_versions
from jobs.runtime.erasure.verify import look_for
from jobs.runtime.export import publish
from jobs.runtime.keys import (
    VARIABLE,
    Key,
    KeyPlace,
    KeyUnusable,
    RotationUnderWay,
    key_place,
    make_key_file,
    rotation_mark,
    write_over,
    write_whole,
)
from jobs.runtime.keys_in_use import refuse_other_keys
from jobs.runtime.removals import restate_files
from jobs.runtime.rotation.exchange import Exchange
from jobs.runtime.rotation.lists import moved_lists, moved_removals
from jobs.runtime.rotation.tables import (
    move_tokens,
    refuse_odd_tokens,
    restate_key,
    some_tokens,
    tables_with_tokens,
)
from jobs.runtime.settings import Settings
from jobs.runtime.staging import FOLDER
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import read_conf
from jobs.runtime.trail.entry import Entry
from jobs.runtime.turn import turn
from schemas.table import Table

NEXT_VARIABLE = f"{VARIABLE}_NEXT"
Tell = Callable[[str], None]


class OldTokensLeft(RuntimeError):
    """A file still has tokens of the old key; the old key stays, and the rotation open."""


@dataclass(frozen=True)
class Rotation:
    """What a rotation did."""

    old: str
    new: str
    tables: int = 0
    lists: int = 0
    files: int = 0


def rotate(settings: Settings, tell: Tell = lambda step: None) -> Rotation:
    """Puts the hospital's lake and lists under a new key and destroys the old one.

    Waits for all jobs at work; from the first moment on every job refuses to run until it is done, kills included.
    Raises RotationUnderWay when another process has rotated it meanwhile, LakeBusy.
    """
    place, mark = key_place(settings.keys, settings.hospital.name), rotation_mark(settings.keys, settings.hospital.name)
    before = place.key_id
    with turn(settings.lake, "keys", "a rotation of the key", alone=True, wait_seconds=settings.wait_seconds):
        if place.key_id != before:
            raise RotationUnderWay(f"another process has rotated the key meanwhile: it is {place.key_id} now")
        begun = json.loads(mark.read_bytes()) if mark.exists() else None
        if begun and place.key_id == begun["new"]:
            # Killed when all was done but to clear up.
            done = Rotation(**begun)
        else:
            exchange = _keys(place, begun)
            done = _move(settings, exchange, mark, tell)
        _destroy_old(place)
        mark.unlink(missing_ok=True)
    return done


def _move(settings: Settings, exchange: Exchange, mark: Path, tell: Tell) -> Rotation:
    store = Store(str(settings.lake))
    tables = tables_with_tokens(store)
    tell("looking at the tables")
    refuse_other_keys(store, exchange.old.key_id, exchange.new.key_id)
    refuse_odd_tokens(store, tables)
    # What killed runs have put aside; nobody else is at work.
    shutil.rmtree(settings.lake / FOLDER, ignore_errors=True)
    # From here on the tables are of two keys.
    write_whole(mark, json.dumps(_ids(exchange)).encode())

    def move(table: Table) -> None:
        tell(table.name)
        move_tokens(store, table, exchange)
        forget_versions(store, table)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(move, tables))
    trail = Trail(store, settings.anchors, read_conf(settings.conf), uuid.uuid4().hex)
    tell("lists")
    lists = _move_lists(store, settings.exports, trail, exchange)
    restate_key(store, exchange.new.key_id)
    tell("looking for what is left")
    verified = look_for(settings, {exchange.moved_back(token) for token in some_tokens(store, tables)})
    if verified.found:
        raise OldTokensLeft(
            f"{len(verified.found)} files still have tokens of the old key, as {verified.found[0]}; the old key is "
            "kept: see that no job runs, then cameo keys rotate again"
        )
    told = {"old": exchange.old.key_id, "new": exchange.new.key_id, "tables": len(tables), "lists": lists}
    trail.append(Entry("key", settings.hospital.name, told))
    return Rotation(exchange.old.key_id, exchange.new.key_id, len(tables), lists, verified.files)


def _move_lists(store: Store, exports: Path, trail: Trail, exchange: Exchange) -> int:
    """Told first, then done: a kill in between leaves a list that is found again."""
    lists = 0
    for moved in moved_lists(exports, exchange):
        trail.append(moved.entry)
        publish(moved.folder, moved.files)
        lists += 1
    if removals := moved_removals(exports, exchange):
        restate_files(store, trail, removals)
        publish(exports / REMOVALS, removals)
    return lists


def _keys(place: KeyPlace, begun: dict[str, str] | None) -> Exchange:
    """The key in use and the one to come: that of a rotation that was begun, or a new one."""
    old = place.read()
    new = _stated_next(place, old) if os.environ.get(VARIABLE) else _next_of_file(place, old)
    exchange = Exchange(old, new)
    if begun and begun != _ids(exchange):
        raise KeyUnusable(f"the rotation that was begun goes from key {begun['old']} to {begun['new']}: restore those")
    return exchange


def _next_of_file(place: KeyPlace, old: Key) -> Key:
    following = KeyPlace(f"{place.file}.next")
    make_key_file(Path(following.file), Key(old.inner, Key.fresh().outer))
    new = following.read()
    if new.inner != old.inner:
        raise KeyUnusable(f"{following.file} does not go with {place.file}: restore the key that it was made from")
    return new


def _stated_next(place: KeyPlace, old: Key) -> Key:
    if os.environ.get(NEXT_VARIABLE) is None:
        raise KeyUnusable(
            f"the key comes from {VARIABLE}: put the new one into {NEXT_VARIABLE}, which is what {VARIABLE} has before "
            "its colon, a colon, and what `openssl rand -hex 32` prints"
        )
    new = KeyPlace(place.file, NEXT_VARIABLE).read()
    if new.inner != old.inner or new.outer in (None, old.outer):
        raise KeyUnusable(f"{NEXT_VARIABLE} must begin as {VARIABLE} up to the colon, and go on in another way")
    return new


def _destroy_old(place: KeyPlace) -> None:
    """The new key takes the old one's place; the old one's bytes are written over, as far as a disk lets that be.

    A key out of the environment is for whoever keeps it there to exchange.
    """
    key, following, old = Path(place.file), Path(f"{place.file}.next"), Path(f"{place.file}.old")
    if following.exists() and not os.environ.get(VARIABLE):
        old.unlink(missing_ok=True)
        os.link(key, old)
        following.replace(key)
    if old.exists():
        write_over(old)


def _ids(exchange: Exchange) -> dict[str, str]:
    return {"old": exchange.old.key_id, "new": exchange.new.key_id}
