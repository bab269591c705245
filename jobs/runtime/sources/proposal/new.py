"""The command `cameo source new`, from a file to the text of its mapping."""

from __future__ import annotations

import difflib
from pathlib import Path

from jobs.runtime.settings import load_settings, project_root
from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.guess import guess
from jobs.runtime.sources.proposal.place import place_of
from jobs.runtime.sources.proposal.sniff import sniff
from jobs.runtime.sources.proposal.words import FILE, load_words
from jobs.runtime.sources.proposal.write import mapping_text, refuse_existing, write_new
from schemas.feeds import FEEDS


def new_mapping(feed: str, file: Path, hospital: str | None = None) -> tuple[str, Path | None]:
    """The text of the mapping, and where it was written: nowhere without a hospital."""
    if feed not in FEEDS:
        near = difflib.get_close_matches(feed, FEEDS, 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise SourceUnreadable(f"no feed {feed!r}{hint}: it is one of {', '.join(FEEDS)}")
    words = load_words(project_root() / "conf" / FILE)
    settings = load_settings(hospital) if hospital else None
    target = settings.sources / f"{feed}.yml" if settings else None
    if target:
        refuse_existing(target)
    sample = sniff(file, words.is_usual)
    landing = settings.hospital.landing.resolve() if settings else None
    zone = settings.hospital.zone if settings else None
    text = mapping_text(sample, guess(sample, FEEDS[feed], words), place_of(file, feed, landing), zone)
    if target:
        write_new(target, text)
    return text, target
