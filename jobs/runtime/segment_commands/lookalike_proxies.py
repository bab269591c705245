"""Likeness that does not tell what must play no part in it, or none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.learning.settings import Attribute, Proxies
from jobs.runtime.segment_commands.lookalike_features import of_measure
from models.lookalike import Flags, Lookalike, LookalikeSettings, carrier, fit_lookalike, tells


class TellsTooMuch(ValueError):
    """Whatever is left out, the likeness to the segment tells what must play no part."""


@dataclass(frozen=True)
class Dropped:
    """Features that were left out since they carried what the score told of an attribute."""

    attribute: Attribute
    auc: float
    features: tuple[str, ...]


@dataclass(frozen=True)
class ProxyFree:
    """The model in the end; what was dropped on the way; what the score tells of each attribute, None: too few."""

    alike: Lookalike
    dropped: tuple[Dropped, ...]
    told: tuple[tuple[Attribute, float | None], ...]


def without_proxies(
    frame: pd.DataFrame, member: Flags, learned: Flags, features: Sequence[str], attributes: pd.DataFrame,
    bounds: Proxies, settings: LookalikeSettings,
) -> ProxyFree:  # fmt: skip
    """Learn, test on users out of fold, drop what carries most, again; TellsTooMuch where that does not help."""
    _not_chosen_by(member, learned, attributes, bounds)
    left, dropped = tuple(features), list[Dropped]()
    for _ in range(bounds.most_dropped + 1):
        alike = fit_lookalike(frame, member, learned, left, settings)
        told = tuple((a, _told(alike, attributes[a.code], learned, bounds)) for a in bounds.attributes)
        worst, found = max(((a, t or 0.0) for a, t in told), key=lambda each: each[1])
        if found <= bounds.bound:
            return ProxyFree(alike, tuple(dropped), told)
        known = learned & attributes[worst.code].notna().to_numpy()
        most = carrier(alike, attributes[worst.code].to_numpy() == 1, member, known)
        dropped.append(Dropped(worst, found, of_measure(left, most)))
        left = tuple(f for f in left if f not in dropped[-1].features)
        if not left:
            break
    raise TellsTooMuch(
        f"refused: who is like this segment tells of {worst.zh} {worst.en} (AUC {found:.2f}, allowed {bounds.bound:.2f}"
        "), and leaving out what carries it does not help; choose by a rule that a person answers for"
    )


def _not_chosen_by(member: Flags, learned: Flags, attributes: pd.DataFrame, bounds: Proxies) -> None:
    """TellsTooMuch where the users have an attribute in common: who is like them would be guessed to have it."""
    for attribute in bounds.attributes:
        has = attributes[attribute.code].to_numpy(float)
        known = learned & ~np.isnan(has)
        if min(member[known].sum(), (~member[known]).sum()) < bounds.fewest_holders:
            continue
        if (found := tells(has[known], member[known])) > bounds.bound:
            raise TellsTooMuch(
                f"refused: {attribute.zh} {attribute.en} alone tells who is in this segment (AUC {found:.2f}, allowed "
                f"{bounds.bound:.2f}): of who is like its users it would be guessed"
            )


def _told(alike: Lookalike, attribute: pd.Series[float], learned: Flags, bounds: Proxies) -> float | None:
    known = learned & attribute.notna().to_numpy()
    has = attribute.to_numpy()[known] == 1
    if min(has.sum(), (~has).sum()) < bounds.fewest_holders:
        return None
    return tells(alike.score[known], has)
