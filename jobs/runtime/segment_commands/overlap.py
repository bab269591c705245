"""How many users segments have in common."""

from __future__ import annotations

from collections.abc import Sequence

from features.segment import Segment, SegmentViews, columns_of
from jobs.runtime.segment_commands.day_users import DayUsers
from jobs.runtime.segment_commands.preview import Count, told

Matrix = dict[tuple[str, str], Count]


def overlap(day_users: DayUsers, segments: Sequence[Segment], views: SegmentViews) -> Matrix:
    """The users of each pair, of a segment with itself all of its users; None where they are too few to be told."""
    said = {f"s{i}": f"coalesce(({s.rule.sql}), false)" for i, s in enumerate(segments)}
    day_users.judge("judged", said, columns_of(segments))
    pairs = [(i, j) for i in range(len(segments)) for j in range(i, len(segments))]
    [row] = day_users.ask(f"SELECT {', '.join(f'count(*) FILTER (s{i} AND s{j})' for i, j in pairs)} FROM judged")
    matrix: Matrix = {}
    for (i, j), count in zip(pairs, row, strict=True):
        one, other = segments[i].code, segments[j].code
        matrix[one, other] = matrix[other, one] = told(int(count), views)
    return matrix
