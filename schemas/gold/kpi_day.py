"""The hospital's key figures, day by day, and what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.table import Check, Column, Table

Unit = Literal["users", "share", "yuan", "points", "seconds", "visits", "acts", "level"]


@dataclass(frozen=True)
class Kpi:
    """One key figure: its code, unit, name and definition for readers of both languages.

    `parts` says what the figure is split by; empty where it is one number a day. `is_public` marks what rests on
    nobody's data, so that even a count of one may be told.
    """

    code: str
    unit: Unit
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    parts: str = ""
    is_public: bool = False


RETENTION_DAYS = (1, 3, 7, 14, 30)
FUNNEL_STEPS = ("home", "search", "doctor", "consultation", "payment")

_PEOPLE = (
    Kpi("dau", "users", "日活跃用户", "Daily active users",
        "当天有主动行为、问诊或下单的用户数（推送展示、推送拒绝不算）。",
        "Users who did something that day, asked or ordered; being shown a push, or refusing one, does not count."),
    Kpi("mau", "users", "月活跃用户", "Monthly active users",
        "截至当天的 30 天内活跃过的用户数，每人只计一次。",
        "Users active in the 30 days up to and including the day, each counted once."),
    Kpi("stickiness", "share", "用户粘性", "Stickiness",
        "日活跃用户占月活跃用户的比例。", "Daily active users as a share of monthly active users."),
    Kpi("new_user_count", "users", "新增用户", "New users",
        "当天注册的人；同一人的多个账号只计最早一次。",
        "People who registered that day; someone with several accounts counts once, at the first."),
    *(Kpi(f"retention_share_day_{n}", "share", f"{n} 日留存率", f"Day-{n} retention",
          f"当周注册的用户中，注册后第 {n} 天当天活跃的比例；日期为该周的周一。",
          f"Of the people who registered in the week, the share active on exactly day {n} after; dated by its Monday.")
      for n in RETENTION_DAYS),
)  # fmt: skip
_MONEY = (
    Kpi("net_spend_yuan", "yuan", "净消费额", "Net spend",
        "当天实付金额减去退款。", "Paid that day, less what was paid back."),
    Kpi("arpu_yuan_30d", "yuan", "每活跃用户消费", "Spend per active user",
        "近 30 天净消费额 ÷ 近 30 天活跃用户数（ARPU）。",
        "Net spend of the last 30 days over users active in them (ARPU)."),
    Kpi("first_order_share_30d", "share", "首单率", "First-order rate",
        "近 30 天注册的用户中，至今已下单的比例。",
        "Of the people who registered in the last 30 days, the share with an order by now."),
    Kpi("repeat_buyer_share_90d", "share", "复购率", "Repeat rate",
        "近 90 天的购买者中，在两个及以上不同日期下单的比例。",
        "Of those who bought in the last 90 days, the share who ordered on two or more different days."),
    Kpi("funnel_visit_count", "visits", "问诊漏斗", "Consultation funnel",
        "走到这一步或更后一步的访问次数。", "Visits that came to this step or a later one.", parts="step"),
)  # fmt: skip
_SERVICE = (
    Kpi("consultation_count", "acts", "问诊量", "Consultations", "当天发起的问诊数，含取消。",
        "Consultations asked that day, cancelled ones too."),
    Kpi("first_reply_seconds_median", "seconds", "首次回复中位时长", "First reply, median",
        "当天发起的问诊中，从提问到医生首次回复的时长，中位数。",
        "From question to the doctor's first answer, consultations asked that day: half waited less."),
    Kpi("first_reply_seconds_p90", "seconds", "首次回复 90 分位时长", "First reply, slowest tenth",
        "同上，九成问诊的等待短于此值。", "As above: nine out of ten waited less."),
    Kpi("nps_90d", "points", "净推荐值", "Net promoter score",
        "近 90 天的回答中，推荐者（9–10 分）占比减去贬损者（0–6 分）占比，−100 到 100。",
        "Answers of the last 90 days: share of promoters (9-10) less share of detractors (0-6), -100 to 100."),
    Kpi("complaint_count", "acts", "投诉量", "Complaints", "当天的投诉数，按原因。",
        "Complaints made that day, by what they are about.", parts="kind"),
    Kpi("community_act_count", "acts", "社群活动", "Community acts", "当天患者社群中的活动，按类别。",
        "What was done that day in patients' groups, by kind.", parts="action"),
)  # fmt: skip
_OPINION = (
    Kpi("mention_count", "acts", "舆情提及", "Mentions", "当天公开媒体上提到品牌的条数，按话题。",
        "Mentions of the brand in public media that day, by topic.", parts="topic", is_public=True),
    Kpi("mention_sentiment", "level", "舆情情感", "Sentiment of mentions",
        "当天提及的平均情感，−1 敌意到 1 友好。", "Mean sentiment of that day's mentions, -1 hostile to 1 friendly.",
        parts="topic", is_public=True),
    Kpi("mention_alert_level", "level", "舆情预警", "Alert level of mentions",
        "0 无，1 黄，2 橙，3 红：负面条数（医疗事故、隐私泄露按 3 倍计）与该话题前 28 天的日均相比。",
        "0 none, 1 yellow, 2 orange, 3 red: hostile mentions (medical accident and privacy leak weigh threefold) "
        "against the topic's own mean of the 28 days before.", parts="topic", is_public=True),
)  # fmt: skip
_CHANNELS = (
    Kpi("channel_touch_count", "acts", "渠道触达", "Touches", "当天发出或展示的触达数，按渠道。",
        "Campaign touches sent or shown that day, by channel.", parts="channel"),
    Kpi("channel_click_count", "acts", "渠道点击", "Clicks", "当天的点击数，按渠道。",
        "Campaign touches clicked that day, by channel.", parts="channel"),
    Kpi("channel_cost_yuan", "yuan", "渠道花费", "Channel cost", "当天触达的花费，按渠道。",
        "What that day's touches cost, by channel.", parts="channel"),
)  # fmt: skip
KPIS: dict[str, Kpi] = {k.code: k for k in (*_PEOPLE, *_MONEY, *_SERVICE, *_OPINION, *_CHANNELS)}

KPI_DAY = Table(
    "gold.kpi_day",
    "One key figure of one day, as known at the end of the as-of day, so that late rows change only later as-of "
    "days. A figure that cannot be told (nobody to divide by) has no row; a count of nothing has a row with 0 or none.",
    ("as_of_date", "kpi_date", "kpi", "part"),
    (
        Column("as_of_date", "date", "Day at whose end this was known.", nullable=False),
        Column("kpi_date", "date", "Day the figure is about; of retention, the Monday of the week of registration.",
               nullable=False),
        Column("kpi", "string", "Code of the figure; schemas.gold.kpi_day.KPIS has each one's definition.",
               nullable=False),
        Column("part", "string", "What of the figure: step, kind, topic, channel; empty for the whole.",
               nullable=False),
        Column("value", "double", "The figure, in the unit that KPIS says.", nullable=False),
        Column("base_count", "bigint", "What it rests on: users, answers, consultations, mentions; empty for plain "
               "counts and sums."),
    ),
    slice_by="as_of_date",
    checks=(
        Check("in_set", "kpi", values=tuple(KPIS)),
        Check("between", "base_count", min=0),
        Check("compare", "kpi_date", other="as_of_date"),
        Check("rows", min=1, severity="warn"),
    ),
)  # fmt: skip
