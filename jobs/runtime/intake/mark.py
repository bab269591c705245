"""One kind of thing to hide in free text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """What is found by `pattern` becomes `left`, which says what stood there, like [phone].

    `hint` finds every text that the pattern can find something in, and more; RE2 runs it over whole columns, so it
    has no look-around, and it is what the millions of texts pay in which nothing is.
    """

    pattern: re.Pattern[str]
    left: str | Callable[[re.Match[str]], str]
    hint: str
