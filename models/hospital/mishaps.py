"""What happens to whole files."""

from __future__ import annotations

from models.hospital.exports import Shape
from models.hospital.streams import stream

# Fixed days early on, so that even a short run has each kind; day of the simulation by export.
FIXED: dict[tuple[str, int], str] = {
    ("event", 5): "sent_twice",
    ("wenzhen", 8): "does_not_come",
    ("meter", 11): "empty",
    ("touch", 13): "sent_twice",
    ("orders", 17): "does_not_come",
    ("wenzhen", 20): "corrected",
    ("bp", 23): "sent_twice",
    ("pingjia", 14): "empty",
    ("event", 27): "does_not_come",
}
RARELY = 1 / 240  # (assumption) chance of each kind on any other day
KINDS = ("sent_twice", "does_not_come", "empty", "corrected")
CORRECTED = {"wenzhen": "评分", "pingjia": "星级"}
"""Exports whose rows have a number and so can be corrected by sending them again, and the column put right."""


def mishap(seed: int, shape: Shape, day: int) -> str:
    """What goes wrong with an export's file of a day; nothing on most days."""
    if (shape.stem, day) in FIXED:
        return FIXED[(shape.stem, day)]
    if day < 2 or shape.feed in ("account", "consent"):
        return ""
    draw = int(stream(seed, f"mishap {shape.stem}", day).random() / RARELY)
    kind = KINDS[draw] if draw < len(KINDS) else ""
    return "" if kind == "corrected" and shape.stem not in CORRECTED else kind
