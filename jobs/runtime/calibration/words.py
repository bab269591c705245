"""Why a number is proposed, in words, out of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.runtime.report.text import Text, number, percent

Row = Mapping[str, Any]
OUTCOMES = {
    "proposed": Text("建议修改", "to be changed"),
    "kept": Text("保持不变", "fits as it is"),
    "too_few": Text("用户太少", "too few users"),
}
KINDS = {
    "tag": Text("标签", "Tags"),
    "value_tier": Text("价值分层", "Value tiers"),
    "audience": Text("名单（仅按规则）", "Audiences, by their rules alone"),
    "remembered": Text("失去后仍有权重的标签", "Lost tags that still weigh something"),
    "group": Text("用户分群", "Groups"),
}


def reason(row: Row) -> Text:
    """What was measured, on how many users, over which days, and what it says of the number."""
    return _measured_on(row) + _says(row) + _held_back(row)


def _measured_on(row: Row) -> Text:
    users, since, day = number(row["measured_user_count"]), row["measured_since"], row["as_of_date"]
    if since < day:
        return Text(f"{since} 至 {day}，{users} 名用户：", f"{users} users, {since} to {day}: ")
    return Text(f"{day}，{users} 名用户：", f"{users} users of {day}: ")


def _held_back(row: Row) -> Text:
    if row["outcome"] != "proposed" or abs(row["proposed"] - row["in_force"]) < row["largest_step"] * (1 - 1e-9):
        return Text("", "")
    if row["method"] in ("rest", "new_groups"):
        return Text("", "")
    return Text(f"；一次最多改动 {row['largest_step']:g}", f"; at most {row['largest_step']:g} at once")


def _says(row: Row) -> Text:
    if row["outcome"] == "too_few":
        least = number(row["least_user_count"])
        return Text(f"至少需要 {least} 名，不提建议", f"it takes {least}, so nothing is proposed")
    now, then = row["measured_in_force"], row["measured_proposed"]
    match row["method"]:
        case "quantile":
            return Text(f"目标分位数为 {row['target']:.4g}", f"the quantile asked for is {row['target']:.4g}")
        case "held_by":
            return Text(
                f"目标持有率 {percent(row['target'])}，现为 {percent(now)}，改后 {percent(then)}",
                f"{percent(row['target'])} are to hold it; now {percent(now)}, then {percent(then)}",
            )
        case "concentration":
            return Text(
                f"靠前的用户应占总额 {percent(row['target'])}，现占 {percent(now)}，改后 {percent(then)}",
                f"those above are to have {percent(row['target'])} of all; now {percent(now)}, then {percent(then)}",
            )
        case "half_life":
            return Text(
                f"失去后又恢复的人，应有一半在半衰期内恢复；现为 {percent(now)}，改后 {percent(then)}",
                f"half of those who came back should do so within it; now {percent(now)}, then {percent(then)}",
            )
        case "rest":
            return Text("其余各档之外", "what the other shares leave")
    return Text(
        f"新分群的轮廓系数 {then:.3f}，现用 {now:.3f}",
        f"silhouette {then:.3f} of the new groups, {now:.3f} of those in use",
    )
