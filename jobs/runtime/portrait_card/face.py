"""What the card says, part by part, in both languages: the same for the screen and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jobs.runtime.portrait_card.collect import Card, HeldTag, Row, Step
from jobs.runtime.portrait_card.words import Words
from jobs.runtime.report.text import NOTHING, Text, joined, percent, same, short_date, yuan
from jobs.runtime.report.words import CHANNELS, LAYERS, TIERS
from jobs.runtime.used_for.words import CLASSES, PURPOSES
from jobs.runtime.used_for.words import TIERS as VALUE_TIERS
from schemas import vocabulary

LATEST = 12
_HEAD = ("sex", "age_band", "occupation", "province_name", "city_tier", "membership_level")
_KINDS = {
    "entered": Text("新增", "new"),
    "left": Text("失去", "lost"),
    "joined": Text("进入人群", "into segment"),
    "parted": Text("离开人群", "out of segment"),
    "alert": Text("照护提醒", "care alert"),
    "begun": Text("照护开始", "care begins"),
    "merged": Text("身份", "identity"),
}
# What is agreed to without being reached through anything.
_WITHIN = Text("内部使用", "use within")
_CERTAINTY = {
    "stated": Text("本人所述", "stated"),
    "observed": Text("观察所得", "observed"),
    "inferred": Text("推断", "inferred"),
    "predicted": Text("模型预测", "predicted"),
}


@dataclass(frozen=True)
class Figure:
    """A figure with a word on it and what it rests on."""

    label: Text
    value: Text
    note: Text = NOTHING
    reasons: Sequence[Text] = ()


@dataclass(frozen=True)
class TagLine:
    """A tag as it is shown; `share` is its weight from 0 to 1."""

    name: Text
    value: Text
    meaning: Text
    since: Text
    certainty: Text
    share: float
    why: Sequence[Text]
    is_fading: bool
    is_as_old_as_tags: bool


@dataclass(frozen=True)
class Layer:
    title: Text
    tags: Sequence[TagLine]


@dataclass(frozen=True)
class Day:
    """What came and went on one day, by kind."""

    day: Text
    changes: Sequence[tuple[str, Text, Text]]


def who(card: Card, words: Words) -> Text:
    """The person in half a line: no name, no number."""
    row = card.portrait
    known = [words.value(c, row[c]) for c in _HEAD if row.get(c) and row[c] != "unknown"]
    if row.get("tenure_days") is not None:
        known.append(Text(f"注册 {row['tenure_days']} 天", f"here for {row['tenure_days']} days"))
    return joined(known, " · ", " · ") if known else Text("没有可显示的基本信息", "nothing basic to show")


def figures(card: Card) -> list[Figure]:
    """Scores and group; what is not known of the day, or not to be seen, is left out."""
    found = [_churn(card.portrait), _worth(card.portrait), _tier(card.portrait), _group(card.portrait)]
    return [f for f in found if f]


def layers(card: Card, words: Words) -> list[Layer]:
    """The four layers, held tags before fading ones."""
    return [
        Layer(title, [_line(t, card, words) for t in card.tags if t.layer == layer]) for layer, title in LAYERS.items()
    ]


def consent(card: Card, purpose: str) -> list[tuple[Text, list[Text]]]:
    """A line for each purpose: through which channels each data class may be used; empty is no."""
    asked = [p for p in vocabulary.PURPOSES if purpose in ("care", p)]
    return [(PURPOSES[p], [_channels(card.consent, p, c) for c in vocabulary.DATA_CLASSES]) for p in asked]


def data_classes() -> list[Text]:
    return [CLASSES[c] for c in vocabulary.DATA_CLASSES]


def segments(card: Card) -> list[tuple[Text, Text]]:
    """Each rule segment and since when."""
    return [(s.name, _since(s.since)) for s in card.segments]


def latest(card: Card) -> list[Day]:
    """The last days on which something came or went."""
    days: dict[object, list[Step]] = {}
    for step in card.steps:
        days.setdefault(step.day, []).append(step)
    return [Day(short_date(steps[0].day), _changes(steps)) for steps in list(days.values())[:LATEST]]


def _changes(steps: Sequence[Step]) -> list[tuple[str, Text, Text]]:
    by_kind: dict[str, list[Text]] = {}
    for step in steps:
        by_kind.setdefault(step.kind, []).append(step.what)
    return [(kind, _KINDS[kind], joined(by_kind[kind], "、")) for kind in _KINDS if kind in by_kind]


def _line(tag: HeldTag, card: Card, words: Words) -> TagLine:
    since = _since(tag.since)
    if tag.until:
        since = joined([since, Text(f"{short_date(tag.until).zh}失去", f"lost {short_date(tag.until).en}")])
    said = [words.fact(f) for f in tag.facts if str(f.value) != tag.value]
    why = [text for text in said if text != tag.name]
    return TagLine(
        tag.name, words.tag_value(tag.value, tag.main), tag.meaning, since, _CERTAINTY[tag.certainty], tag.weight, why,
        is_fading=tag.until is not None, is_as_old_as_tags=tag.since == card.first_day,
    )  # fmt: skip


def _since(day: date) -> Text:
    said = short_date(day)
    return Text(f"{said.zh}起", f"since {said.en}")


def _channels(rows: Sequence[Row], purpose: str, data_class: str) -> Text:
    given = {
        r["channel"] for r in rows if (r["purpose"], r["data_class"], r["is_granted"]) == (purpose, data_class, True)
    }
    names: Mapping[str, Text] = {"none": _WITHIN, **CHANNELS}
    return joined([names[c] for c in ("none", *vocabulary.CHANNELS) if c in given], "、")


def _churn(row: Row) -> Figure | None:
    if row.get("churn_probability") is None:
        return None
    why = zip(row.get("reasons_zh") or [], row.get("reasons_en") or [], strict=False)
    note = TIERS[row["risk_tier"]] if row.get("risk_tier") else NOTHING
    label = Text("30 天内流失概率", "Chance of leaving within 30 days")
    return Figure(label, same(percent(row["churn_probability"], 0)), note, [Text(zh, en) for zh, en in why])


def _worth(row: Row) -> Figure | None:
    if row.get("ltv_yuan_365d") is None:
        return None
    notes = []
    if row.get("spend_yuan_365d") is not None:
        spent = yuan(float(row["spend_yuan_365d"]))
        notes.append(Text(f"过去一年消费 {spent}", f"{spent} spent in the past year"))
    if row.get("alive_probability") is not None:
        alive = percent(row["alive_probability"], 0)
        notes.append(Text(f"仍是买家的概率 {alive}", f"still a buyer: {alive}"))
    label = Text("未来一年预期消费", "Expected spend, next year")
    return Figure(label, same(yuan(float(row["ltv_yuan_365d"]))), joined(notes))


def _tier(row: Row) -> Figure | None:
    tier = row.get("value_tier")
    if tier is None:
        return None
    value = row.get("value_yuan")
    note = NOTHING if value is None else Text(f"综合价值 {yuan(float(value))}", f"worth {yuan(float(value))} in all")
    return Figure(Text("价值层级", "Value tier"), VALUE_TIERS.get(tier, same(tier)), note)


def _group(row: Row) -> Figure | None:
    if row.get("segment_zh") is None:
        return None
    return Figure(Text("用户群", "Group"), Text(row["segment_zh"], row["segment_en"]))
