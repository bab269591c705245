"""What a segment would be: how many, worth how much, reached by what, and in what unlike everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from features.policy import Policy
from features.segment import Segment, SegmentViews
from jobs.runtime.segment_commands.day_users import DayUsers, listed
from schemas.gold.segment_member import SEGMENT_MEMBER
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.vocabulary import CHANNELS

WORTH = ("net_spend_yuan_365d", "ltv_yuan_365d")
ANY_CHANNEL = "any"
Count = int | None


@dataclass(frozen=True)
class Worth:
    """What its users spend or are expected to, in yuan."""

    column: str
    total: float
    mean: float


@dataclass(frozen=True)
class Likeness:
    """A tag's share, or a column's mean, in the segment and among all. `index`: 100 is as all; None: not to be told."""

    what: str
    here: float | None
    everywhere: float
    index: float | None


@dataclass(frozen=True)
class SegmentPreview:
    """Counts are None where they are too few to be told; then nothing else is told of these users either.

    `entering` and `leaving` compare with gold.segment_member, and are 0 where it does not have the segment.
    """

    code: str
    day: date
    all_users: int
    users: Count
    share: float | None
    entering: Count
    leaving: Count
    worth: tuple[Worth, ...]
    reach_purpose: str
    reach: dict[str, Count]
    profile: tuple[Likeness, ...]


def preview(day_users: DayUsers, segment: Segment, policy: Policy, views: SegmentViews) -> SegmentPreview:
    """Counts on the day's files; nothing is written."""
    purpose = reach_purpose(segment)
    said = {"is_in": f"coalesce(({segment.rule.sql}), false)", **{c: f"CAST({c} AS DOUBLE)" for c in WORTH}}
    said |= {f"p{i}": sql for i, (_, sql) in enumerate(_profiled(views))}
    said["is_banned"] = banned(policy, purpose)
    columns = {*segment.rule.columns, *policy.columns, *views.profile_columns, *WORTH}
    day_users.judge("judged", said, columns)
    [(everybody, users)] = day_users.ask("SELECT count(*), count(*) FILTER (is_in) FROM judged")
    entering, leaving = _moved(day_users, segment.code)
    enough = users >= views.smallest_count
    reached = reach(day_users, "judged WHERE is_in", segment.data_classes, policy, purpose) if enough else {}
    return SegmentPreview(
        segment.code,
        day_users.day,
        everybody,
        told(users, views),
        users / max(everybody, 1) if enough or not users else None,
        told(entering, views),
        told(leaving, views),
        _worth(day_users) if enough else (),
        purpose,
        {c: told(n, views) for c, n in reached.items()},
        _profile(day_users, views) if enough else (),
    )


def reach_purpose(segment: Segment) -> str:
    """What its users would be reached for."""
    return "marketing" if "marketing" in segment.stated.purposes else segment.stated.purposes[0]


def told(count: int, views: SegmentViews) -> Count:
    """The count, or None where it is too small."""
    return None if 0 < count < views.smallest_count else count


def _worth(day_users: DayUsers) -> tuple[Worth, ...]:
    asked = ", ".join(f"coalesce(sum({c}), 0), coalesce(avg({c}), 0)" for c in WORTH)
    [row] = day_users.ask(f"SELECT {asked} FROM judged WHERE is_in")
    return tuple(Worth(c, row[2 * i], row[2 * i + 1]) for i, c in enumerate(WORTH))


def _profiled(views: SegmentViews) -> list[tuple[str, str]]:
    """What is compared, and how it is measured of one user."""
    tags = [(t, f"CAST(coalesce(array_contains(tag_codes, '{t}'), false) AS DOUBLE)") for t in views.profile_tags]
    return tags + [(c, f"CAST({c} AS DOUBLE)") for c in views.profile_columns]


