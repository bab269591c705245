"""The day's lists as files, each with a manifest, and the use of the data written down."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from features.audience import Audience
from jobs.lists.inputs import LIST_TABLES, refuse_older_lists, stale_inputs, with_older
from jobs.runtime.audit import append_rows
from jobs.runtime.declarations import load_audiences, load_policy, load_tags
from jobs.runtime.export import MANIFEST, csv_bytes, manifest_bytes, parquet_bytes, publish, withdraw_others
from jobs.runtime.job import Run, job
from jobs.runtime.passage import lists_without_consent, told_of_all, withdrawn
from jobs.runtime.proved import refuse_unproved
from jobs.runtime.removals import tell_removals
from jobs.runtime.trail.lists import list_entry, withdrawal_entry
from schemas.gold.audience import ARMS, AUDIENCE_CHANGE, AUDIENCE_DAY, AUDIENCE_MEMBER
from schemas.gold.churn_score import CHURN_SCORE
from schemas.gold.ltv_score import LTV_SCORE
from schemas.gold.user_segment import USER_SEGMENT
from schemas.intake import INGEST_BALANCE, INGEST_FILE
from schemas.removal import REMOVAL
from schemas.self_proof import SELF_PROOF
from schemas.silver.consent_state import CONSENT_STATE
from schemas.use_log import USE_LOG

_MODELS = {"churn": CHURN_SCORE, "ltv": LTV_SCORE, "segments": USER_SEGMENT}
_ALWAYS = ("account_token", "channel", "send_window", "rank", "offer_zh", "offer_en")


Rows = dict[str, list[dict[str, Any]]]


class ListOutdatedError(ValueError):
    """A list was built by another version of its audience than conf/ holds now."""


@job(
    reads=(AUDIENCE_MEMBER, AUDIENCE_CHANGE, AUDIENCE_DAY, *LIST_TABLES, INGEST_FILE, INGEST_BALANCE, SELF_PROOF),
    writes=(USE_LOG, REMOVAL),
    purpose="marketing",
)
def publish_exports(run: Run) -> None:
    """Publishes the day's lists under exports/<day>/<audience>/ and logs what was used.

    A rerun gives the same bytes; the hold-out is counted, never published. Whose consent was withdrawn since the last
    lists is told to whoever pulled any list that they are on, in exports/removals/. Lists whose day is not proved, or
    that are made from stale data, are refused.
    """
    policy = load_policy(run.settings.conf)
    audiences = load_audiences(run.settings.conf, load_tags(run.settings.conf), policy)
    refuse_unproved(run)
    _refuse_without_consent(run, audiences)
    refuse_older_lists(run, AUDIENCE_DAY)
    stale = stale_inputs(run, policy)
    run = with_older(run, stale)
    rows, shared = _by_audience(run), _shared(run) | {"stale_inputs": {name: str(day) for name, day in stale.items()}}
    folder, entries = run.settings.exports / str(run.day), []
    for audience in audiences:
        files = _files(audience, rows.get(audience.code, {}), shared, policy.version)
        publish(folder / audience.code, files)
        count = len(rows.get(audience.code, {}).get("list", []))
        entries.append(_use(run, audience, policy.version, count, files[MANIFEST]))
    gone = withdraw_others(folder, [a.code for a in audiences])
    told = [list_entry(run.day, e["audience"], e["manifest_sha256"], e["row_count"], e["purpose"]) for e in entries]
    run.trail.append(*told, *(withdrawal_entry(run.day, audience) for audience in gone))
    append_rows(run.lake.store, USE_LOG, entries)
    run.written[USE_LOG.name] = len(entries)
    store, exports = run.lake.store, run.settings.exports
    run.written[REMOVAL.name] = tell_removals(store, exports, run.trail, run.day, withdrawn(run, audiences))


def _by_audience(run: Run) -> dict[str, Rows]:
    """The day's rows by audience and kind: list, holdout, change, outcome."""
    found: dict[str, Rows] = {}
    members = run.read_permitted(AUDIENCE_MEMBER, since=run.day, until=run.day).orderBy("audience", "rank")
    changed = run.read_permitted(AUDIENCE_CHANGE, since=run.day, until=run.day).orderBy(
        "audience", "account_token", "user_id"
    )
    outcomes = run.read(AUDIENCE_DAY, since=run.day, until=run.day).orderBy("audience", "outcome")
    for kind, df in (("member", members), ("change", changed), ("outcome", outcomes)):
        for row in df.toArrow().to_pylist():
            place = row["arm"] if kind == "member" else kind
            found.setdefault(row["audience"], {}).setdefault(place, []).append(row)
    return found


