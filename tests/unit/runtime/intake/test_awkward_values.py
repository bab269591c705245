"""What is hard to read is read the same on both engines: numbers, times, codes, units, half-broken JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.runtime.intake.files import find_deliveries
from jobs.runtime.intake.mapping import known_fields, load_mapping
from jobs.runtime.intake.reader import read_records
from jobs.runtime.intake.translate import translate
from schemas.feeds import FEEDS

DAY = date(2026, 1, 5)
READING = """
feed: device_reading
where: device_reading/{day}/*.jsonl
format: json_lines
columns:
  account_token: {from: uid}
  device_token: {from: dev.sn}
  metric: {from: m, codes: {BP: systolic, GLU: glucose, STEP: steps}}
  value: {from: v}
  unit: {from: u}
  measured_at: {from: t, format: [epoch_s, iso, "yyyy/M/d H:mm"]}
"""
GOOD = {"uid": "u1", "dev": {"sn": "d1"}, "m": "BP", "v": 120, "u": "mmHg", "t": 1767571200}
MOMENT = datetime(2026, 1, 5)


def _read(engine: SparkSession, folder: Path, lines: list[str], mapping_text: str = READING) -> dict[int, Any]:
    (folder / "device_reading.yml").write_text(mapping_text)
    file = folder / "in" / "device_reading" / DAY.isoformat() / "a.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(lines), encoding="utf-8")
    feed, mapping = FEEDS["device_reading"], load_mapping(folder / "device_reading.yml")
    deliveries = find_deliveries(folder / "in", mapping, "", feed, DAY, DAY)
    rows = translate(
        read_records(engine, mapping, deliveries, 1, known_fields(mapping, ())), mapping, feed, "Asia/Shanghai"
    )
    return {r.source_line: r for r in rows.where("tally IS NULL").collect()}


VALUES: list[tuple[dict[str, Any], float | None, list[str]]] = [
    ({"v": " １２０．５ "}, 120.5, []),
    ({"v": "1.2e2"}, 120.0, []),
    ({"v": 16.0, "u": "kPa"}, 120.0099, []),
    ({"m": "GLU", "v": "126", "u": "mg/dL"}, 6.9929, []),
    ({"m": "GLU", "v": "7", "u": "MMOL/L"}, 7.0, []),
    ({"m": "STEP", "u": "count", "v": "12,345"}, 12345.0, []),
    ({"m": "STEP", "u": "count", "v": "１２，３４５．０"}, 12345.0, []),
    ({"v": "1,20"}, None, ["unreadable:value"]),
    ({"v": ",120"}, None, ["unreadable:value"]),
    ({"v": "120d"}, None, ["unreadable:value"]),
    ({"v": "NaN"}, None, ["unreadable:value"]),
    ({"v": "1e999"}, None, ["unreadable:value"]),
    ({"v": "-"}, None, ["missing:value"]),
    ({"v": None}, None, ["missing:value"]),
    ({"v": 500}, 500.0, ["out_of_range:value"]),
    ({"u": "furlong"}, 120.0, ["unknown_unit:unit"]),
    ({"m": "XX"}, 120.0, ["unknown_code:metric"]),
    ({"dev": None}, 120.0, []),
    ({"uid": "未知"}, 120.0, ["missing:account_token"]),
    ({"uid": " NULL "}, 120.0, ["missing:account_token"]),
]
TIMES: list[tuple[object, datetime | None, list[str]]] = [
    ("1767571200", MOMENT, []),
    ("2026-01-05T08:00:00+08:00", MOMENT, []),
    ("2026-01-05 08:00:00", MOMENT, []),
    ("2026-01-05T00:00:00.000Z", MOMENT, []),
    ("2026/1/5 8:00", MOMENT, []),
    ("2026-02-30 08:00:00", None, ["unreadable:measured_at"]),
    ("08:00", None, ["unreadable:measured_at"]),
    ("9" * 13, None, ["unreadable:measured_at"]),
    ("2026-01-06 00:59:59", datetime(2026, 1, 5, 16, 59, 59), []),
    ("2026-01-06 01:00:01", datetime(2026, 1, 5, 17, 0, 1), ["future_time"]),
    (0, datetime(1970, 1, 1), ["out_of_range:measured_at"]),
    # 400 days before its delivery, and one more: a meter whose clock began anew.
    ("2024-12-01 08:00:00", datetime(2024, 12, 1), []),
    ("2024-11-30 08:00:00", datetime(2024, 11, 30), ["past_time"]),
    ("2000-01-01 08:00:00", datetime(2000, 1, 1), ["past_time"]),
]
BROKEN = [
    '{"uid": "u1", ',
    '{"uid": "u1"} {"uid": "u2"}',
    "{'uid': 'u1'}",
    '[{"uid": "u1"}]',
    '{"uid": "u1", "v": NaN}',
    '{"uid": "u1", "v": 1e999}',
    '{"uid": "\\ud800"}',
    '{"uid": "u1", "dev": {"sn": "d1"}',
    "{}",
    "null",
]


def test_values_are_read_alike(engine: SparkSession, tmp_path: Path) -> None:
    rows = _read(engine, tmp_path, [json.dumps(GOOD | change) for change, _, _ in VALUES])

    found = [(rows[i].value, rows[i].reject_reasons) for i in range(1, len(VALUES) + 1)]
    assert found == [(value, reasons) for _, value, reasons in VALUES]


def test_times_are_read_alike(engine: SparkSession, tmp_path: Path) -> None:
    rows = _read(engine, tmp_path, [json.dumps(GOOD | {"t": text}) for text, _, _ in TIMES])

    found = [(_utc(rows[i].measured_at), rows[i].reject_reasons) for i in range(1, len(TIMES) + 1)]
    assert found == [(moment, reasons) for _, moment, reasons in TIMES]


def test_broken_lines_are_broken_on_both(engine: SparkSession, tmp_path: Path) -> None:
    rows = _read(engine, tmp_path, ["", json.dumps(GOOD), *BROKEN, "  " + json.dumps(GOOD) + "\r"])

    assert {n: r.reject_reasons for n, r in rows.items()} == {
        2: [],
        **{n: ["broken_line"] for n in range(3, 3 + len(BROKEN))},
        3 + len(BROKEN): [],
    }


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment


def test_what_an_expression_makes_is_read_as_what_stands_in_a_column(engine: SparkSession, tmp_path: Path) -> None:
    made = READING.replace("{from: v}", "{sql: \"replace(raw.v, 'bpm', '')\"}")
    texts = ["72 bpm", "７２ bpm", "1,072 bpm", "high bpm", "bpm", "-"]
    lines = [json.dumps({**GOOD, "m": "STEP", "u": "count", "v": text}) for text in texts]
    rows = _read(engine, tmp_path, lines, made)
    assert [(rows[i].value, rows[i].reject_reasons) for i in range(1, 7)] == [
        (72.0, []),
        (72.0, []),
        (1072.0, []),
        (None, ["unreadable:value"]),
        (None, ["missing:value"]),
        (None, ["missing:value"]),
    ]
