"""The card as one HTML file that needs no network, reads on a telephone and prints on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from jobs.runtime.portrait_card import face
from jobs.runtime.portrait_card.collect import Card
from jobs.runtime.portrait_card.words import Words
from jobs.runtime.report.template import STYLE, as_it_stands, environment
from jobs.runtime.report.text import Text, long_date
from jobs.runtime.used_for.words import PURPOSES

_HERE = Path(__file__).parent


class _Title(Protocol):
    zh: str
    en: str


def page(card: Card, words: Words, hospital: _Title, purpose: str) -> str:
    """The whole page; everything that comes from data is escaped."""
    template = environment(_HERE).get_template("card.html.j2")
    return template.render(
        title=Text(f"用户画像卡 · {card.day}", f"Portrait card · {card.day}"),
        hospital=Text(hospital.zh, hospital.en),
        user=card.user_id,
        day=long_date(card.day),
        purpose=PURPOSES[purpose],
        who=face.who(card, words),
        figures=face.figures(card),
        layers=face.layers(card, words),
        segments=face.segments(card),
        classes=face.data_classes(),
        consent=face.consent(card, purpose),
        latest=face.latest(card),
        is_withheld=card.is_withheld,
        first_day=long_date(card.first_day),
        fit=_fit(len(card.tags)),
        style=as_it_stands(STYLE),
        own_style=as_it_stands(_HERE / "card.css"),
        behaviour=as_it_stands(_HERE / "card.js"),
    )


def _fit(tags: int) -> str:
    """How much smaller letters are printed so that so many tags go onto one sheet."""
    return f"{min(1.0, max(0.6, (38 / max(tags, 1)) ** 0.5)):.2f}"
