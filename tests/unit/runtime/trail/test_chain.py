"""What is appended to the audit trail, by one process or by two at once."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from deltalake import DeltaTable
from trail_hospital import CONF, DAYS, Clock, Hospital

from jobs.maintain_tables import Retention
from jobs.runtime.conf_file import ConfError, load
from jobs.runtime.settings import project_root
from jobs.runtime.trail import chain
from jobs.runtime.trail.chain import last_entry
from jobs.runtime.trail.conf_state import ConfState, key_changes, read_conf
from jobs.runtime.trail.entry import Entry, Last
from schemas.trail import TRAIL


def test_a_machine_whose_clock_is_behind_goes_on_in_the_last_day(filled: Hospital) -> None:
    Clock.time = datetime(2026, 3, 3, 23, 59, tzinfo=UTC)
    filled.trail().append(Entry("run", "late", {}))
    last = filled.rows()[-1]
    assert (last["day"], last["seq"], last["at"]) == (DAYS[2], 4, Clock.time)
    assert filled.faults() == []


def test_compaction_leaves_the_trail_whole(filled: Hospital) -> None:
    filled.store.compact(TRAIL)
    filled.trail().append(Entry("run", "after", {}))
    found = filled.verify()
    assert (found.entries, found.faults) == (13, [])


def test_a_changed_file_of_conf_is_told_once_with_its_difference(filled: Hospital) -> None:
    changed = ConfState({"policy.yml": "cap: 9\n", "audiences/new.yml": "code: new\n"})
    for _ in range(2):
        filled.trail(changed).tell_conf()
    told = filled.rows()[12:]
    assert [(r["kind"], r["subject"]) for r in told] == [
        ("conf", "audiences/new.yml"), ("policy", "policy.yml"), ("tags", "tags/need/one.yml"),
    ]  # fmt: skip
    details = [json.loads(r["detail"]) for r in told]
    assert "-cap: 3\n+cap: 9" in details[1]["diff"]
    assert details[1]["before"] == hashlib.sha256(b"cap: 3\n").hexdigest()
    assert details[1]["after"] == hashlib.sha256(b"cap: 9\n").hexdigest()
    assert [(d["before"] is None, d["after"] is None) for d in details] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert filled.faults() == []


def test_a_change_is_told_by_keys() -> None:
    before = "a: {b: 3, c: [x, y]}\nbans:\n- {code: one, rule: r}\n- {code: two, rule: s}\n"
    after = "a: {b: 2, c: [x]}\nbans:\n- {code: new, rule: n}\n- {code: two, rule: s}\n- {code: one, rule: q}\n"
    assert key_changes(before, after) == [
        'a.b: 3 -> 2',
        'a.c: ["x", "y"] -> ["x"]',
        'bans.new.code: (none) -> "new"',
        'bans.new.rule: (none) -> "n"',
        'bans.one.rule: "r" -> "q"',
    ]  # fmt: skip
    assert key_changes("a: 1  # why\n", "a: 1\n") == []
    assert key_changes("a: 1\n", "") == ["(all): (none) -> null", "a: 1 -> (none)"]
    assert key_changes("a: [\n", "a: 1\n") == []


def test_a_run_of_before_the_change_does_not_tell_the_change_again(filled: Hospital) -> None:
    changed = ConfState({**CONF.texts, "policy.yml": "cap: 9\n"})
    filled.trail(changed).tell_conf()
    filled.trail(CONF).append(Entry("run", "began_before", {}))
    filled.trail(changed).tell_conf()
    assert [r["subject"] for r in filled.rows()[12:]] == ["policy.yml", "began_before"]
    assert filled.faults() == []


def test_a_run_under_a_conf_that_was_never_told_is_found(filled: Hospital) -> None:
    filled.trail(ConfState({"policy.yml": "cap: 99\n"})).append(Entry("run", "hidden", {}))
    assert filled.faults() == [("2026-03-04", "entry 4 was made under a conf/ that no entry before it tells of")]


def test_conf_of_this_checkout_can_be_read(hospital: Hospital) -> None:
    conf = read_conf(project_root() / "conf")
    assert {"policy.yml", "retention.yml", "audiences/recall_price.yml", "models/churn.yml"} <= set(conf.texts)
    assert any(path.startswith("tags/value/") for path in conf.texts)
    assert not any(path.startswith(("settings", "sources", "hospitals")) for path in conf.texts)


def test_an_append_that_another_came_before_is_made_again_after_it(
    filled: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals = ["first", "second"]

    def rival_comes_before(stored: DeltaTable) -> Last | None:
        last = last_entry(stored)
        if rivals:
            rival(rivals.pop())
        return last

    def rival(name: str) -> None:
        with monkeypatch.context() as alone:
            alone.setattr(chain, "last_entry", last_entry)
            filled.trail().append(Entry("run", name, {}))

    monkeypatch.setattr(chain, "last_entry", rival_comes_before)
    filled.trail().append(Entry("run", "mine", {}))
    assert [r["subject"] for r in filled.rows()[12:]] == ["second", "first", "mine"]
    assert filled.faults() == []


WRITER = """
import sys, time
from pathlib import Path
from jobs.runtime.store import Store
from jobs.runtime.trail.chain import Trail
from jobs.runtime.trail.conf_state import ConfState
from jobs.runtime.trail.entry import Entry
me, folder = sys.argv[1], Path(sys.argv[2])
trail = Trail(Store(str(folder / "lake")), folder / "anchors", ConfState({"policy.yml": "cap: 3"}), me)
(folder / f"{me}.ready").touch()
while len(list(folder.glob("*.ready"))) < 2:
    time.sleep(0.005)
trail.tell_conf()
for number in range(15):
    trail.append(Entry("run", f"{me}_{number}", {}), Entry("model", f"{me}_{number}", {}))
"""


def test_two_processes_that_append_at_once_lose_nothing_and_the_chain_does_not_fork(hospital: Hospital) -> None:
    folder = hospital.anchors.parent
    command = [sys.executable, "-c", WRITER]
    runs = [subprocess.Popen([*command, name, str(folder)], cwd=project_root()) for name in ("one", "other")]
    assert [run.wait(timeout=120) for run in runs] == [0, 0]
    rows = hospital.rows()
    assert [r["subject"] for r in rows if r["run_id"] == "one" and r["kind"] == "run"] == [
        f"one_{n}" for n in range(15)
    ]
    assert len(rows) == 2 * 15 * 2 + 1
    assert hospital.faults() == []


def test_an_entry_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'gossip'"):
        Entry("gossip", "job", {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"audit.trail": 400}, "trail is kept for ever"),
        ({"silver.identity": None, "silver.nobody": 3}, "not declared: silver.nobody"),
        ({"gold.user_tag": 400}, "tables without days, of which none can be given up: gold.user_tag"),
        (None, "nobody said how long they are kept: audit.suppressed, bronze.account, "),
    ],
)
def test_retention_names_every_table_about_persons_and_never_the_trail(
    tmp_path: Path, change: dict[str, int | None] | None, said: str
) -> None:
    stated = yaml.safe_load((project_root() / "conf" / "retention.yml").read_text())
    stated["keep_days"] = {} if change is None else {**stated["keep_days"], **change}
    path = tmp_path / "retention.yml"
    path.write_text(yaml.safe_dump(stated))
    with pytest.raises(ConfError, match=said):
        load(path, Retention)
