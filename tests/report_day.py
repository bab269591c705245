"""Figures of an invented day, as `collect` would read them from a hospital of 20,000 accounts."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from typing import Any

from jobs.runtime.report.figures import Figures, KpiTable
from jobs.runtime.report.text import Text
from schemas.feeds import FEEDS
from schemas.gold.kpi_day import FUNNEL_STEPS, RETENTION_DAYS

DAY = date(2026, 6, 29)
HOSPITAL = Text("模拟医院", "The simulated hospital")
Row = dict[str, Any]


def _kpis() -> list[Row]:
    draw = random.Random(3)
    rows: list[Row] = []

    def tell(when: date, kpi: str, value: float, base: int | None = None, part: str = "") -> None:
        rows.append({"kpi_date": when, "kpi": kpi, "part": part, "value": float(value), "base_count": base})

    for ago in range(60):
        when = DAY - timedelta(days=ago)
        weekend = 0.84 if when.weekday() >= 5 else 1.0
        season = 1 + 0.08 * math.sin(ago / 9)
        dau = round(2350 * weekend * season * draw.uniform(0.96, 1.04))
        mau = round(9600 - 9 * ago + 60 * math.sin(ago / 7))
        tell(when, "dau", dau)
        tell(when, "mau", mau)
        tell(when, "stickiness", dau / mau, mau)
        tell(when, "new_user_count", round(112 * weekend * draw.uniform(0.8, 1.2)))
        tell(when, "net_spend_yuan", 41_000 * weekend * draw.uniform(0.85, 1.15))
        tell(when, "consultation_count", 330 * weekend)
        tell(when, "arpu_yuan_30d", 128 - 0.12 * ago + math.sin(ago / 5), mau)
        tell(when, "first_order_share_30d", 0.187 + 0.006 * math.cos(ago / 8), 3300)
        tell(when, "repeat_buyer_share_90d", 0.342 - 0.0004 * ago, 4100)
        tell(when, "nps_90d", 31 + 5 * math.cos(ago / 14), 1240)
        slow = 1.8 if ago == 0 else 1.0
        tell(when, "first_reply_seconds_median", 262 * slow * draw.uniform(0.92, 1.08), 300)
        tell(when, "first_reply_seconds_p90", 1480 * slow * draw.uniform(0.9, 1.1), 300)
        reached = 3900 * weekend
        for step, kept in zip(FUNNEL_STEPS, (1, 0.62, 0.55, 0.31, 0.63), strict=True):
            reached *= kept * draw.uniform(0.98, 1.02)
            tell(when, "funnel_visit_count", round(reached), part=step)
        for part, mean in {"slow_reply": 3, "attitude": 1.4, "fee": 2.2, "medicine": 1.1, "privacy": 0.05,
                           "medical_accident": 0.1, "other": 0.8}.items():  # fmt: skip
            count = int(mean * draw.uniform(0.4, 1.7))
            if count:
                tell(when, "complaint_count", count, part=part)
        for part, mean in {"join": 9, "post": 40, "answer": 55, "check_in": 120, "like": 210}.items():
            tell(when, "community_act_count", round(mean * draw.uniform(0.8, 1.2)), part=part)
        _opinion(tell, when, ago, draw)
        for channel, touches, clicks, cost in (
            ("push", 2400, 0.042, 0), ("sms", 320, 0.021, 0.045), ("wechat", 610, 0.065, 0.012),
            ("search_ad", 900, 0.051, 0.9), ("feed_ad", 4200, 0.011, 0.06), ("phone", 12, 0.3, 4.0),
        ):  # fmt: skip
            sent = round(touches * weekend * draw.uniform(0.9, 1.1))
            tell(when, "channel_touch_count", sent, part=channel)
            tell(when, "channel_click_count", round(sent * clicks), part=channel)
            tell(when, "channel_cost_yuan", sent * cost, part=channel)
    monday = DAY - timedelta(days=DAY.weekday())
    for week in range(12):
        start = monday - timedelta(days=7 * week)
        for n, share in zip(RETENTION_DAYS, (0.31, 0.24, 0.19, 0.155, 0.12), strict=True):
            over = min(7, (DAY - timedelta(days=n) - start).days + 1)
            if over > 0:
                tell(start, f"retention_share_day_{n}", share * draw.uniform(0.85, 1.12), 108 * over)
    return rows


def _opinion(tell: Any, when: date, ago: int, draw: random.Random) -> None:
    for topic, count, mood in (("service", 9, 0.05), ("price", 5, -0.2), ("praise", 7, 0.7), ("other", 3, 0.0)):
        told, level = max(0, round(count * draw.uniform(0.3, 1.7))), 0
        if topic == "praise" and ago in (33, 34):
            told = 190 - 80 * (ago - 33)
        if told:
            tell(when, "mention_count", told, part=topic)
            tell(when, "mention_sentiment", mood + draw.uniform(-0.2, 0.2), told, topic)
            tell(when, "mention_alert_level", level, told, topic)
    burst = {12: 84, 11: 130, 10: 61, 9: 22}.get(ago, draw.choice((0, 0, 0, 1)))
    if burst:
        tell(when, "mention_count", burst, part="medical_accident")
        tell(when, "mention_sentiment", -0.78, burst, "medical_accident")
        tell(when, "mention_alert_level", {12: 3, 11: 3, 10: 2, 9: 1}.get(ago, 0), burst, "medical_accident")


_TAGS = {
    "basic": [("中年", "Middle-aged", 0.31), ("女性", "Woman", 0.54), ("一线城市", "First-tier city", 0.22),
              ("高血压", "Hypertension", 0.19), ("上班族", "Office worker", 0.37),
              ("银发活力", "Young-at-heart silver", 0.11), ("备孕", "Trying to conceive", 0.03),
              ("青霉素过敏", "Allergic to penicillin", 0.0001)],
    "need": [("慢病复诊", "Chronic follow-up", 0.24), ("急性就诊", "Acute need", 0.09), ("失眠", "Insomnia", 0.08),
             ("春季过敏", "Spring allergy", 0.07),
             ("糖尿病前期", "Pre-diabetes", 0.05), ("颈肩痛", "Neck and back pain", 0.13)],
    "behaviour": [("夜间活跃", "Active at night", 0.18), ("午休活跃", "Active at lunch", 0.21),
                  ("偏好图文", "Prefers text", 0.46),
                  ("只搜索不提问", "Searches, never asks", 0.12), ("看评价再选医生", "Reads reviews first", 0.2)],
    "value": [("高价值", "High value", 0.15), ("潜力", "Potential", 0.3), ("普通", "Ordinary", 0.4),
              ("流失风险", "Churn risk", 0.15), ("价格敏感", "Price-sensitive", 0.27),
              ("多次分享", "Shares often", 0.04)],
}  # fmt: skip
_GROUPS = [
    (1, "沉默观望", "Silent onlookers", 8100, (-0.6, 1.4, -0.5, -0.4, -0.3, -0.2), (0.86, 3.1, 22, 96.0)),
    (2, "潜力成长", "Growing potential", 5200, (0.7, -0.6, 0.3, 0.2, 0.4, 0.1), (0.41, 88.0, 410, 12.5)),
    (3, "高价值活跃", "High-value active", 2300, (1.6, -0.9, 1.9, 1.7, 0.8, 0.6), (0.15, 690.0, 2950, 3.9)),
    (4, "夜间急诊", "Night-time urgent", 1700, (0.2, -0.1, 0.6, 0.3, 2.1, -0.3), (0.48, 140.0, 520, 17.0)),
    (5, "慢病管理", "Chronic care", 1640, (1.0, -0.7, 1.1, 0.9, -0.4, 2.3), (0.22, 310.0, 1480, 6.2)),
    (6, "异常账户", "Odd ones", 3, (4.0, -1.0, 3.9, 5.1, 0.0, 0.0), (0.02, 9000.0, 21000, 0.5)),
]
_AXES = [("活跃天数", "Active days"), ("距上次活跃", "Days since active"), ("问诊次数", "Consultations"),
         ("净消费", "Net spend"), ("夜间比例", "Night share"), ("设备读数", "Device readings")]  # fmt: skip


def _segments() -> tuple[list[Row], list[Row]]:
    everybody = sum(g[3] for g in _GROUPS)
    profile, money = [], []
    for number, zh, en, users, centre, (churn, spend, value, last) in _GROUPS:
        named = {"segment_id": number, "segment_zh": zh, "segment_en": en}
        money.append(named | {"users": users, "churn_probability": churn, "net_spend_yuan_90d": spend,
                              "ltv_yuan_365d": value, "days_since_last_activity": last})  # fmt: skip
        for (axis_zh, axis_en), z in zip(_AXES, centre, strict=True):
            profile.append(named | {"axis_zh": axis_zh, "axis_en": axis_en, "centre_z": z, "unit": "days",
                                    "segment_mean": 5 + 2 * z, "overall_mean": 5.0, "user_count": users,
                                    "user_share": users / everybody})  # fmt: skip
    return profile, money


def _changes() -> list[Row]:
    """One of each kind, and one that no rule names."""
    plain = {"as_of_date": DAY - timedelta(days=3), "former_zh": None, "former_en": None, "named_by": "rule"}
    return [
        {**plain, "change": "new", "segment_zh": "慢病管理", "segment_en": "Chronic care", "user_share": 0.087},
        {**plain, "change": "new", "segment_zh": "未命名群9", "segment_en": "Unnamed group 9", "user_share": 0.031,
         "named_by": "fallback"},
        {**plain, "change": "vanished", "segment_zh": "新用户", "segment_en": "Newcomers", "user_share": 0.153},
        {**plain, "change": "renamed", "segment_zh": "潜力成长", "segment_en": "Growing potential", "user_share": 0.274,
         "former_zh": "偶尔使用", "former_en": "Occasional"},
    ]  # fmt: skip


def _quality() -> list[Row]:
    def row(model: str, metric: str, value: float, baseline: float | None, name: str, split: str = "test") -> Row:
        return {"model": model, "metric": metric, "value": value, "baseline_value": baseline, "baseline_name": name,
                "split": split, "model_version": "3", "is_champion": True}  # fmt: skip

    rows = [
        row("churn", "auc", 0.871, 0.842, "logistic_regression"), row("churn", "auc", 0.871, 0.815, "last_seen_rule"),
        row("churn", "brier", 0.1312, 0.1521, "last_seen_rule"),
        row("churn", "brier", 0.1312, 0.1299, "logistic_regression"),
        row("churn", "ece", 0.018, 0.044, "last_seen_rule"), row("churn", "ece", 0.018, 0.021, "logistic_regression"),
        row("churn", "auc", 0.871, 0.902, "true_hazard", "truth"),
        row("ltv", "gini", 0.78, 0.69, "naive_rate"), row("ltv", "gini", 0.78, 0.75, "btyd"),
        row("ltv", "total_bias", -0.021, 0.183, "naive_rate"),
        row("segments", "silhouette", 0.31, 0.24, "equal_parts_by_recency", "fit"),
        row("segments", "share_psi", 0.041, None, "", "in_use"),
        row("segments", "centre_shift", 0.22, None, "", "in_use"),
    ]  # fmt: skip
    for i in range(10):
        mean = 0.05 + 0.1 * i
        rows.append(row("churn", f"calibration:{i}", mean + 0.03 * math.sin(i), mean, "predicted"))
        rows.append(row("churn", f"calibration_rows:{i}", 1800 if i else 3, None, ""))
    return rows


def _lists() -> tuple[list[Row], list[Row]]:
    outcomes, moved = [], []
    for code, listed, reasons in (
        ("first_order", 1210, {"no_consent": 1840, "frequency_cap": 122, "sensitive_condition": 64}),
        ("chronic_repeat", 860, {"no_consent": 902, "sensitive_condition": 210, "minor": 12}),
        ("high_value_care", 412, {"no_consent": 230, "no_account": 3}),
        ("recall_price", 655, {"no_consent": 1304, "frequency_cap": 310, "over_size_cap": 45}),
        ("night_sleep", 2, {"no_consent": 4}),
    ):
        counts = {"list": listed, "holdout": listed // 9, **reasons}
        outcomes += [{"audience": code, "outcome": o, "user_count": n} for o, n in counts.items()]
        moved += [
            {"audience": code, "change": c, "count": n} for c, n in (("added", listed // 14), ("removed", listed // 20))
        ]
    return outcomes, [m for m in moved if m["count"]]


def _intake() -> tuple[list[Row], list[Row], list[Row]]:
    draw = random.Random(5)
    sizes = {"event": 41_000, "device_reading": 12_400, "campaign_touch": 9100, "consultation": 330}
    balance, files = [], []
    for feed in FEEDS:
        files.append({"feed": feed, "status": "absent" if feed == "review" else "taken", "count": 1})
        if feed == "review":
            continue
        read = sizes.get(feed, draw.randrange(20, 400))
        rejected, repeated = int(read * draw.choice((0, 0.002, 0.01))), int(read * 0.004)
        balance.append({"feed": feed, "read_count": read, "rejected_count": rejected, "duplicate_count": repeated,
                        "taken_count": read - rejected - repeated, "late_count": read // 50,
                        "overdue_count": 3 if feed == "event" else 0})  # fmt: skip
    files.append({"feed": "order_line", "status": "repeated", "count": 1})
    rejects = [("event", "broken_line", 61), ("device_reading", "out_of_range:value", 88),
               ("event", "unreadable:event_at", 12),
               ("device_reading", "unknown_unit:unit", 31), ("account", "missing:registered_at", 4)]  # fmt: skip
    return balance, files, [{"feed": f, "reason": r, "count": n} for f, r, n in rejects]


def _fields() -> list[Row]:
    new = {"feed": "event", "field": "net", "record_count": 20_100, "since": DAY, "proposal": "ignore: [net]"}
    old = {"feed": "account", "field": "<b>note</b>", "record_count": 12, "since": DAY - timedelta(days=9)}
    return [
        {**old, "looks_like": "free text", "proposal": "ignore: [note]"},
        {**new, "looks_like": "3 different words"},
    ]


def _reject_days() -> list[Row]:
    """Two weeks of which the last day is a bad one for one reason."""
    usual = {"broken_line": 55, "out_of_range:value": 12, "missing:registered_at": 4}
    rows = [
        {"known_date": DAY - timedelta(days=ago), "reason": r, "count": n}
        for ago in range(14)
        for r, n in usual.items()
    ]
    rows.append({"known_date": DAY, "reason": "out_of_range:value", "count": 76})
    return rows


def _proof() -> list[Row]:
    def table(name: str, compared: int, columns: dict[str, float]) -> Row:
        changed = int(max(columns.values(), default=0))
        return {"table_name": name, "sampled_user_count": 180, "compared_row_count": compared, "missing_row_count": 0,
                "surplus_row_count": 0, "changed_row_count": changed, "difference_count": changed,
                "changed_columns": columns}  # fmt: skip

    days = {"event_count": 2.0, "dwell_seconds": 1.0}
    return [
        table("silver.event", 16_429, {}), table("feature.user_day", 6_451, days), table("gold.user_tag", 3_838, {}),
    ]  # fmt: skip


def _checks() -> list[Row]:
    held = {"severity": "stop", "is_passed": True, "expected": None, "observed": None, "check_name": "key"}
    rows: list[Row] = [{"table_name": f"silver.t{i}", "column_name": "", **held} for i in range(214)]
    broken = {
        "table_name": "feature.user_value",
        "column_name": "coupon_yuan_90d",
        "severity": "warn",
        "is_passed": False,
    }
    rows.append(broken | {"expected": "at least 0", "observed": "2 of 18,943 rows", "check_name": "between"})
    return rows


_HUBS = [
    {"identifier_kind": "device", "hub_reason": "accounts", "count": 5, "most_accounts": 212},
    {"identifier_kind": "device", "hub_reason": "new_accounts_7d", "count": 1, "most_accounts": 8},
    {"identifier_kind": "phone", "hub_reason": "blocked", "count": 1, "most_accounts": 3},
]
_MOVED = [{"kind": "new", "count": 61}, {"kind": "merge", "count": 7}, {"kind": "unmerge", "count": 1}]


def full_day() -> Figures:
    """A day with every part."""
    tags = [
        {"tag_code": f"{layer}.{i}", "layer": layer, "name_zh": zh, "name_en": en, "user_share": share,
         "user_count": round(18943 * share)}
        for layer, found in _TAGS.items() for i, (zh, en, share) in enumerate(found)
    ]  # fmt: skip
    bins = [
        {"bin": b, "tier": "low" if b < 8 else "middle" if b < 14 else "high",
         "count": 3 if b == 2 else round(420 + 900 * math.exp(-b / 2) + 1500 * math.exp((b - 19) / 3))}
        for b in range(20)
    ]  # fmt: skip
    profile, money = _segments()
    audiences, moved = _lists()
    balance, files, rejects = _intake()
    names = {"first_order": Text("新用户首单", "First order"), "chronic_repeat": Text("慢病复购", "Chronic repeat"),
             "high_value_care": Text("高价值关怀", "High-value care"),
             "recall_price": Text("价格敏感召回", "Recall by price"),
             "night_sleep": Text("夜间助眠", "Sleep at night")}  # fmt: skip
    reasons = {"sensitive_condition": Text("敏感病情，从不营销", "Sensitive condition, never marketed to"),
               "minor": Text("未成年人", "A minor")}  # fmt: skip
    return Figures(
        day=DAY, hospital=HOSPITAL, kpis=KpiTable(_kpis(), DAY), intake=balance, files=files, rejects=rejects,
        fields=_fields(), stopped_feeds=["mention"],
        reject_days=_reject_days(), proof=_proof(), hubs=_HUBS, identity_events=_MOVED,
        checks=_checks(), tags=tags, segments=profile, segment_money=money,
        segment_changes=_changes(), churn_bins=bins, model_quality=_quality(),
        ltv_deciles=[{"tenth": i + 1, "users": 1894, "value": 4e6 * 0.52**i} for i in range(10)],
        open_receipts=[
            {"audience": "silent_users", "told_on": DAY, "rows": 3, "days": 0, "is_overdue": False},
            {"audience": "", "told_on": DAY.replace(day=1), "rows": 12, "days": 9, "is_overdue": True},
        ],
        audiences=audiences, audience_changes=moved, audience_names=names, reason_names=reasons,
    )  # fmt: skip


def bare_day() -> Figures:
    """A day of which nothing is known but its date."""
    return Figures(day=DAY, hospital=HOSPITAL, kpis=KpiTable([], DAY))
