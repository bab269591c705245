"""Members' points: what earns them, and which level they come to."""

from __future__ import annotations

from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from features.declaration import Declared
from schemas.vocabulary import MEMBERSHIPS

# Measures of user_day that may earn points, besides money.
EARNED_BY = (
    "closed_consultation_count", "review_count", "check_in_count", "community_answer_count", "share_count",
    "invitation_accepted_count",
)  # fmt: skip


class MemberPoints(Declared):
    """conf/member_points.yml: points for each of what was done in 365 days, and from how many on a level begins."""

    net_spend_yuan: int = Field(ge=0)
    closed_consultation_count: int = Field(ge=0)
    review_count: int = Field(ge=0)
    check_in_count: int = Field(ge=0)
    community_answer_count: int = Field(ge=0)
    share_count: int = Field(ge=0)
    invitation_accepted_count: int = Field(ge=0)
    levels: dict[str, int]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if tuple(self.levels) != MEMBERSHIPS[1:]:
            raise ValueError(
                f"expected the levels {', '.join(MEMBERSHIPS[1:])} in this order, found {list(self.levels)}"
            )
        begins = [0, *self.levels.values()]
        if any(a >= b for a, b in pairwise(begins)):
            raise ValueError(f"each level must begin above the one before, found {self.levels}")
        return self

    def columns(self) -> dict[str, str]:
        """SQL of the columns of feature.user_value that tell points; of sums over 365 days.

        Who was given back more than they paid has earned nothing by money; what was done stays done.
        """
        net = "greatest(coalesce(spend_yuan_365d, 0) - coalesce(refund_yuan_365d, 0), 0)"
        earned = [f"{self.net_spend_yuan} * floor({net})"]
        earned += [f"{getattr(self, name)} * coalesce({name}_365d, 0)" for name in EARNED_BY]
        points = f"CAST({' + '.join(earned)} AS INT)"
        falling = list(reversed(self.levels.items()))
        level = " ".join(f"WHEN {points} >= {begins} THEN '{name}'" for name, begins in falling)
        lacking = " ".join(f"WHEN {points} < {begins} THEN {begins} - {points}" for begins in self.levels.values())
        return {
            "points_365d": points,
            "points_level": f"CASE {level} ELSE '{MEMBERSHIPS[0]}' END",
            "points_to_next_level": f"CASE {lacking} END",
        }
