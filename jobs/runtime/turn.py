"""Whose turn it is on a lake: one run of a job at a time, and nobody beside whoever wants the lake alone.

The locks are the kernel's (flock), on files in the lake's folder `_locks`: whoever dies, however, has let go of them.
Where several hosts share the folder, its mount must pass them on: NFS does, unless mounted with `nolock`.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

LOCKS = "_locks"
_LOOK_AGAIN_SECONDS = 0.1
_log = logging.getLogger(__name__)


class LakeBusy(RuntimeError):
    """Somebody else is at work where this run wants to be, and did not end while it waited."""


@contextmanager
def turn(lake: Path, name: str, what: str, *, alone: bool, wait_seconds: float) -> Iterator[None]:
    """Waits until nobody else does what is called `name`, and, if `alone`, until nobody does anything, and keeps it so.

    `what` tells others who is at work, so it may name nobody. Not to be nested: the inner one would wait for the outer.
    Raises LakeBusy after `wait_seconds`, with who is in the way.
    """
    folder = lake / LOCKS
    folder.mkdir(parents=True, exist_ok=True)
    mine = folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.run"
    until = time.monotonic() + wait_seconds

    def patience(ask: Callable[[], str]) -> Iterator[None]:
        told = ""
        while True:
            who = ask()
            if time.monotonic() >= until:
                raise LakeBusy(
                    f"{what} waited {wait_seconds:g} s and gave up; at work is {who}. Run it again after that; "
                    "a process that hangs can be ended, and its lock goes with it. CAMEO_WAIT_SECONDS: how long to wait"
                )
            if who != told:
                _log.warning("%s waits, at most %g s, for %s", what, wait_seconds, who)
                told = who
            time.sleep(_LOOK_AGAIN_SECONDS)
            yield

    with ExitStack() as held:
        own = _take(held, mine, fcntl.LOCK_EX, patience(lambda: _who(mine) or "another run of it, which waits as well"))
        os.ftruncate(own, 0)
        others = patience(lambda: _others(folder, mine))
        how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        with ExitStack() as at_the_door:
            # Whoever waits for the lake alone stands in the door: those who come later do not get past.
            _take(at_the_door, folder / "door", how, others)
            _take(held, folder / "lake", how, others)
        now = datetime.now(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
        os.write(own, f"{what}, process {os.getpid()} on {socket.gethostname()}, since {now} UTC".encode())
        yield


def _take(stack: ExitStack, path: Path, how: int, patience: Iterator[None]) -> int:
    """Opens and locks a file until the stack unwinds; each failed try uses up some patience."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    stack.callback(os.close, handle)
    while not _locked(handle, how):
        next(patience)
    # Said, not left to the closing: a child that was forked meanwhile has the file open as well.
    stack.callback(fcntl.flock, handle, fcntl.LOCK_UN)
    return handle


def _locked(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _others(folder: Path, mine: Path) -> str:
    """Who is at work; a run that waits itself has not said anything."""
    found = [_who(path) for path in sorted(folder.glob("*.run")) if path != mine and _is_held(path)]
    return "; ".join(who for who in found if who) or "a run that has not said yet what it does"


def _who(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def _is_held(path: Path) -> bool:
    with path.open("rb") as file:
        free = _locked(file.fileno(), fcntl.LOCK_SH)
        if free:
            fcntl.flock(file, fcntl.LOCK_UN)
        return not free
