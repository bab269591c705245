"""A feed's files into bronze, silver, and the list of what could not be taken."""

from jobs.runtime.faults import damaged_file
from jobs.runtime.intake.ingest import take_in, write_tables
from jobs.runtime.intake.plain_error import without_records
from jobs.runtime.job import Run, job
from schemas.feeds import FEEDS
from schemas.intake import INGEST_BALANCE, INGEST_FIELD, INGEST_FILE, REJECTED

_BOOKS = (REJECTED, INGEST_FILE, INGEST_FIELD, INGEST_BALANCE)
_TABLES = tuple(table for feed in FEEDS.values() for table in (feed.bronze, feed.silver))


@job(writes=(*_TABLES, *_BOOKS), options=("feed",))
def ingest_feed(run: Run) -> None:
    """Takes in one feed: files are read, de-identified, checked, and freed of repeats."""
    name = run.options["feed"]
    if name not in FEEDS:
        raise ValueError(f"no feed {name!r}; there are {', '.join(FEEDS)}")
    with without_records(run.settings.lake, lambda: damaged_file(run.lake.store, run.job.writes)):
        taken = take_in(run, FEEDS[name])
    write_tables(run, taken)
