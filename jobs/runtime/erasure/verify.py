"""Whether anybody can still be found: every file of every table, its log, the lists, the report."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from jobs.runtime.erasure.lists import REMOVALS
from jobs.runtime.erasure.parquet_search import stands_in
from jobs.runtime.settings import Settings

# Kept by law or on purpose: what must be refused when it comes again, and the record that it was erased.
KEPT = ("audit/suppressed",)
_FEW = 100
# A token, or a person's number, at each place where one could begin.
_LIKE_TOKENS = re.compile(rb"(?=([0-9a-z][0-9a-f]{31}))")


@dataclass(frozen=True)
class Verified:
    """Files that were read, and those in which a token stands, below the hospital's folder."""

    files: int
    found: tuple[str, ...]


def look_for(settings: Settings, tokens: Collection[str]) -> Verified:
    """Reads every file that Cameo has written: tables with all their versions and logs, lists, report, models.

    The landing folder is the hospital's, and `exports/removals` is for whoever pulled a list: both are left out.
    """
    files = list(_files(settings))
    with ThreadPoolExecutor(2) as pool:
        stands = pool.map(lambda path: holds_any(path, tokens), files)
        found = [path for path, there in zip(files, stands, strict=True) if there]
    return Verified(len(files), tuple(path.relative_to(settings.hospital.folder).as_posix() for path in found))


def _files(settings: Settings) -> Iterator[Path]:
    kept = {settings.lake / name for name in KEPT}
    for folder in (settings.lake, settings.exports, settings.report, settings.mlflow):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.parent.name != REMOVALS and not kept & {*path.parents}:
                yield path


def holds_any(path: Path, tokens: Collection[str]) -> bool:
    """Whether one of the tokens stands in a file: as a value in Parquet, anywhere in any other."""
    if path.suffix != ".parquet":
        return _names_any(path.read_bytes(), tokens)
    if path.parent.name == "_delta_log":
        # A checkpoint: the least and greatest values of the files stand inside of texts.
        return _names_any(str(pq.read_table(path).to_pylist()).encode(), tokens)
    return stands_in(path, tokens)


def _names_any(content: bytes, tokens: Collection[str]) -> bool:
    """Whether one of the texts stands in the bytes. Of many, whatever looks like a token is looked up among them."""
    if len(tokens) <= _FEW:
        return any(token.encode() in content for token in tokens)
    return not frozenset(tokens).isdisjoint(match.decode() for match in _LIKE_TOKENS.findall(content))
