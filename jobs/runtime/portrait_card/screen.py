"""The card on a screen."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Column
from rich.table import Table as Screen

from jobs.runtime.portrait_card import face
from jobs.runtime.portrait_card.collect import Card
from jobs.runtime.portrait_card.words import Words
from jobs.runtime.report.text import Language, long_date
from jobs.runtime.used_for.words import PURPOSES


def show(card: Card, words: Words, language: Language, purpose: str, console: Console) -> None:
    """Part by part, the plainest first."""
    zh = language == "zh"
    say = f"{long_date(card.day).say(language)} · {PURPOSES[purpose].say(language)}"
    console.print(f"[bold]{escape(card.user_id)}[/bold]  {escape(say)}", highlight=False)
    console.print(escape(face.who(card, words).say(language)), highlight=False)
    _figures(card, language, console)
    for layer in face.layers(card, words):
        console.rule(f"[bold]{layer.title.say(language)}[/bold] {len(layer.tags)}", align="left")
        if layer.tags:
            console.print(_tags(layer, language))
    segments = "、".join(f"{name.say(language)}（{since.say(language)}）" for name, since in face.segments(card))
    console.rule("[bold]人群[/bold]" if zh else "[bold]Segments[/bold]", align="left")
    console.print(escape(segments) or "—", highlight=False)
    console.rule("[bold]同意[/bold]" if zh else "[bold]Consent[/bold]", align="left")
    console.print(_consent(card, language, purpose))
    console.rule("[bold]近期变化[/bold]" if zh else "[bold]Lately[/bold]", align="left")
    for day in face.latest(card):
        told = "；".join(f"{kind.say(language)} {what.say(language)}" for _, kind, what in day.changes)
        console.print(f"{day.day.say(language)}  {escape(told)}", highlight=False)


def _figures(card: Card, language: Language, console: Console) -> None:
    for figure in face.figures(card):
        note = figure.note.say(language)
        line = f"{figure.label.say(language)}  [bold]{escape(figure.value.say(language))}[/bold]"
        console.print(line + (f"  {escape(note)}" if note else ""), highlight=False)
        for reason in figure.reasons:
            console.print(f"  · {escape(reason.say(language))}", highlight=False)


def _tags(layer: face.Layer, language: Language) -> Screen:
    heads = (
        ("标签", "内容", "权重", "何时", "为什么") if language == "zh" else ("tag", "says", "weight", "since", "why")
    )
    screen = Screen(*(Column(h) for h in heads), box=None, padding=(0, 2, 0, 0))
    for tag in layer.tags:
        why = " · ".join(w.say(language) for w in tag.why) or tag.meaning.say(language)
        cells = (tag.name.say(language), tag.value.say(language), f"{tag.share:.2f}", tag.since.say(language), why)
        screen.add_row(*map(escape, cells), style="dim" if tag.is_fading else None)
    return screen


def _consent(card: Card, language: Language, purpose: str) -> Screen:
    screen = Screen("", *(c.say(language) for c in face.data_classes()), box=None, padding=(0, 2, 0, 0))
    for name, cells in face.consent(card, purpose):
        screen.add_row(name.say(language), *(cell.say(language) or "—" for cell in cells))
    return screen
