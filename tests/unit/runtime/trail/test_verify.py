"""Whoever changes, loses or adds anything in the audit trail is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from trail_hospital import DAYS, FIRST, Hospital

from jobs.runtime.export import MANIFEST
from jobs.runtime.store import Store
from jobs.runtime.trail.anchors import write_anchor
from jobs.runtime.trail.chain import anchor_day
from jobs.runtime.trail.conf_state import ConfState
from jobs.runtime.trail.entry import Last, Row, digest
from jobs.runtime.trail.lists import withdrawal_entry
from jobs.runtime.trail.verify import Findings
from schemas.trail import TRAIL


def chained_anew(rows: list[Row]) -> list[Row]:
    """The rows with places and hashes as if they had always been so."""
    seqs: dict[date, int] = {}
    previous = "0" * 64
    for row in rows:
        row["seq"] = seqs.get(row["day"], 0)
        seqs[row["day"]] = row["seq"] + 1
        row["previous_hash"] = previous
        previous = row["hash"] = digest(row)
    return rows


def test_a_trail_that_nobody_wrote_is_whole(hospital: Hospital) -> None:
    assert hospital.verify() == Findings()


def test_a_whole_trail_verifies_with_its_counts(filled: Hospital) -> None:
    found = filled.verify()
    assert (found.entries, found.days, found.anchors, found.faults, found.without_anchor) == (12, 3, 11, [], [])


def test_entries_follow_each_other_from_day_to_day(filled: Hospital) -> None:
    rows = filled.rows()
    assert [(r["day"], r["seq"]) for r in rows] == [(day, seq) for day in DAYS for seq in range(4)]
    assert [r["previous_hash"] for r in rows] == ["0" * 64, *(r["hash"] for r in rows[:-1])]


def other(value: object) -> object:
    """The smallest change to a value."""
    if isinstance(value, str):
        return chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return value + timedelta(days=1) if isinstance(value, date) else int(str(value)) + 1


@pytest.mark.parametrize("column", TRAIL.column_names)
def test_the_smallest_change_in_any_column_of_any_entry_is_found_on_its_day(filled: Hospital, column: str) -> None:
    whole = filled.rows()
    for place, row in enumerate(whole):
        for value in (other(row[column]), None) if place in (0, 5, 11) else (other(row[column]),):
            filled.rewrite([*whole[:place], {**row, column: value}, *whole[place + 1 :]])
            days = {place_ for place_, _ in filled.faults()}
            moved_to = "no day" if value is None else str(value)
            assert days >= {moved_to if column == "day" else str(row["day"])}, (place, value)


def test_a_changed_entry_is_named_and_no_other_day_is_blamed(filled: Hospital) -> None:
    rows = filled.rows()
    rows[5]["detail"] = rows[5]["detail"].replace("care", "sale")
    filled.rewrite(rows)
    assert filled.faults() == [("2026-03-02", "entry 1 was changed: its content no longer has its hash")]


def test_a_lost_entry_is_named(filled: Hospital) -> None:
    rows = filled.rows()
    filled.rewrite(rows[:5] + rows[6:])
    assert filled.faults() == [("2026-03-02", "entry 1 is lost: entry 2 stands in its place")]


def test_a_lost_day_is_found_on_the_day_itself_and_where_the_next_begins(filled: Hospital) -> None:
    filled.rewrite([r for r in filled.rows() if r["day"] != DAYS[1]])
    (lost, after) = filled.faults()
    assert (lost[0], after[0]) == ("2026-03-02", "2026-03-04")
    assert "the trail has 0" in lost[1]
    assert "entry 0 does not follow" in after[1]


def test_an_inserted_entry_is_named(filled: Hospital) -> None:
    rows = filled.rows()
    extra = {**rows[5], "subject": "never_ran"}
    filled.rewrite([*rows, {**extra, "hash": digest(extra)}])
    assert filled.faults() == [("2026-03-02", "entry 1 is there twice: one of them was put in")]


def test_an_entry_put_in_at_the_end_of_a_day_shows_where_the_next_begins(filled: Hospital) -> None:
    rows = filled.rows()
    extra = {**rows[7], "seq": 4, "previous_hash": rows[7]["hash"]}
    filled.rewrite([*rows, {**extra, "hash": digest(extra)}])
    ((day, what),) = filled.faults()
    assert (day, "entry 0 does not follow" in what) == ("2026-03-04", True)


def test_two_swapped_entries_are_found(filled: Hospital) -> None:
    rows = filled.rows()
    rows[5]["seq"], rows[6]["seq"] = 2, 1
    filled.rewrite(rows)
    assert filled.faults() == [("2026-03-02", "entry 1 was changed: its content no longer has its hash")]


def test_two_swapped_entries_with_new_hashes_no_longer_follow(filled: Hospital) -> None:
    rows = filled.rows()
    rows[5]["seq"], rows[6]["seq"] = 2, 1
    for row in rows[5:7]:
        row["hash"] = digest(row)
    filled.rewrite(rows)
    ((day, what),) = filled.faults()[:1]
    assert (day, "entry 1 does not follow" in what) == ("2026-03-02", True)


def test_a_lost_end_is_found_by_the_anchor(filled: Hospital) -> None:
    filled.rewrite(filled.rows()[:-2])
    ((day, what),) = filled.faults()
    assert day == "2026-03-04"
    assert what.startswith("the end is lost: anchor 2026-03-04.jsonl, line 3 knows 3 entries, the trail has 2")


def test_a_trail_taken_away_whole_is_found_by_the_anchors(filled: Hospital) -> None:
    Path(filled.store.path(TRAIL)).rename(Path(filled.store.root) / "elsewhere")
    filled.store = Store(filled.store.root)
    assert [place for place, _ in filled.faults()] == [str(day) for day in DAYS]


def test_a_chain_made_anew_after_a_change_is_found_by_the_anchors(filled: Hospital) -> None:
    rows = filled.rows()
    rows[5]["detail"] = rows[5]["detail"].replace("care", "sale")
    filled.rewrite(chained_anew(rows))
    assert [place for place, _ in filled.faults()] == ["2026-03-02", "2026-03-04"]
    assert "entry 1 is not the one that anchor 2026-03-02.jsonl, line 2 tells of" in filled.faults()[0][1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda line: line.replace('"hash":"', '"hash":"0'), "one of the two was rewritten"),
        (lambda line: line.replace('"entries":2', '"entries":3'), "one of the two was rewritten"),
        (lambda line: line.replace('"entries":2', '"entries":9'), "the end is lost"),
        (lambda line: line.replace('"day":"2026-03-02"', '"day":"2026-03-01"'), "line 2 cannot be read"),
        (lambda line: line[:20], "line 2 cannot be read"),
    ],
)
def test_a_changed_anchor_is_found(filled: Hospital, change: Callable[[str], str], said: str) -> None:
    path = filled.anchors / "2026-03-02.jsonl"
    lines = path.read_text().splitlines()
    assert change(lines[1]) != lines[1]
    path.write_text("\n".join([lines[0], change(lines[1]), *lines[2:]]) + "\n")
    ((day, what),) = filled.faults()
    assert (day, said in what) == ("2026-03-02", True)


def test_a_day_without_an_anchor_is_told_but_is_no_fault(filled: Hospital) -> None:
    (filled.anchors / "2026-03-02.jsonl").unlink()
    found = filled.verify()
    assert (found.without_anchor, found.faults) == ([DAYS[1]], [])


def test_a_day_is_anchored_again_on_request_and_nothing_of_before_is_rewritten(filled: Hospital) -> None:
    path = filled.anchors / "2026-03-02.jsonl"
    before = path.read_text()
    line = anchor_day(filled.store, filled.anchors, DAYS[1])
    assert path.read_text() == f"{before}{line}\n"
    assert json.loads(line)["hash"] == filled.rows()[7]["hash"]
    assert filled.faults() == []
    with pytest.raises(ValueError, match="has no entry of 2026-03-03"):
        anchor_day(filled.store, filled.anchors, FIRST + timedelta(days=2))


def test_a_range_begins_at_the_end_of_the_day_before(filled: Hospital) -> None:
    rows = filled.rows()
    found = filled.verify(DAYS[1], DAYS[1])
    assert (found.entries, found.days, found.faults) == (4, 1, [])
    filled.rewrite([*rows[:4], *chained_anew(rows[4:])])
    assert "entry 0 does not follow" in filled.verify(since=DAYS[1]).faults[0].what


def test_lists_are_as_the_trail_tells_also_when_published_anew(hospital: Hospital) -> None:
    hospital.trail().tell_conf()
    hospital.publish(content=b"a\r\n")
    hospital.publish(content=b"b\r\n")
    hospital.publish("family")
    found = hospital.verify()
    assert (found.lists, found.faults) == (2, [])


def test_a_changed_manifest_a_changed_list_and_an_untold_list_are_each_named(hospital: Hospital) -> None:
    hospital.trail().tell_conf()
    manifest = hospital.publish("manifest") / MANIFEST
    manifest.write_bytes(manifest.read_bytes().replace(b"1", b"2"))
    (hospital.publish("content") / "list.csv").write_bytes(b"z\r\n")
    (hospital.publish("part") / "list.csv").unlink()
    hospital.publish("untold", told=False)
    hospital.publish("withdrawn")
    hospital.trail().append(withdrawal_entry(FIRST, "withdrawn"))
    hospital.publish("whole")
    said = {place: what.split(";")[0].split(":")[0] for place, what in hospital.faults()}
    assert said == {
        "list 2026-03-01/content": "list.csv was changed or taken away",
        "list 2026-03-01/manifest": "manifest.json was changed",
        "list 2026-03-01/part": "list.csv was changed or taken away",
        "list 2026-03-01/untold": "no entry tells of it",
        "list 2026-03-01/withdrawn": "is there again, though it was taken back",
    }


@pytest.mark.parametrize("kind", ["export", "policy"])
def test_an_entry_that_was_garbled_tells_nothing_and_stops_nobody(hospital: Hospital, kind: str) -> None:
    hospital.trail().tell_conf()
    hospital.publish()
    rows = hospital.rows()
    for row in rows:
        if row["kind"] == kind:
            row["detail"] = "{"
    hospital.rewrite(rows)
    ((place, what), *others) = hospital.faults()
    assert (place, "was changed" in what) == ("2026-03-01", True)
    assert [p for p, _ in others] == (["list 2026-03-01/recall"] if kind == "export" else [])
    hospital.trail(ConfState({})).tell_conf()
    assert hospital.verify(since=DAYS[1]).entries == 0


def test_an_anchor_is_one_line_of_plain_text(tmp_path: Path) -> None:
    for seq in (0, 4):
        write_anchor(tmp_path, Last(FIRST, seq, "ab", None))
    lines = [json.loads(line) for line in (tmp_path / "2026-03-01.jsonl").read_text().splitlines()]
    assert [(t["day"], t["entries"], t["hash"]) for t in lines] == [("2026-03-01", 1, "ab"), ("2026-03-01", 5, "ab")]