def _shared(run: Run) -> dict[str, Any]:
    """What all manifests of the day say: as-of day, model versions, state of the consents."""
    of_day = {"since": run.day, "until": run.day}
    versions = {
        name: sorted(told_of_all(run, "collect_set", table, "model_version", **of_day))
        for name, table in _MODELS.items()
    }
    last = told_of_all(run, "max", CONSENT_STATE, "stated_at", **of_day)
    told = {"as_of": str(run.day), "last_statement_at": str(last)}
    zone = run.settings.hospital.zone
    return {"as_of": str(run.day), "model_versions": versions, "consent": told, "zone": zone}


def _files(audience: Audience, rows: Rows, shared: dict[str, Any], policy_version: str) -> dict[str, bytes]:
    for arm in ARMS:
        _refuse_outdated(audience, policy_version, rows.get(arm, []))
    listed = [_line(audience, row) for row in rows.get("list", [])]
    names = [*_ALWAYS, *audience.stated.columns]
    schema = pa.schema([pa.field(n, pa.int32() if n == "rank" else pa.string()) for n in names])
    files = {
        "list.csv": csv_bytes(names, listed),
        "list.parquet": parquet_bytes(schema, listed),
        "changes.csv": csv_bytes(["account_token", "change"], rows.get("change", [])),
    }
    return {**files, MANIFEST: manifest_bytes({**shared, **_about(audience, rows, names, policy_version)}, files)}


def _refuse_without_consent(run: Run, audiences: Sequence[Audience]) -> None:
    if codes := lists_without_consent(run, audiences):
        raise ListOutdatedError(
            f"consent was withdrawn after the lists {', '.join(codes)} of {run.day} were built: run build_audiences "
            "for that day again"
        )


def _refuse_outdated(audience: Audience, policy_version: str, rows: list[dict[str, Any]]) -> None:
    for row in rows[:1]:
        if (row["audience_version"], row["policy_version"]) != (audience.version, policy_version):
            raise ListOutdatedError(
                f"audience {audience.code}: conf/ (audience, tags or policy) changed since its list of "
                f"{row['as_of_date']} was built: run build_audiences for that day again"
            )


def _line(audience: Audience, row: dict[str, Any]) -> dict[str, Any]:
    details, window = dict(row["details"]), " ".join(audience.windows[row["channel"]])
    return {n: {**row, "send_window": window}[n] for n in _ALWAYS} | {
        n: details.get(n) for n in audience.stated.columns
    }


def _about(audience: Audience, rows: Rows, names: list[str], policy_version: str) -> dict[str, Any]:
    stated, changed = audience.stated, rows.get("change", [])
    outcomes = {r["outcome"]: r["user_count"] for r in rows.get("outcome", [])}
    return {
        "audience": stated.code,
        "name": stated.name.model_dump(),
        "meaning": stated.meaning.model_dump(),
        "offer": stated.offer.model_dump(),
        "purpose": stated.purpose,
        "data_classes": list(audience.data_classes),
        "columns": names,
        "send_windows": {channel: list(windows) for channel, windows in audience.windows.items()},
        "rows": len(rows.get("list", [])),
        "holdout_rows": len(rows.get("holdout", [])),
        "holdout_share": audience.holdout_share,
        "not_listed": {k: v for k, v in outcomes.items() if k not in ARMS},
        "added": sum(r["change"] == "added" for r in changed),
        "removed": sum(r["change"] == "removed" for r in changed),
        "previous_list": str(max((r["previous_date"] for r in changed if r["previous_date"]), default="")) or None,
        "audience_version": audience.version,
        "tag_versions": {t.code: t.rule_version for t in audience.tags},
        "policy_version": policy_version,
    }


def _use(run: Run, audience: Audience, policy_version: str, rows: int, manifest: bytes) -> dict[str, Any]:
    return {
        "entry_id": uuid.uuid4().hex,
        "run_id": run.run_id,
        "job": run.job.name,
        "table_name": AUDIENCE_MEMBER.name,
        "purpose": audience.stated.purpose,
        "audience": audience.code,
        "as_of_date": run.day,
        "row_count": rows,
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        "policy_version": policy_version,
        "used_at": datetime.now(UTC),
    }
