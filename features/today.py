"""What readers read by day: the last night's rows, and in their place those of users whom a trigger touched."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.gold.tag import TAG_DAY, USER_TAG
from schemas.gold.today import USER_PORTRAIT_TODAY, USER_TAG_TODAY
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.table import Table


@dataclass(frozen=True)
class Now:
    """A view: the rows of `table` that the last night told, but those of `today` where `same` columns are equal.

    The newest day of `today` counts, until `told` has it. `shown` tells the last night's rows from older ones.
    """

    name: str
    meaning: str
    table: Table
    today: Table
    told: Table
    same: tuple[str, ...]
    shown: str = "true"

    def sql(self, has_today: bool) -> str:
        """The query behind the view, over tables under their own names; `today` may not be there yet."""
        names = ", ".join(self.table.column_names)
        night = f"SELECT {names} FROM {self.table.name} WHERE {self.shown}"
        if not has_today:
            return night
        fresh = (
            f"SELECT {names} FROM {self.today.name} WHERE as_of_date = (SELECT max(as_of_date) FROM {self.today.name}) "
            f"AND as_of_date > (SELECT max(as_of_date) FROM {self.told.name})"
        )
        on = " AND ".join(f"n.{name} = f.{name}" for name in self.same)
        return f"SELECT n.* FROM ({night}) n LEFT ANTI JOIN ({fresh}) f ON {on} UNION ALL {fresh}"


NOW_VIEWS = (
    Now(
        "gold.user_tag_now",
        "gold.user_tag with what triggers told since the last night.",
        USER_TAG,
        USER_TAG_TODAY,
        TAG_DAY,
        USER_TAG.key,
    ),
    Now(
        "gold.user_portrait_now",
        "The newest portrait of every user, with what triggers told since the last night.",
        USER_PORTRAIT,
        USER_PORTRAIT_TODAY,
        USER_PORTRAIT,
        ("user_id",),
        f"as_of_date = (SELECT max(as_of_date) FROM {USER_PORTRAIT.name})",
    ),
)
