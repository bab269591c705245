"""How well identifiers were put together to persons, beside a truth that only a simulated hospital has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Share:
    """A part of a whole, kept as counts: nothing in a whole of nothing is NULL, not perfect."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


def pair_shares(ours: pd.Series[str], true: pd.Series[int]) -> tuple[Share, Share]:
    """Pairwise precision and recall of a clustering: both series name the group of the same things, in one order."""
    together = pd.DataFrame({"ours": ours.to_numpy(), "true": true.to_numpy()})
    both = _pairs(together.groupby(["ours", "true"]).size())
    return Share(both, _pairs(together.groupby("ours").size())), Share(both, _pairs(together.groupby("true").size()))


def found_shares(told: set[str], true: set[str]) -> tuple[Share, Share]:
    """How many of the true ones were found, and how many of the told ones are false."""
    return Share(len(told & true), len(true)), Share(len(told - true), len(told))


def link_shares(links: pd.DataFrame, truth: pd.DataFrame) -> tuple[Share, Share]:
    """Precision and recall of linked pairs; `truth` has patient_id, person, is_holder, and two holders are no pair."""
    person = truth.set_index("patient_id")["person"]
    one, other = links["patient_id"].map(person), links["linked_patient_id"].map(person)
    right = int((one == other).sum())
    pairs = _pairs(truth.groupby("person").size()) - _pairs(truth[truth["is_holder"]].groupby("person").size())
    return Share(right, len(links)), Share(right, pairs)


def _pairs(sizes: pd.Series[int]) -> int:
    n = sizes.to_numpy(dtype=np.int64)
    return int((n * (n - 1) // 2).sum())
