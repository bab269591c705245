"""Every feed's contract, by name. A new feed is a file beside this one that declares FEED."""

import importlib
import pkgutil

from schemas.feed import Feed


def _declared() -> dict[str, Feed]:
    modules = (importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    return {module.FEED.name: module.FEED for module in sorted(modules, key=lambda m: m.__name__)}


FEEDS = _declared()
