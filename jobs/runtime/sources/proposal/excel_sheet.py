"""The records of a sheet of an Excel file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import python_calamine as calamine

from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.records import Found, as_text
from jobs.runtime.sources.proposal.separated import named_columns


def read_sheet(path: Path, file: BinaryIO, most: int, usual: Callable[[str], bool]) -> Found:
    """The first sheet that has a row below its first."""
    book = _book(path, file)
    names: list[str] = book.sheet_names
    for name in names:
        rows = [[as_text(v) or "" for v in row] for row in book.get_sheet_by_name(name).to_python(nrows=most + 1)]
        rows = [row for row in rows if any(v.strip() for v in row)]
        if len(rows) > 1:
            header, columns, told = named_columns(rows, most, usual)
            why = {"format": "it is an Excel file", "header": told}
            if len(names) > 1:
                why["sheet"] = f"the first of {len(names)} sheets that has records"
            return Found("excel", columns, header, sheet=name if len(names) > 1 else None, why=why)
    raise SourceUnreadable(f"{path}: none of its {len(names)} sheets has records")


def _book(path: Path, file: BinaryIO) -> calamine.CalamineWorkbook:
    try:
        return calamine.load_workbook(file)
    except (calamine.CalamineError, ValueError, OSError) as error:
        # The error's own text may quote a cell.
        raise SourceUnreadable(f"{path}: it cannot be read as Excel ({type(error).__name__})") from None
