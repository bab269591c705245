"""One Spark session for one setting, whatever runs behind it.

Everything goes through the Spark Connect API, so that the code above cannot tell the engines apart:
`sail` runs in this process, `local[N]`, `spark://…`, `yarn` and `k8s://…` start a Java driver beside it,
`sc://host:port` is somebody else's server.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

DELTA_PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"
SETTINGS = "sail, local[N], spark://host:port, yarn, k8s://url or sc://host:port"
_JAVA_NEEDED = 17
_STOP_SECONDS = 10.0


class EngineError(RuntimeError):
    """The engine asked for cannot be had; the text says what is missing and how to get it."""


@dataclass
class _Engine:
    setting: str
    session: SparkSession
    stop_server: Callable[[], None]

    def close(self) -> None:
        # A client that outlives its server asks it again for ten minutes: the session goes first.
        _within(_STOP_SECONDS, self.session.stop)
        _within(_STOP_SECONDS, self.stop_server)


_open: dict[str, _Engine] = {}
_lock = threading.RLock()
_ever_opened = False
_forked = False


def get_engine(setting: str, *, work: Path, conf: Mapping[str, str] | None = None) -> SparkSession:
    """The session of this process for a setting, started at first use and closed when the process ends.

    `work` is a folder of our own for the engine's log, warehouse and scratch files. `conf` is laid over
    the settings of a Java driver. Only one Java driver fits in a process; Sail and Spark do go together.
    """
    global _ever_opened
    with _lock:
        found = _open.get(setting)
        if found is not None and not found.session.is_stopped:  # type: ignore[attr-defined]
            return found.session
        if _forked:
            raise EngineError(
                "this process was forked from one whose engine had started, and gRPC hangs in such a child: "
                "fork before the first get_engine, or spawn"
            )
        # With gRPC's own fork handlers the parent hangs too.
        os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
        engine = _start(setting, work.absolute(), conf or {})
        if not _ever_opened:
            atexit.register(close_engines)
            _ever_opened = True
        _open[setting] = engine
        return engine.session


@contextmanager
def open_engine(setting: str, *, work: Path, conf: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """`get_engine` for a `with` block that also closes."""
    try:
        yield get_engine(setting, work=work, conf=conf)
    finally:
        close_engines(setting)


def close_engines(setting: str | None = None) -> None:
    """Close the engine of one setting, or all; closing twice is nothing."""
    with _lock:
        for name in [n for n in _open if setting in (None, n)]:
            _open.pop(name).close()


def check_setting(setting: str) -> None:
    """Refuse a setting that names no engine."""
    if not re.fullmatch(r"sail|local|local\[(\d+|\*)\]|yarn|(spark|k8s|sc)://\S+", setting):
        raise EngineError(f"engine {setting!r} is not known: expected {SETTINGS}")


def _start(setting: str, work: Path, conf: Mapping[str, str]) -> _Engine:
    check_setting(setting)
    work.mkdir(parents=True, exist_ok=True)
    if setting == "sail":
        return _start_sail(work)
    if setting.startswith("sc://"):
        return _Engine(setting, _connect(setting, {}), lambda: None)
    running = [name for name in _open if name != "sail" and not name.startswith("sc://")]
    if running:
        raise EngineError(f"engine {setting}: this process already drives {running[0]}; close that first")
    return _start_spark(setting, work, conf)


def _start_sail(work: Path) -> _Engine:
    # A model may train for longer than the 15 idle minutes after which Sail forgets a session.
    os.environ.setdefault("SAIL_SPARK__SESSION_TIMEOUT_SECS", str(24 * 3600))
    os.environ.setdefault("RUST_LOG", "error")
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    address = server.listening_address
    if address is None:
        raise EngineError("engine sail: its server did not start; set RUST_LOG=info to see why")
    session = _connect(f"sc://127.0.0.1:{address[1]}", {"spark.sql.session.timeZone": "UTC"})
    return _Engine("sail", session, server.stop)


def _start_spark(master: str, work: Path, conf: Mapping[str, str]) -> _Engine:
    """Start a Java driver with a Connect server on a free loopback port.

    PySpark's own way (`spark.api.mode=connect`) always takes port 15002, so that two runs on one machine
    would meet. Its log goes to a file, since Ivy, log4j and the JVM each have their own chatter.
    """
    _require_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if _is_loopback(master):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    logging.getLogger("py4j").setLevel(logging.WARNING)  # it tells of each connection that it closes
    token = str(uuid.uuid4())
    wanted = SparkConf().setAll([*_spark_conf(master, work, token).items(), *conf.items()])
    log = work / "spark.log"
    with _environment(SPARK_CONNECT_MODE_ENABLED=None, SPARK_REMOTE=None), log.open("ab") as sink:
        try:
            gateway: Any = launch_gateway(wanted, {"stdout": sink, "stderr": sink})  # type: ignore[no-untyped-call]
        except Exception as error:  # py4j raises bare ones; the log says why
            raise EngineError(_why_not_started(master, log)) from error
        try:
            context = SparkContext(conf=wanted, gateway=gateway)
        except Exception as error:
            _end_java(gateway)
            raise EngineError(f"engine {master}: {_first_line(error)}; its log is {log}") from error
    service = getattr(context._jvm, "org.apache.spark.sql.connect.service.SparkConnectService$")
    port = getattr(service, "MODULE$").localPort()

    def stop() -> None:
        with suppress(Exception):
            context.stop()
        _end_java(gateway)

    return _Engine(master, _connect(f"sc://localhost:{port}/;token={token}", {}), stop)


def _spark_conf(master: str, work: Path, token: str) -> dict[str, str]:
    conf = {
        "spark.master": master,
        "spark.app.name": "cameo",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        "spark.connect.authenticate.token": token,
        "spark.jars.packages": DELTA_PACKAGE,
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.warehouse.dir": (work / "warehouse").as_uri(),
        "spark.sql.redaction.string.regex": "(?i)[0-9a-f]{64,}",
        "spark.ui.enabled": "false",
        # Warnings and errors quote the records they were made of; what failed is told to the client.
        "spark.log.level": "FATAL",
    }
    if _is_loopback(master):
        conf |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "4",
            "spark.databricks.delta.snapshotPartitions": "2",
        }
    if master.startswith("local"):
        conf |= {"spark.driver.memory": "3g", "spark.local.dir": str(work / "scratch")}
    return conf


def _is_loopback(master: str) -> bool:
    return master.startswith(("local", "spark://127.", "spark://localhost"))


def _connect(url: str, conf: Mapping[str, str]) -> SparkSession:
    """A new session of its own; `getOrCreate` would hand out the one of another engine."""
    from pyspark.logger import PySparkLogger
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"  # what makes pyspark.sql.functions build Connect columns
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        # They would print each error with the value that caused it.
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)
    session = ConnectSession.builder.remote(url).create()
    # 4 seconds instead of ten minutes: a server in this process does not come back, and a task is tried again.
    session.client.set_retry_policies([DefaultPolicy(max_retries=4)])
    try:
        session.sql("SELECT 1").collect()
        for key, value in conf.items():
            session.conf.set(key, value)
    except Exception as error:
        session.release_session_on_close = False
        _within(_STOP_SECONDS, session.stop)
        shown = url.split(";")[0]
        raise EngineError(f"no Spark Connect server answers at {shown}: {_first_line(error)}") from error
    return session  # type: ignore[return-value]


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    how = (
        f"Spark needs Java {_JAVA_NEEDED} or newer. Install it (Debian: apt-get install openjdk-17-jre-headless) "
        "or set JAVA_HOME, or run without Java: ENGINE=sail"
    )
    if not java or not Path(java).exists():
        raise EngineError(f"{'JAVA_HOME=' + home + ' holds no java' if home else 'no java on PATH'}. {how}")
    asked = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', asked.stderr + asked.stdout)
    if not found or int(found.group(1)) < _JAVA_NEEDED:
        raise EngineError(f"{java} is Java {found.group(1) if found else 'of an unknown version'}. {how}")


def _why_not_started(master: str, log: Path) -> str:
    text = log.read_text("utf-8", "replace")[-20_000:] if log.exists() else ""
    if "unresolved dependency" in text or "UNRESOLVED DEPENDENCIES" in text or "download failed" in text:
        return (
            f"engine {master}: the Delta jars ({DELTA_PACKAGE}, 87 MB) are not in ~/.ivy2.5.2 and cannot be fetched. "
            "Start once with a network (or a mirror: spark.jars.ivySettings), or copy that folder from a machine "
            f"that has it, or run ENGINE=sail. Its log is {log}"
        )
    return f"engine {master}: Java ended before Spark was up; its log is {log}"


def _end_java(gateway: Any) -> None:
    """End the Java process; PySpark keeps it until Python ends, and then a second engine would meet the first."""
    from pyspark import SparkContext

    with suppress(Exception):
        gateway.shutdown()
    SparkContext._gateway = None
    SparkContext._jvm = None
    # `stop` forgets the context only when Java still answers; one that was killed would be "already running" for ever.
    SparkContext._active_spark_context = None
    process = getattr(gateway, "proc", None)
    if process is None:
        return
    with suppress(Exception):
        process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP_SECONDS)


@contextmanager
def _environment(**changed: str | None) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in changed}
    _put(changed)
    try:
        yield
    finally:
        _put(before)


def _put(values: Mapping[str, str | None]) -> None:
    for key, value in values.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Call, but do not wait for ever: what hangs is left to a daemon thread."""

    def quietly() -> None:
        with suppress(Exception):
            call()

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    thread.join(seconds)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _forget() -> None:
    """After a fork the parent's session is not ours: using it hangs both, stopping it would stop the parent's."""
    global _lock, _forked
    _lock = threading.RLock()
    _forked = _ever_opened
    _open.clear()


os.register_at_fork(after_in_child=_forget)
