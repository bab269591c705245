"""carry_out_erasures: whoever asked to be erased, is."""

from __future__ import annotations

from jobs.runtime.erasure.cases import Request
from jobs.runtime.erasure.erase import carry_out
from jobs.runtime.job import Run, job
from schemas.erasure import ERASURE, SUPPRESSED
from schemas.feeds import FEEDS

_REQUESTS = FEEDS["erasure_request"].silver


@job(reads=(_REQUESTS,), writes=(SUPPRESSED, ERASURE), alone=True)
def carry_out_erasures(run: Run) -> None:
    """Erases whoever asked for it until the day, all in one pass, and goes on with erasures that were begun.

    A request goes with the person, so that none is carried out twice; most days there is none, and nothing is touched.
    """
    asked = run.read_or_empty(_REQUESTS, until=run.day).select("account_token", "request_id").collect()
    receipts = carry_out(run.settings, [Request(row.account_token, row.request_id) for row in asked])
    run.written[ERASURE.name] = len(receipts)
