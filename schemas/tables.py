"""Every declared table, by name. A table is found by being declared in a module below schemas/."""

import importlib
import pkgutil

import schemas
from schemas.feeds import FEEDS
from schemas.table import Table


def _declared() -> dict[str, Table]:
    found = {t.name: t for feed in FEEDS.values() for t in (feed.bronze, feed.silver)}
    for module in pkgutil.walk_packages(schemas.__path__, "schemas."):
        if module.name == __name__:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Table) and found.setdefault(value.name, value) != value:
                raise ValueError(f"table {value.name} is declared twice, the second time in {module.name}")
    return dict(sorted(found.items()))


TABLES = _declared()
