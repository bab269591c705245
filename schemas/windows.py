"""Columns that say the same over several windows."""

from __future__ import annotations

from schemas.table import Column, Sensitivity

USER_KEY = (
    Column(
        "user_id", "string", "Person, as silver.identity knows them on the day.", nullable=False, sensitivity="personal"
    ),
    Column("as_of_date", "date", "Day at whose end this was true.", nullable=False),
)


def windowed(
    name: str,
    type_: str,
    meaning: str,
    days: tuple[int, ...],
    unit: str | None = None,
    nullable: bool = False,
    sensitivity: Sensitivity = "low",
) -> tuple[Column, ...]:
    """`<name>_<n>d` for each n: what happened on the as-of day and the n-1 days before it.

    Not nullable by default: somebody who did nothing has 0. `meaning` is a phrase without a full stop.
    """
    return tuple(Column(f"{name}_{n}d", type_, f"{meaning}, last {n} days.", unit, nullable, sensitivity) for n in days)


def counts(names: dict[str, str], days: tuple[int, ...], sensitivity: Sensitivity = "low") -> tuple[Column, ...]:
    """Windowed counts, one for each name and meaning; the unit is the noun before `_count` or `_days`."""
    return tuple(c for name, meaning in names.items() for c in windowed(name, "int", meaning, days, _unit(name),
                                                                        sensitivity=sensitivity))  # fmt: skip


def _unit(name: str) -> str:
    return "days" if name.endswith("days") else name.removesuffix("_count").split("_")[-1] + "s"


def days_since(what: str, meaning: str, window: int, sensitivity: Sensitivity = "low") -> Column:
    """`days_since_last_<what>`: 0 is the as-of day; `window` itself means not within it, or never."""
    text = f"{meaning}; {window} stands for none in the last {window} days."
    return Column(f"days_since_last_{what}", "int", text, "days", nullable=False, sensitivity=sensitivity)
