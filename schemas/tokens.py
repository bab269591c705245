"""In which columns a token of somebody stands, or a number that is made of one."""

from __future__ import annotations

from schemas.erasure import SUPPRESSED
from schemas.feeds import FEEDS
from schemas.silver.identity_hub import IDENTITY_HUB
from schemas.table import Table

# A person's number is a letter and the first 31 digits of a token (features/identity.py, features/patients.py).
PERSON_NUMBERS = frozenset({"user_id", "patient_id", "linked_patient_id", "old_user_id", "new_user_id"})
TOKENS = frozenset({"actor_id"} | {f.name for feed in FEEDS.values() for f in feed.fields if f.identifier})
_ELSEWHERE = {SUPPRESSED.name: ("token",), IDENTITY_HUB.name: ("identifier",)}


def token_columns(table: Table) -> list[str]:
    """The columns of a table that hold tokens or persons' numbers."""
    own = _ELSEWHERE.get(table.name, ())
    return [c.name for c in table.columns if c.name in TOKENS | PERSON_NUMBERS or c.name in own]
