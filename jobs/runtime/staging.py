"""Putting an intermediate result aside: neither engine's `cache` does so over Spark Connect on both."""

from __future__ import annotations

import os
import re
import socket
import time
import uuid
from contextlib import suppress

from pyarrow import fs
from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.store import Store

FOLDER = "_staging"
_STALE_SECONDS = 24 * 3600


class Staging:
    """Parquet folders `<root>/_staging/<name>-<host>-<pid>-<id>`, taken away by whoever made them.

    A killed run leaves its own: the next `clear` on the same host sees that the process is gone; from
    other hosts they go after a day.
    """

    def __init__(self, spark: SparkSession, store: Store) -> None:
        self._spark = spark
        self._store = store
        self._mine: list[str] = []
        self._host = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname()) or "host"

    def put(self, name: str, df: DataFrame, schema: str | None = None) -> DataFrame:
        folder = f"{name}-{self._host}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        path = f"{self._store.root}/{FOLDER}/{folder}"
        self._mine.append(folder)
        df.write.mode("overwrite").parquet(path)
        return self._spark.read.schema(schema or df.schema).parquet(path)

    def clear(self) -> None:
        system, base = self._store.files()
        found = system.get_file_info(fs.FileSelector(f"{base}/{FOLDER}", allow_not_found=True))
        for info in found:
            if info.base_name in self._mine or self._left_over(info):
                with suppress(FileNotFoundError):
                    system.delete_dir(info.path)
        self._mine.clear()

    def _left_over(self, info: fs.FileInfo) -> bool:
        parts = info.base_name.rsplit("-", 3)
        if len(parts) == 4 and parts[1] == self._host and parts[2].isdigit():
            return not _alive(int(parts[2]))
        return info.mtime is not None and time.time() - info.mtime.timestamp() > _STALE_SECONDS


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
