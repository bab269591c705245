"""Landing files and the key must be at the end of reading what they were at its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jobs.runtime.intake.files import Delivery, LandingChanged, seen
from jobs.runtime.keys import KeyPlace, KeyUnusable


@contextmanager
def unchanged(deliveries: Sequence[Delivery], key: KeyPlace) -> Iterator[None]:
    """Raises LandingChanged or KeyUnusable when a file or the key became another inside, also when that broke it.

    Rows would not be those whose hash is told, and tokens not those of the key that is told. Nothing of the feed has
    been written by then.
    """
    key_id = key.key_id
    try:
        yield
    finally:
        for delivery in deliveries:
            if delivery.seen and seen(delivery.path) != delivery.seen:
                raise LandingChanged(delivery.path)
        if key.key_id != key_id:
            raise KeyUnusable(
                f"the key was another while files were read: {key_id} at first, {key.key_id} now. Nothing was written: "
                "set the lake's key (audit.ingest_file.key_id tells which) and run the same again"
            )
