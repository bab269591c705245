"""Files as they should not be, made from good ones by a seeded generator."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

HEADER = ["id", "user", "about", "stars", "words", "at"]
NASTY = [
    "=1+1", '=HYPERLINK("http://x","y")', "+86", "@SUM(A1)", "'; DROP TABLE silver.review; --", "${jndi:ldap://x}",
    "<script>alert(1)</script>", "../../etc/passwd", "{{7*7}}", "`rm -rf /`", "NaN", "Infinity", "-1e400", "1e999",
    "2026-02-30 25:61:61", "0000-00-00", "99999999999999999999", "\x00", "\x1f", "\ufffd", "\u202e", "🙂" * 50, "\\",
    '"', '""', "a\nb", "a\r\nb", ",", ";", "\t", "null", "NULL", "-", "", " ", "　", "x" * 100_000,
]  # fmt: skip


@dataclass(frozen=True)
class Malformed:
    """One file: its name, its bytes, and what a mapping of it would say."""

    name: str
    content: bytes
    format: str
    encoding: str = "utf-8"


def malformed_files(number: int, seed: int) -> Iterator[Malformed]:
    """So many files, the same ones each time, but for the moment that workbooks are stamped with."""
    dice = random.Random(seed)
    for i in range(number):
        kind = dice.choice(sorted(_WRITTEN))
        encoding = dice.choice(["utf-8", "gb18030", "utf-16"]) if kind in _TEXTS else "utf-8"
        content = _WRITTEN[kind](_rows(dice), encoding)
        for _ in range(dice.randint(0, 3)):
            content = dice.choice(_WRECKED)(dice, content)
        name, content = _packed(dice, f"{i}.{kind}", content)
        if dice.random() < 0.2:
            content = dice.choice(_WRECKED)(dice, content)
        stated = dice.choice(["utf-8", "gb18030", "utf-16"]) if kind in _TEXTS and dice.random() < 0.2 else encoding
        yield Malformed(name, content, kind, stated)


def _rows(dice: random.Random) -> list[list[str]]:
    rows = [[str(n), f"u{n % 7}", "医生", "5", "好", "2026-01-05 08:00:00"] for n in range(dice.randint(0, 30))]
    for row in rows:
        if dice.random() < 0.4:
            row[dice.randrange(len(row))] = dice.choice(NASTY)
    return rows


def _csv(rows: list[list[str]], encoding: str) -> bytes:
    # Nothing is quoted: that is what makes them malformed.
    return "\n".join(",".join(row) for row in [HEADER, *rows]).encode(encoding, "replace")


def _json_lines(rows: list[list[str]], encoding: str) -> bytes:
    text = "\n".join(json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in rows)
    return text.encode(encoding, "replace")


def _json_array(rows: list[list[str]], encoding: str) -> bytes:
    deep = "[" * 3000 + "]" * 3000 if len(rows) % 5 == 1 else "1"
    elements = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in rows]
    return f"[{', '.join([*elements, deep])}]".encode(encoding, "replace")


def _excel(rows: list[list[str]], encoding: str) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in [HEADER, *rows]:
        book.active.append([None if any(ord(c) < 32 for c in cell) else cell[:30_000] for cell in row])
    book.save(out)
    return out.getvalue()


def _parquet(rows: list[list[str]], encoding: str) -> bytes:
    out = io.BytesIO()
    columns = {name: [row[i] for row in rows] for i, name in enumerate(HEADER)}
    pq.write_table(pa.table(columns, schema=pa.schema([(n, pa.string()) for n in HEADER])), out)
    return out.getvalue()


_TEXTS = ("csv", "json_lines", "json_array")
_WRITTEN: dict[str, Callable[[list[list[str]], str], bytes]] = {
    "csv": _csv,
    "json_lines": _json_lines,
    "json_array": _json_array,
    "excel": _excel,
    "parquet": _parquet,
}


def _cut(dice: random.Random, content: bytes) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _flipped(dice: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.randint(1, 8)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


_JUNK = (b"\x00" * 50, b'"', b"\xff\xfe", b"\n\n\n", b"{", b"]", b"\r", b"x" * 1_000_000, b"\xef\xbb\xbf")


def _with_something_in_it(dice: random.Random, content: bytes) -> bytes:
    at = dice.randrange(len(content) + 1)
    junk = dice.choice(
        [b"\x00" * 50, b'"', b"\xff\xfe", b"\n\n\n", b"{", b"]", b"\r", b"x" * 1_000_000, b"\xef\xbb\xbf"]
    )
    return content[:at] + junk + content[at:]


def _half_twice(dice: random.Random, content: bytes) -> bytes:
    return content[: len(content) // 2] + content


_WRECKED = (_cut, _flipped, _with_something_in_it, _half_twice)


def _packed(dice: random.Random, name: str, content: bytes) -> tuple[str, bytes]:
    way = dice.random()
    if way < 0.2:
        return f"{name}.gz", gzip.compress(content, mtime=0)
    if way < 0.4:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return f"{name}.zip", out.getvalue()
    return name, content
