from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from jobs.runtime import engine as engines
from jobs.runtime.engine import EngineError, check_setting, get_engine

ROOT = Path(__file__).resolve().parents[3]


def python(code: str, *args: str, env: dict[str, str] | None = None, timeout: float = 120) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        cwd=ROOT,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def listening(process: psutil.Process) -> set[str]:
    found = [process, *process.children(recursive=True)]
    return {c.laddr.ip for p in found for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN}


@pytest.mark.parametrize("setting", ["sail", "local[2]", "local[*]", "spark://h:7077", "yarn", "k8s://x", "sc://h:1"])
def test_settings_that_name_an_engine(setting: str) -> None:
    check_setting(setting)


@pytest.mark.parametrize("setting", ["", "Sail", "local[x]", "spark", "http://h", "local[2] "])
def test_setting_that_names_none_is_told_what_to_write(setting: str) -> None:
    with pytest.raises(EngineError, match=r"expected sail, local\[N\], spark://"):
        check_setting(setting)


def test_session_is_shared_within_a_process(spark, engine_folder: Path) -> None:
    assert get_engine("sail", work=engine_folder / "sail") is spark


def test_times_are_utc_on_each_engine(engine) -> None:
    assert engine.conf.get("spark.sql.session.timeZone") == "UTC"
    row = engine.sql("SELECT CAST(TIMESTAMP'2024-01-01 00:00:00+08:00' AS STRING) AS t").first()
    assert row["t"] == "2023-12-31 16:00:00"


def test_sail_says_nothing_listens_on_loopback_and_ends_clean(tmp_path: Path) -> None:
    said = python(
        """
import sys, psutil
from pathlib import Path
from jobs.runtime.engine import open_engine
with open_engine("sail", work=Path(sys.argv[1])) as spark:
    assert spark.range(3).count() == 3
    me = psutil.Process()
    assert {c.laddr.ip for c in me.net_connections("inet") if c.status == "LISTEN"} == {"127.0.0.1"}
    assert me.children(recursive=True) == []
with open_engine("sail", work=Path(sys.argv[1])) as spark:
    assert spark.range(4).count() == 4
assert not [c for c in me.net_connections("inet") if c.status == "LISTEN"]
""",
        str(tmp_path / "work"),
    )
    assert said == ""


def test_process_that_never_closes_its_engine_ends_all_the_same(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from jobs.runtime.engine import get_engine\n"
    code += "print(get_engine('sail', work=Path(sys.argv[1])).range(3).count())"
    assert python(code, str(tmp_path), timeout=60) == "3\n"


def test_forked_child_gets_an_error_and_the_parent_goes_on(tmp_path: Path) -> None:
    said = python(
        """
import os, sys
from pathlib import Path
from jobs.runtime.engine import EngineError, get_engine
spark = get_engine("sail", work=Path(sys.argv[1]))
pid = os.fork()
if pid == 0:
    try:
        get_engine("sail", work=Path(sys.argv[1]))
    except EngineError as error:
        os._exit(7 if "fork before" in str(error) else 8)
    os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), spark.range(5).count())
""",
        str(tmp_path),
        timeout=60,
    )
    assert said == "7 5\n"


def test_engine_after_a_fork_of_a_parent_without_one(tmp_path: Path) -> None:
    said = python(
        """
import os, sys
from pathlib import Path
from jobs.runtime.engine import close_engines, get_engine
pid = os.fork()
if pid == 0:
    rows = get_engine("sail", work=Path(sys.argv[1])).range(6).count()
    close_engines()
    os._exit(rows)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""",
        str(tmp_path),
        timeout=60,
    )
    assert said == "6\n"


def test_without_java_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineError, match=r"no java on PATH.*openjdk-17.*ENGINE=sail"):
        engines._require_java()


def test_old_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"is Java 8\. Spark needs Java 17"):
        engines._require_java()


def test_missing_jars_are_told_from_the_log(tmp_path: Path) -> None:
    log = tmp_path / "spark.log"
    log.write_text(":: UNRESOLVED DEPENDENCIES ::\n")
    assert "Delta jars (io.delta:delta-spark_4.2_2.13:4.4.0" in engines._why_not_started("local[2]", log)
    log.write_text("something else")
    assert f"its log is {log}" in engines._why_not_started("local[2]", log)


@pytest.mark.spark
def test_jars_that_cannot_be_fetched_are_named_by_a_real_start(tmp_path: Path) -> None:
    settings = tmp_path / "ivysettings.xml"
    settings.write_text(
        '<ivysettings><settings defaultResolver="none"/><resolvers>'
        f'<filesystem name="none"><artifact pattern="{tmp_path}/[artifact].[ext]"/></filesystem>'
        "</resolvers></ivysettings>"
    )
    said = python(
        """
import sys
from pathlib import Path
from jobs.runtime.engine import EngineError, get_engine
try:
    get_engine("local[1]", work=Path(sys.argv[1]) / "w", conf={
        "spark.jars.ivySettings": sys.argv[2], "spark.jars.ivy": sys.argv[1] + "/ivy"})
except EngineError as error:
    print(error)
""",
        str(tmp_path),
        str(settings),
    )
    assert "the Delta jars" in said
    assert "cannot be fetched" in said


@pytest.mark.spark
def test_java_listens_on_loopback_only_and_wants_the_token(java_spark) -> None:
    assert listening(psutil.Process()) <= {"127.0.0.1", "::ffff:127.0.0.1"}
    url = java_spark.client._builder.url
    assert "token=" in url.params
    with pytest.raises(EngineError, match="no Spark Connect server answers"):
        engines._connect(f"sc://localhost:{url.port}/;token=wrong", {})


@pytest.mark.spark
def test_second_java_driver_is_refused(java_spark, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"already drives local\[2\]"):
        get_engine("local[1]", work=tmp_path)


@pytest.mark.spark
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_java_ends_with_its_python(tmp_path: Path, how: signal.Signals) -> None:
    code = "import sys, time; from pathlib import Path; from jobs.runtime.engine import get_engine\n"
    code += "get_engine('local[1]', work=Path(sys.argv[1])); print('up', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"up\n"
        children = psutil.Process(started.pid).children(recursive=True)
        assert any("java" in c.name() for c in children)
        started.send_signal(how)
        started.wait(30)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def test_server_that_does_not_answer_is_named_without_its_token() -> None:
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"answers at sc://127.0.0.1:1/") as caught:
        engines._connect("sc://127.0.0.1:1/;token=secret", {})
    assert "secret" not in str(caught.value)
    assert time.monotonic() - started < 60
