"""The catalogue of tags: one HTML file that needs no network."""

from jobs.runtime.catalogue.collect import READS, collect
from jobs.runtime.catalogue.page import publish
from jobs.runtime.job import Run, job


@job(reads=READS)
def write_catalogue(run: Run) -> None:
    """Writes catalogue/index.html: every tag with who has it, how it moves, what it rests on and who uses it."""
    publish(collect(run), run.settings.catalogue)
