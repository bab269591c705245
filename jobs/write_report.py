"""The report of the day: one HTML file that needs no network."""

from typing import Protocol

from jobs.learning.settings import load_segments
from jobs.runtime.declarations import load_audiences, load_policy, load_segment_views, load_tags
from jobs.runtime.group_page import collect as collect_groups
from jobs.runtime.group_page.page import publish as publish_groups
from jobs.runtime.job import Run, job
from jobs.runtime.report.collect import READS, collect
from jobs.runtime.report.publish import publish
from jobs.runtime.report.text import Text


@job(reads=tuple(dict.fromkeys((*READS, *collect_groups.READS))))
def write_report(run: Run) -> None:
    """Writes report/<day>.html and groups/<day>.html beside it, and latest.html where no later day has one."""
    conf = run.settings.conf
    policy = load_policy(conf)
    tags = load_tags(conf)
    audiences = {a.code: _text(a.stated.name) for a in load_audiences(conf, tags, policy)}
    reasons = {b.code: _text(b.meaning) for p in policy.purposes.values() for b in p.bans}
    figures = collect(run, audiences, reasons, policy.withdrawal.confirm_within_days)
    publish(figures, run.settings.report, cache_folder=run.settings.run_folder / "cache")
    bounds = load_segments(conf).drift.model_dump()
    groups = collect_groups.collect(run, load_segment_views(conf, tags).smallest_count, bounds)
    if groups:
        publish_groups(groups, run.settings.report / "groups")


class _Bilingual(Protocol):
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def _text(stated: _Bilingual) -> Text:
    return Text(stated.zh, stated.en)
