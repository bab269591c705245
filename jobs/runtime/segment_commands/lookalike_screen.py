"""What `cameo segments lookalike` shows."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Screen

from features.segment import Segment
from jobs.learning.feature_choice import feature_meanings
from jobs.runtime.feature_names import FeatureNames
from jobs.runtime.segment_commands.lookalike import STAND_IN, LookalikeFound, Terms
from jobs.runtime.segment_commands.lookalike_features import BANNED, CHOICE, DEVICE, RULE, SENSITIVE
from jobs.runtime.segment_commands.lookalike_proxies import ProxyFree
from jobs.runtime.segment_commands.preview import Count

_WHY = {
    SENSITIVE: "敏感信息 they tell of health or of who somebody is",
    DEVICE: "设备读数 they come from devices",
    RULE: "分群规则所用 the segment's rule or a tag in it reads them",
    STAND_IN: "等同于规则 alone they tell who is in it: the rule in other words",
    BANNED: "政策禁用 the policy bans them for the purpose",
    CHOICE: "配置排除 conf/models/lookalike.yml leaves them out",
}
_BY_NAME = (RULE, STAND_IN, BANNED)
_SHOWN = 8


def stated_share(text: str) -> float:
    """`5%` or `0.05` as a number; ValueError where it is none between 0 and 1."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise ValueError(f"--share {text}: expected a part of the users like 5% or 0.05")
    return share


def show(
    console: Console, segment: Segment, found: LookalikeFound, terms: Terms, share: float, names: FeatureNames
) -> None:
    """Whom it was learned from, on what, how well it tells, what weighs, whom it must not tell of, who is above."""
    smallest = terms.views.smallest_count
    name = segment.stated.name
    console.rule(f"相似人群 look-alikes: {escape(name.zh)} {escape(name.en)} ({found.code}), {found.day}")
    rounded = "at least " if found.not_asked is None else ""
    say = f"learned from {rounded}{found.members:,} of its users; not from {_count(found.not_asked, smallest)}"
    console.print(f"{say}, whom the policy does not let models learn from (conf/policy.yml, training)", soft_wrap=True)
    _features(console, found)
    console.print(_quality(found, smallest))
    tops = ", ".join(f"{s:.0%} {p:.0%}" for s, p in found.precision.items())
    base = f"AUC {found.auc:.3f}; of the top {tops} are in it" if tops else f"AUC {found.auc:.3f}"
    console.print(f"{base}; of all {found.base:.1%} (each judged by a model that has not seen them)", soft_wrap=True)
    console.print(_weights(found, names))
    _proxies(console, found.fit, names)
    console.print(f"{_count(found.above, smallest)} who are not in it stand in the top {share:.1%} of such users")
    if found.reach:
        told = ", ".join(f"{channel} {_count(count, smallest)}" for channel, count in found.reach.items())
        console.print(f"reached for {found.reach_purpose} (consent and bans, before caps): {told}", soft_wrap=True)
    console.print("nothing was written: a segment is a rule that a person answers for", style="dim")


def _features(console: Console, found: LookalikeFound) -> None:
    console.print(f"{len(found.fit.alike.features)} features are used; left out:")
    for why, columns in found.permitted.left_out.items():
        which = f": {', '.join(columns)}" if why in _BY_NAME else ""
        console.print(f"  {len(columns)}, {_WHY[why]}{which}", soft_wrap=True, highlight=False)


def _quality(found: LookalikeFound, smallest: int) -> Screen:
    title = f"held-out users; those in it are rounded to {smallest}"
    screen = Screen("tenth by score", "users", "in it", "lift", "", title=title)
    highest = max(tenth.lift for tenth in found.curve) or 1.0
    for tenth in found.curve:
        bar = "█" * round(20 * tenth.lift / highest)
        screen.add_row(str(tenth.number), f"{tenth.rows:,}", f"{tenth.precision:.1%}", f"{tenth.lift:.2f}", bar)
    return screen


def _weights(found: LookalikeFound, names: FeatureNames) -> Screen:
    said = feature_meanings(names, found.fit.alike.features)
    screen = Screen("what weighs most", "", "part", "more alike with")
    for row in found.weights.head(_SHOWN).to_dict("records"):
        meaning = said[str(row["feature"])]
        more = {1: "多 more", -1: "少 less"}.get(int(row["direction"]), "")
        screen.add_row(meaning.zh, meaning.en, f"{row['part']:.0%}", more)
    return screen


def _proxies(console: Console, fit: ProxyFree, names: FeatureNames) -> None:
    for drop in fit.dropped:
        which = ", ".join(m.zh + " " + m.en for m in feature_meanings(names, drop.features).values())
        what = f"dropped, for it told of {drop.attribute.zh} {drop.attribute.en} (AUC {drop.auc:.2f})"
        console.print(f"{what}: {which}", soft_wrap=True, highlight=False)
    told = [f"{a.zh} {a.en} {'too few to measure' if auc is None else f'{auc:.2f}'}" for a, auc in fit.told]
    console.print(f"what the score tells of (AUC, 0.5 nothing): {'; '.join(told)}", soft_wrap=True, highlight=False)


def _count(count: Count, smallest: int) -> str:
    return f"< {smallest}" if count is None else f"{count:,}"