def _profile(day_users: DayUsers, views: SegmentViews) -> tuple[Likeness, ...]:
    asked = _profiled(views)
    if not asked:
        return ()
    # Of a tag those who hold it must be enough, of a column those of whom it is known.
    enough = [f"p{i} > 0" if what in views.profile_tags else f"p{i} IS NOT NULL" for i, (what, _) in enumerate(asked)]
    measures = ", ".join(
        f"avg(p{i}) FILTER (is_in), avg(p{i}), count(*) FILTER (is_in AND {counts})" for i, counts in enumerate(enough)
    )
    [row] = day_users.ask(f"SELECT {measures} FROM judged")
    found = []
    for i, (what, _) in enumerate(asked):
        here, everywhere, count = row[3 * i : 3 * i + 3]
        hidden = here is None or told(count, views) is None
        index = None if hidden or not everywhere else 100 * here / everywhere
        found.append(Likeness(what, None if hidden else here, everywhere or 0.0, index))
    return tuple(found)


def banned(policy: Policy, purpose: str) -> str:
    """SQL that says whom the policy bans for a purpose: everybody where it says nothing of it."""
    stated = policy.purposes.get(purpose)  # type: ignore[call-overload]  # a Purpose
    bans = [f"({ban.sql})" for ban in stated.bans] if stated else ["true"]
    return " OR ".join(bans) or "false"


def reach(day_users: DayUsers, asked: str, classes: Sequence[str], policy: Policy, purpose: str) -> dict[str, int]:
    """How many the policy would let be reached by each channel, as features.policy.permitted judges, before any cap.

    `asked` is from where and which users are taken, with user_id and is_banned: `judged WHERE is_in`.
    """
    channels = [c for c in CHANNELS if policy.windows(purpose, c)]  # type: ignore[arg-type]  # a Purpose, a ChannelName
    if not channels:
        return {}
    rows = day_users.ask(f"""
        WITH asked AS (SELECT user_id FROM (SELECT * FROM {asked}) WHERE NOT is_banned),
        open AS ({not_excluded(day_users)}),
        agreed AS ({agreed(day_users, purpose, classes, channels)})
        SELECT channel, count(DISTINCT user_id) FROM asked
        SEMI JOIN open USING (user_id) JOIN agreed USING (user_id)
        GROUP BY GROUPING SETS ((channel), ())
    """)
    found = {channel or ANY_CHANNEL: int(count) for channel, count in rows}
    return {name: found.get(name, 0) for name in (*channels, ANY_CHANNEL)}


def not_excluded(day_users: DayUsers) -> str:
    """Query for user_id of who has an account, and none that is excluded."""
    accounts = f"SELECT user_id FROM {day_users.of_day(IDENTITY)} WHERE actor_kind = 'account'"
    return f"{accounts} GROUP BY user_id HAVING NOT bool_or(is_excluded)"


def agreed(day_users: DayUsers, purpose: str, classes: Sequence[str], channels: Sequence[str]) -> str:
    """Query for user_id and channel of who agreed to the purpose by it for all the data classes."""
    return f"""
        SELECT user_id, channel FROM {day_users.of_day(CONSENT_STATE)}
        WHERE is_granted AND purpose = '{purpose}' AND data_class IN ({listed(classes)})
            AND channel IN ({listed(channels)})
        GROUP BY user_id, channel HAVING count(DISTINCT data_class) = {len(set(classes))}
    """


def _moved(day_users: DayUsers, code: str) -> tuple[int, int]:
    """How many would come into the segment and leave it, against who was in it on the day."""
    if not day_users.store.exists(SEGMENT_MEMBER):
        return 0, 0
    stays = f"(SELECT user_id, valid_from, valid_to FROM {day_users.open(SEGMENT_MEMBER)} WHERE segment = '{code}')"
    if not day_users.ask(f"SELECT 1 FROM {stays} LIMIT 1"):
        return 0, 0
    day = f"DATE '{day_users.day}'"
    was = f"(SELECT user_id FROM {stays} WHERE valid_from <= {day} AND (valid_to IS NULL OR valid_to > {day}))"
    now = "(SELECT user_id FROM judged WHERE is_in)"
    [(come,)] = day_users.ask(f"SELECT count(*) FROM {now} ANTI JOIN {was} USING (user_id)")
    [(go,)] = day_users.ask(f"SELECT count(*) FROM {was} ANTI JOIN {now} USING (user_id)")
    return come, go
