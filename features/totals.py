"""Sums that come out the same each time."""

from schemas.feature.user_day import USER_DAY

_DOUBLES = frozenset(c.name for c in USER_DAY.columns if c.type == "double")


def total(measure: str, what: str | None = None) -> str:
    """SQL that adds up a measure of user_day, or `what` of it.

    The engine adds doubles in another order each time, which changes the last digits; rounded to four places the sum
    of the same rows is the same number, on either engine.
    """
    added = f"sum({what or measure})"
    return f"round({added}, 4)" if measure in _DOUBLES else added
