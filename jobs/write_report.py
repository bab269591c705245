"""The report of the day: one HTML file that needs no network."""

from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.job import Run, job
from jobs.runtime.report.collect import READS, collect
from jobs.runtime.report.publish import publish
from jobs.runtime.report.text import Text


@job(reads=READS)
def write_report(run: Run) -> None:
    """Writes report/<day>.html, and latest.html where no later day has one."""
    conf = run.settings.conf
    policy = load_policy(conf)
    audiences = {a.code: _text(a.stated.name) for a in load_audiences(conf, load_tags(conf), policy)}
    reasons = {b.code: _text(b.meaning) for p in policy.purposes.values() for b in p.bans}
    publish(collect(run, audiences, reasons), run.settings.report, cache_folder=run.settings.run_folder / "cache")


def _text(stated: object) -> Text:
    return Text(str(stated.zh), str(stated.en))
