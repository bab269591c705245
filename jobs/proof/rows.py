"""What the proof found, as rows for the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from features.comparison import Difference


def proof_rows(day: date, users: int, found: Mapping[str, Difference]) -> list[dict[str, Any]]:
    """The day's rows of audit.self_proof, one for each table, also where nothing differs."""
    return [
        {
            "as_of_date": day,
            "table_name": name,
            "sampled_user_count": users,
            "compared_row_count": d.compared,
            "missing_row_count": d.missing,
            "surplus_row_count": d.surplus,
            "changed_row_count": d.changed,
            "difference_count": d.count,
            "changed_columns": {column: float(n) for column, n in d.columns.items()},
        }
        for name, d in found.items()
    ]
