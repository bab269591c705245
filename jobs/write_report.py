"""The report of the day: one HTML file that needs no network."""

from typing import Protocol

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
    figures = collect(run, audiences, reasons, policy.withdrawal.confirm_within_days)
    publish(figures, run.settings.report, cache_folder=run.settings.run_folder / "cache")


class _Bilingual(Protocol):
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def _text(stated: _Bilingual) -> Text:
    return Text(stated.zh, stated.en)
