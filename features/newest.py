"""SQL for 'the last that was said', the same in whatever order rows come.

`max(struct(...))` says it more plainly and takes Sail several times as long as `max_by`, which in turn wants an
order without equals.
"""


def stamp(time_column: str, *ties: str) -> str:
    """SQL: a text that sorts by time, then by the string columns `ties`."""
    at = f"lpad(CAST(unix_micros({time_column}) AS STRING), 20, '0')"
    return f"concat({', '.join([at, *ties])})"


def newest(value: str, order: str, holds: str | None = None) -> str:
    """SQL: the value with the largest `order` among those that are not NULL and for which `holds`."""
    known = f"{value} IS NOT NULL" + (f" AND {holds}" if holds else "")
    return f"max_by({value}, CASE WHEN {known} THEN {order} END)"
