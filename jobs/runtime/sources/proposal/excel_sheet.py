"""The records of a sheet of an Excel file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import python_calamine as calamine

from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.records import Found, as_text
from jobs.runtime.sources.proposal.separated import below_title, named_columns, why_below


def read_sheet(path: Path, file: BinaryIO, most: int, usual: Callable[[str], bool]) -> Found:
    """The first sheet that has a row below its first."""
    book = _book(path, file)
    names: list[str] = book.sheet_names
    for name in names:
        # Empty rows and columns are let be, as by the pipeline's reader: a line is the sheet's row.
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=most + 1)
        filled = [(line, [as_text(v) or "" for v in row]) for line, row in enumerate(cells, 1)]
        rows = below_title([(line, row) for line, row in filled if any(v.strip() for v in row)])
        if len(rows) > 1:
            header, columns, told = named_columns([row for _, row in rows], most, usual)
            first = rows[0][0]
            why = {"format": "it is an Excel file", "header": told, **why_below(first, header)}
            if len(names) > 1:
                why["sheet"] = f"the first of {len(names)} sheets that has records"
            above = first if header else first - 1
            sheet = name if len(names) > 1 else None
            return Found("excel", columns, header, lines_above=above, sheet=sheet, why=why)
    raise SourceUnreadable(f"{path}: none of its {len(names)} sheets has records")


def _book(path: Path, file: BinaryIO) -> calamine.CalamineWorkbook:
    try:
        return calamine.load_workbook(file)
    except (calamine.CalamineError, ValueError, OSError) as error:
        # The error's own text may quote a cell.
        raise SourceUnreadable(f"{path}: it cannot be read as Excel ({type(error).__name__})") from None
