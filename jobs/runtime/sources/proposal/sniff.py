"""What kind of file an export is, and its first records as columns of text."""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from jobs.runtime.intake.unpack import CannotUnpack, is_packed, members, open_bytes
from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.excel_sheet import read_sheet
from jobs.runtime.sources.proposal.json_records import read_json
from jobs.runtime.sources.proposal.records import Found, columns_of, flat
from jobs.runtime.sources.proposal.separated import read_separated

HEAD_BYTES = 32 << 20
RECORDS = 2_000
# Above this share of undecodable lines a file is in another encoding; below it those lines are broken.
_MOST_BROKEN = 0.01
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".et")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sample:
    """`header` is None where the file has no names; the columns are then called column_1, column_2, …

    `why`: a sentence for each decision, by the mapping's key it stands at. None of them quotes a value.
    """

    path: Path
    format: str
    columns: dict[str, list[str | None]]
    encoding: str = "utf-8"
    delimiter: str = ","
    header: tuple[str, ...] | None = None
    records_path: str | None = None
    sheet: str | None = None
    why: dict[str, str] = field(default_factory=dict)
    lines_above: int = 1

    @property
    def records(self) -> int:
        return max(map(len, self.columns.values()), default=0)


def sniff(path: Path, usual: Callable[[str], bool] = lambda name: False) -> Sample:
    """The sample of one file; `usual` says whether a word is known as a column's name.

    SourceUnreadable when it is no file, has no records, or is of a kind that no mapping can read.
    """
    if not path.is_file():
        raise SourceUnreadable(f"{path}: expected an export file here, found {'a folder' if path.is_dir() else 'none'}")
    try:
        head, whole = _head(path)
        sample = _sample(path, head, whole, usual)
    except CannotUnpack as error:
        raise SourceUnreadable(f"{path}: {error}: unpack it first, or see whether the copy is complete") from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        kind = type(error).__name__
        raise SourceUnreadable(f"{path}: cannot be unpacked ({kind}): is the copy complete?") from error
    if sample.records == 0:
        raise SourceUnreadable(f"{path}: it has no records to guess from; take a file of a day with some")
    return sample


def _head(path: Path) -> tuple[bytes, bool]:
    """The first bytes, unpacked, and whether they are all."""
    with _opened(path) as file:
        head = file.read(HEAD_BYTES)
        return head, not file.read(1)


def _opened(path: Path) -> BinaryIO:
    inside = members(path)
    if len(inside) != 1:
        raise SourceUnreadable(f"{path}: expected one file in the zip, found {len(inside)}: unpack it")
    return open_bytes(path, inside[0])


def _sample(path: Path, head: bytes, whole: bool, usual: Callable[[str], bool]) -> Sample:
    if not head.strip():
        raise SourceUnreadable(f"{path}: it is empty; take a file of a day with records")
    inner = _inner_name(path)
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if head.startswith(_OLD_EXCEL) or (head.startswith(b"PK") and inner.suffix.lower() in _EXCEL):
        return _excel(path, head, whole, usual)
    for sign, name in ((b"\x1f\x8b", ".gz"), (b"PK\x03\x04", ".zip")):
        if head.startswith(sign):
            raise SourceUnreadable(f"{path}: it is packed, but not named so; let its name end in {name}")
    encoding, told = _encoding(path, head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head, whole).removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        found = read_json(path, text, whole, RECORDS)
    else:
        found = read_separated(path, text, whole, RECORDS, usual)
    return _of(path, found, encoding, {"encoding": told})


def _of(path: Path, found: Found, encoding: str, told: dict[str, str]) -> Sample:
    why = {**told, **found.why}
    where = (found.records_path, found.sheet, why, found.lines_above)
    return Sample(path, found.format, found.columns, encoding, found.delimiter, found.header, *where)


def _inner_name(path: Path) -> Path:
    """The name without the suffix of what it is packed in."""
    if path.suffix == ".zip":
        return Path(members(path)[0])
    return path.with_suffix("") if path.suffix == ".gz" else path


def _encoding(path: Path, head: bytes) -> tuple[str, str]:
    for bom, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(bom):
            return name, f"it begins with the mark of {name}"
    if head[:2000].count(0) > 0.2 * len(head[:2000]):
        raise SourceUnreadable(
            f"{path}: it is UTF-16 without the mark at its beginning that tells which: "
            "convert it first (iconv -f utf-16le -t utf-8)"
        )
    if head.isascii():
        return "utf-8", "all of it is ASCII"
    for name in ("utf-8", "gb18030"):
        if _decodes(head, name):
            return name, f"all of it reads as {name}" + ("" if name == "utf-8" else ", and not as utf-8")
    lines = head.split(b"\n")[:-1] or [head]
    broken = {name: sum(1 for line in lines if not _decodes(line, name)) for name in ("utf-8", "gb18030")}
    best = min(broken, key=lambda name: broken[name])
    if broken[best] > max(1, _MOST_BROKEN * len(lines)):
        raise SourceUnreadable(
            f"{path}: expected text in utf-8, utf-16 or gb18030, or Parquet, Excel, gzip, zip; "
            f"{broken[best]:,} of {len(lines):,} lines are none of these: convert it first"
        )
    return best, f"all but {broken[best]:,} of {len(lines):,} lines read as {best}"


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        # Not final: the last character may be cut in two.
        codecs.getincrementaldecoder(encoding)().decode(head, False)
    except UnicodeDecodeError:
        return False
    return True


def _parquet(path: Path) -> Sample:
    import pyarrow.parquet as pq

    if is_packed(path):
        raise SourceUnreadable(f"{path}: Parquet is packed in itself: unpack the {path.suffix} first")
    with pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(batch_size=RECORDS), None)
        names = tuple(file.schema_arrow.names)
    rows = [flat(row) for row in (batch.to_pylist() if batch else [])]
    told = "it begins with PAR1, as Parquet does"
    return Sample(path, "parquet", columns_of(rows, names), header=names, why={"format": told})


def _excel(path: Path, head: bytes, whole: bool, usual: Callable[[str], bool]) -> Sample:
    if not whole:
        raise SourceUnreadable(f"{path}: more than {HEAD_BYTES >> 20} MB of Excel: export it as CSV")
    found = read_sheet(path, io.BytesIO(head), RECORDS, usual)
    return _of(path, found, "utf-8", {})
