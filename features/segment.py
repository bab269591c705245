"""What a segment is: a declared rule over tags, columns and other segments, and what it may be used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field

from features.columns import COLUMNS, at_least, data_classes, most_sensitive
from features.declaration import Bilingual, Declared, version
from features.declared_fields import NumberColumn, Owner, Purpose, User
from features.policy import Policy
from features.rule import Rule, RuleError, nearest, parse_rule, segments_asked_for
from features.tag import Tag
from schemas.table import Sensitivity


class CircleError(RuleError):
    """Segments that ask for each other; `codes` are those on the circle, the first of them last again."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(f"segments ask for each other in a circle: {' -> '.join(codes)}")
        self.codes = codes


class SegmentExample(Declared):
    """A user: the tags held, what those say that say more than `yes`, and columns; what is not named is 0 or empty."""

    tags: tuple[str, ...] = ()
    tag_values: dict[str, str] = Field(default_factory=dict)
    columns: User = Field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """What each tag held says."""
        return dict.fromkeys(self.tags, "yes") | self.tag_values


class SegmentFile(Declared):
    """conf/segments/<code>.yml.

    `holds` and `holds_not` are examples: the first is in the segment, the second is not.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Bilingual
    meaning: Bilingual
    owner: Owner
    rule: str
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    sensitivity: Sensitivity
    holds: SegmentExample
    holds_not: SegmentExample


class SegmentViews(Declared):
    """conf/segment_views.yml: what people are shown of segments.

    Counts of users from 1 to below `smallest_count` are not shown. `profile_tags` and `profile_columns` are what a
    segment is compared by with everybody.
    """

    smallest_count: int = Field(ge=1)
    profile_tags: tuple[str, ...] = ()
    profile_columns: tuple[NumberColumn, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A segment that was checked against the columns, tags, policy and the segments it asks for."""

    stated: SegmentFile
    rule: Rule
    tags: tuple[Tag, ...]

    @property
    def code(self) -> str:
        return self.stated.code

    @cached_property
    def used_columns(self) -> tuple[str, ...]:
        """Every column it rests on, also behind tags and other segments."""
        return tuple(sorted({*self.rule.columns, *(c for tag in self.tags for c in tag.columns)}))

    @cached_property
    def data_classes(self) -> tuple[str, ...]:
        """What a consent must cover before anybody in it is reached."""
        behind = {c for tag in self.tags for c in tag.data_classes}
        return tuple(sorted({"basic", *data_classes(self.used_columns), *behind}))

    @cached_property
    def rule_version(self) -> str:
        """Of what decides who is in it: its rule with those of other segments in it, and its tags' rules."""
        return version([self.rule.sql, {t.code: t.rule_version for t in self.tags}])


def in_order(stated: Mapping[str, SegmentFile]) -> list[str]:
    """The codes, each after those it asks for; CircleError where there is a circle."""
    done: list[str] = []

    def visit(code: str, path: tuple[str, ...]) -> None:
        if code in path:
            raise CircleError((*path[path.index(code) :], code))
        if code not in done:
            for other in segments_asked_for(stated[code].rule):
                if other in stated:
                    visit(other, (*path, code))
            done.append(code)

    for code in sorted(stated):
        visit(code, ())
    return done


def check_segment(
    stated: SegmentFile, tags: Mapping[str, Tag], policy: Policy, others: Mapping[str, Segment]
) -> Segment:
    """The segment, or a RuleError that says what is wrong; `others` are those it may ask for."""
    rule = parse_rule(stated.rule, COLUMNS, tags=tags, segments={code: s.rule for code, s in others.items()})
    segment = Segment(stated, rule, tuple(tags[code] for code in rule.tags))
    asked = [others[code] for code in rule.segments]
    objections = _too_open(segment, asked) + _barred(segment, asked)
    for purpose in (p for p in stated.purposes if p in policy.purposes):
        objections += policy.objections(purpose, segment.used_columns, ())
    objections += [
        f"unknown tag {code!r} in an example{nearest(code, tags)}"
        for example in (stated.holds, stated.holds_not)
        for code in example.values
        if code not in tags
    ]
    if objections:
        raise RuleError("; ".join(objections))
    return segment


def columns_of(segments: Sequence[Segment]) -> tuple[str, ...]:
    """The feature and score columns that the rules read."""
    return tuple(sorted({c for s in segments for c in s.rule.columns}))


def _too_open(segment: Segment, asked: Sequence[Segment]) -> list[str]:
    stated = segment.stated.sensitivity
    rests_on = {"its columns": most_sensitive(segment.rule.columns)}
    rests_on |= {f"tag {t.code}": t.sensitivity for t in segment.tags}
    rests_on |= {f"segment {s.code}": s.stated.sensitivity for s in asked}
    return [
        f"sensitivity {stated} is below that of {what}: expected {needed}"
        for what, needed in rests_on.items()
        if not at_least(stated, needed)
    ][:1]


def _barred(segment: Segment, asked: Sequence[Segment]) -> list[str]:
    allowed = {f"tag {t.code}": t.purposes for t in segment.tags}
    allowed |= {f"segment {s.code}": s.stated.purposes for s in asked}
    return [
        f"{what} is not allowed for purpose {purpose}, but for {', '.join(purposes)}"
        for what, purposes in allowed.items()
        for purpose in segment.stated.purposes
        if purpose not in purposes
    ]
