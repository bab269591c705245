"""What an audience is: whom it is for, what may be known about them, and what they are offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field

from features.columns import COLUMNS, data_classes
from features.declaration import Bilingual, Declared, version
from features.declared_fields import AnyColumn, ChannelName, NumberColumn, Purpose
from features.policy import Policy
from features.quiet_hours import Span
from features.rule import Rule, RuleError, parse_rule
from features.segment import Segment
from features.tag import Tag


class AudienceFile(Declared):
    """conf/audiences/<code>.yml.

    `channels` in order of preference; a user's own best-answered channel goes first if it is among them.
    `send` is when it is meant to be used, outside of the policy's quiet hours; without it at any time outside of them.
    The list holds at most `size_cap` users, those first whose `order_by` is largest.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Bilingual
    meaning: Bilingual
    owner: str
    purpose: Purpose
    priority: int = Field(ge=1, le=999)
    channels: tuple[ChannelName, ...] = Field(min_length=1)
    send: Span | None = None
    rule: str
    order_by: NumberColumn
    size_cap: int = Field(ge=1)
    columns: tuple[AnyColumn, ...] = Field(min_length=1)
    offer: Bilingual
    holdout_share: float | None = Field(default=None, ge=0, le=0.5)


@dataclass(frozen=True)
class Audience:
    """An audience that was checked against the tags, the segments and the policy."""

    stated: AudienceFile
    rule: Rule
    tags: tuple[Tag, ...]
    holdout_share: float
    windows: Mapping[ChannelName, tuple[str, ...]]
    segments: tuple[Segment, ...] = ()

    @property
    def code(self) -> str:
        return self.stated.code

    @cached_property
    def used_columns(self) -> tuple[str, ...]:
        """Every feature and score column the choice rests on, also those behind its tags, and what is listed."""
        behind = {c for tag in self.tags for c in tag.columns}
        return tuple(sorted({*self.rule.columns, *behind, self.stated.order_by, *self.stated.columns}))

    @cached_property
    def read_columns(self) -> tuple[str, ...]:
        return tuple(sorted({*self.rule.columns, self.stated.order_by, *self.stated.columns}))

    @cached_property
    def data_classes(self) -> tuple[str, ...]:
        """What a consent must cover: the classes of all columns used, and `basic` to be reached at all."""
        behind = {c for tag in self.tags for c in tag.data_classes}
        return tuple(sorted({"basic", *data_classes(self.used_columns), *behind}))

    @cached_property
    def version(self) -> str:
        tags = {t.code: t.rule_version for t in self.tags}
        segments = {s.code: s.rule_version for s in self.segments}
        decides = [self.stated.model_dump(mode="json"), tags, self.holdout_share]
        return version([*decides, segments] if segments else decides)


def check_audience(
    stated: AudienceFile, tags: Mapping[str, Tag], policy: Policy, segments: Mapping[str, Segment] | None = None
) -> Audience:
    """The audience, or a RuleError that says what it may not do."""
    known = segments or {}
    rule = parse_rule(stated.rule, COLUMNS, tags=tags, segments={code: s.rule for code, s in known.items()})
    asked = tuple(known[code] for code in rule.segments)
    used = tuple(tags[code] for code in rule.tags)
    barred = [t.code for t in used if stated.purpose not in t.purposes]
    if barred:
        raise RuleError(f"tags not allowed for purpose {stated.purpose}: {', '.join(barred)}")
    closed = [s.code for s in asked if stated.purpose not in s.stated.purposes]
    if closed:
        raise RuleError(f"segments not allowed for purpose {stated.purpose}: {', '.join(closed)}")
    default = policy.purposes[stated.purpose].holdout_share if stated.purpose in policy.purposes else 0.0
    share = default if stated.holdout_share is None else stated.holdout_share
    windows = {c: policy.windows(stated.purpose, c, stated.send) for c in stated.channels}
    audience = Audience(stated, rule, used, share, windows, asked)
    objections = policy.objections(stated.purpose, audience.used_columns, stated.columns)
    objections += [
        f"all of its time for {c} lies in the quiet hours of {stated.purpose}" for c, w in windows.items() if not w
    ]
    if objections:
        raise RuleError("; ".join(objections))
    return audience


def columns_of(audiences: Sequence[Audience]) -> tuple[str, ...]:
    """The columns that choosing, ordering and listing need, the best-answered channel among them."""
    return tuple(sorted({"top_channel_90d", *(c for a in audiences for c in a.read_columns)}))
