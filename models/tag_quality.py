"""How right a tag is, beside a truth that only a simulated hospital has."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models.identity_quality import Share

# Precision and recall that are wanted, by what a tag rests on.
TARGETS = {"stated": (0.99, 0.98), "condition": (0.90, 0.80), "rhythm": (0.85, 0.80), "stage": (0.85, 0.80)}


@dataclass(frozen=True)
class TagQuality:
    """Counts of users: all, those who hold a tag, those of whom it is true, and of these those who could be known."""

    users: int
    held: int
    right: int
    true: int
    evident: int
    found: int

    @property
    def precision(self) -> float | None:
        return Share(self.right, self.held).value

    @property
    def recall(self) -> float | None:
        """Among those of whom the hospital could know."""
        return Share(self.found, self.evident).value

    @property
    def recall_of_all(self) -> float | None:
        return Share(self.right, self.true).value

    @property
    def base_rate(self) -> float | None:
        return Share(self.true, self.users).value

    def meets(self, kind: str) -> bool | None:
        """Whether it reaches what is wanted of the kind; None where it cannot be told."""
        if self.precision is None or self.recall is None:
            return None
        wanted_precision, wanted_recall = TARGETS[kind]
        return self.precision >= wanted_precision and self.recall >= wanted_recall


def tag_quality(held: pd.Series[str], true: pd.Series[str], evident: pd.Series[bool]) -> TagQuality:
    """`held` and `true` give a value or nothing for the same users; right is who holds the value that is true."""
    says, is_so = held.notna(), true.notna()
    right = says & is_so & (held == true)
    known = is_so & evident
    counts = (len(held), says.sum(), right.sum(), is_so.sum(), known.sum(), (right & known).sum())
    return TagQuality(*(int(n) for n in counts))
