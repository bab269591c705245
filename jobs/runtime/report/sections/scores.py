"""Who may leave, what users will be worth, and how far the models can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobs.runtime.report.blocks import Block, Cell, Chart, Grid, Missing, Section
from jobs.runtime.report.charts import in_both
from jobs.runtime.report.figures import CHURN_BINS, Figures, Row
from jobs.runtime.report.people_charts import calibration, deciles, risk
from jobs.runtime.report.sections.series import missing
from jobs.runtime.report.text import (
    NOTHING,
    SMALLEST_GROUP,
    Language,
    Text,
    is_small,
    number,
    people,
    percent,
    same,
    signed,
    yuan,
)
from jobs.runtime.report.words import METRICS, MODELS, RIVALS, SPLITS, TIERS, name
from models.evaluation import HIGHER_IS_BETTER

_NO_SCORES = Text("这一天还没有评分。", "No scores were made for this day yet.")
_NO_QUALITY = Text("还没有训练过模型。", "No model was trained yet.")
# A table with so many rivals still fits half the page.
_NARROW = 2
_CURVE, _CURVE_ROWS = "calibration:", "calibration_rows:"


def scores(f: Figures) -> Section:
    """Distribution of churn, concentration of value, quality against baselines, calibration."""
    blocks: list[Block] = [_risk(f), _calibration(f), _value(f), *_quality(f)]
    return Section("scores", Text("流失与价值", "Churn and value"), _lead(f), blocks)


def _lead(f: Figures) -> Text:
    if not f.churn_bins:
        return NOTHING
    total = sum(r["count"] for r in f.churn_bins)
    high = sum(r["count"] for r in f.churn_bins if r["tier"] == "high")
    return Text(
        f"{people(high)} 名用户（{percent(high / total, 0)}）处于高流失风险。",
        f"{people(high)} users ({percent(high / total, 0)}) are at high risk of leaving.",
    )


def _risk(f: Figures) -> Chart | Missing:
    title = Text("流失概率分布", "Churn probability")
    if not f.churn_bins:
        return missing(title, _NO_SCORES)
    ranks = {tier: i for i, tier in enumerate(TIERS)}

    def build(language: Language) -> Any:
        rows = []
        heights = [0.0] * CHURN_BINS
        for r in sorted(f.churn_bins, key=lambda r: (ranks[r["tier"]], r["bin"])):
            low, high = r["bin"] / CHURN_BINS, (r["bin"] + 1) / CHURN_BINS
            below = heights[r["bin"]]
            heights[r["bin"]] = above = below + max(r["count"], SMALLEST_GROUP)
            rows.append({
                "low": low, "high": high, "range": f"{percent(low, 0)}–{percent(high, 0)}", "below": below,
                "above": above, "users_text": people(r["count"]), "tier": TIERS[r["tier"]].say(language),
            })  # fmt: skip
        return risk(rows, language)

    tiers = {tier: sum(r["count"] for r in f.churn_bins if r["tier"] == tier) for tier in TIERS}
    takeaway = Text("，".join(f"{TIERS[t].zh} {people(n)} 人" for t, n in tiers.items()) + "。",
                    ", ".join(f"{TIERS[t].en} {people(n)}" for t, n in tiers.items()) + ".")  # fmt: skip
    return Chart("churn", title, in_both(build, 250), takeaway)


def _value(f: Figures) -> Chart | Missing:
    title = Text("价值集中在谁身上", "Where the value lies")
    total = sum(r["value"] or 0 for r in f.ltv_deciles)
    if not total:
        return missing(title, _NO_SCORES)
    tenths = sorted(f.ltv_deciles, key=lambda r: r["tenth"])

    def build(language: Language) -> Any:
        rows = []
        for r in tenths:
            n, few = r["tenth"], is_small(r["users"])
            label = f"{10 * n - 10}–{10 * n}%"
            each = yuan(r["value"] / r["users"]) if r["users"] and not few else "—"
            share = None if few else r["value"] / total
            rows.append({"tenth": n, "label": label, "share": share, "text": percent(share, 0), "tip": each})
        return deciles(rows, language)

    top = tenths[0]["value"] / total
    takeaway = Text(f"价值最高的一成用户预计贡献未来一年消费的 {percent(top, 0)}。",
                    f"The top tenth of users is expected to bring {percent(top, 0)} of next year's spend.")  # fmt: skip
    note = Text("用户按预期一年价值从高到低分成十份。", "Users in ten equal parts, the highest expected value first.")
    return Chart("ltv", title, in_both(build, 200), takeaway, note, wide=True)


def _calibration(f: Figures) -> Chart | Missing:
    title = Text("概率说得准吗", "Are the chances right?")
    churn = [r for r in f.model_quality if r["model"] == "churn"]
    sizes = {r["metric"].removeprefix(_CURVE_ROWS): r["value"] for r in churn if r["metric"].startswith(_CURVE_ROWS)}
    bins = [r for r in churn if r["metric"].startswith(_CURVE) and None not in (r["value"], r["baseline_value"])]
    bins = [r for r in bins if not is_small(sizes.get(r["metric"].removeprefix(_CURVE)))]
    if not bins:
        return missing(title, _NO_QUALITY)

    def build(language: Language) -> Any:
        rows = [
            {"predicted": r["baseline_value"], "observed": r["value"],
             "users_text": number(sizes.get(r["metric"].removeprefix(_CURVE)))}
            for r in sorted(bins, key=lambda r: r["baseline_value"])
        ]  # fmt: skip
        return calibration(rows, language)

    gap = max(abs(r["value"] - r["baseline_value"]) for r in bins)
    takeaway = Text(
        f"预测与实际最多相差 {100 * gap:.0f} 个百分点。",
        f"At most {100 * gap:.0f} points between forecast and outcome.",
    )
    note = Text("用模型没有见过的、训练之后的日期检验；点在虚线上就是说得准。",
                "Tested on days later than any it was trained on; points on the dashed line are right.")  # fmt: skip
    return Chart("calibration", title, in_both(build, 250), takeaway, note)


def _quality(f: Figures) -> list[Grid | Missing]:
    """One table per model and kind of test: each figure beside what simpler rivals reach."""
    found: list[Grid | Missing] = []
    for model in MODELS:
        rows = [r for r in f.model_quality if r["model"] == model and r["metric"] in METRICS]
        of_split = {split: [r for r in rows if r["split"] == split] for split in SPLITS}
        found += [_table(model, split, told) for split, told in of_split.items() if told]
    return found or [missing(Text("模型质量", "Model quality"), _NO_QUALITY)]


def _table(model: str, split: str, rows: list[Row]) -> Grid:
    rivals = list(dict.fromkeys(r["baseline_name"] for r in rows if r["baseline_name"]))
    lines = []
    for metric in [m for m in METRICS if any(r["metric"] == m for r in rows)]:
        title, meaning, _ = METRICS[metric]
        own = next(r["value"] for r in rows if r["metric"] == metric)
        others = {r["baseline_name"]: r["baseline_value"] for r in rows if r["metric"] == metric}
        write = _writer(metric)
        best = rivals and all(_beats(metric, own, other) for other in others.values())
        lines.append([
            Cell(title, detail=meaning), Cell(same(write(own)), "good" if best else "plain"),
            *(Cell(same(write(others.get(rival))), "muted") for rival in rivals),
        ])  # fmt: skip
    head = [Text("指标", "Figure"), Text("模型", "Model"), *(name(RIVALS, rival) for rival in rivals)]
    where, version = SPLITS[split], rows[0]["model_version"]
    takeaway = Text(f"检验于{where.zh} · 模型版本 {version}", f"Tested {where.en} · model version {version}")
    return Grid(MODELS[model], head, lines, takeaway, wide=len(rivals) > _NARROW)


def _beats(metric: str, own: float | None, other: float | None) -> bool:
    """At least as good as the other, or nothing to compare with."""
    if own is None or other is None:
        return True
    if metric == "total_bias":
        return abs(own) <= abs(other)
    return own >= other if HIGHER_IS_BETTER.get(metric, True) else own <= other


def _writer(metric: str) -> Callable[[float | None], str]:
    digits = METRICS[metric][2]
    if metric == "total_bias":
        return lambda v: "—" if v is None else signed(100 * v, 1, "%")
    if digits is None:
        return lambda v: percent(v)
    return lambda v: number(v, digits)
