"""Patients are linked across accounts only where conf/identity.yml asks for it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from schemas.silver.identity import IDENTITY
from schemas.silver.patient import PATIENT
from schemas.silver.patient_link import PATIENT_LINK
from tests.unit.jobs.incremental.hospital_in_pieces import DAYS, Fields, Told

COUPLES = 40
AT = f"{DAYS[0]} 08:00:00"
FAMILY = """
feed: family_binding
where: family_binding/{day}/*.jsonl
format: json_lines
zone: Asia/Shanghai
columns: {account_token: {from: user}, member_token: {from: member}, relation: {from: what}, action: {from: action},
  member_birth_date: {from: born, format: yyyy-MM-dd}, member_sex: {from: sex},
  bound_at: {from: at, format: "yyyy-MM-dd HH:mm:ss"}}
"""


def _born(n: int) -> str:
    return str(date(1960, 1, 1) + timedelta(days=n * 97))


def _account(user: str, n: int, sex: str) -> Fields:
    return {"account_token": f"{user}{n}", "registered_at": AT, "updated_at": AT, "phone_token": f"1390{n + 3517:07}",
            "birth_date": _born(2 * n + (sex == "male")), "sex": sex, "status": "open"}  # fmt: skip


def _hospital(folder: Path, spark: SparkSession) -> Told:
    """Couples with one telephone, each with an account each; the wives have bound husband and child."""
    hospital = Told(folder, spark, "sail")
    (hospital.settings.sources / "family_binding.yml").write_text(FAMILY)
    accounts = [_account(u, n, s) for n in range(COUPLES) for u, s in (("wife", "female"), ("husband", "male"))]
    members = [
        {
            "user": f"wife{n}",
            "member": f"{who}{n}",
            "what": who,
            "action": "bind",
            "born": born,
            "sex": "male",
            "at": AT,
        }
        for n in range(COUPLES)
        for who, born in (("spouse", _born(2 * n + 1)), ("child", _born(400 + n)))
    ]
    for feed, rows in (("account", accounts), ("family_binding", members)):
        hospital.deliver(feed, DAYS[0], "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    return hospital


def test_patients_are_linked_where_it_is_asked_for_and_nobody_is_merged(spark: SparkSession, tmp_path: Path) -> None:
    hospital = _hospital(tmp_path, spark)
    hospital.take_days(("account", "family_binding"), 0, 0)
    assert not hospital.lake.store.exists(PATIENT_LINK)
    apart = hospital.rows(IDENTITY), hospital.rows(PATIENT)

    rules = hospital.settings.conf / "identity.yml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("is_on: false", "is_on: true"), encoding="utf-8")
    hospital.run("link_identity", 0)
    links = hospital.rows(PATIENT_LINK)
    assert (hospital.rows(IDENTITY), hospital.rows(PATIENT)) == apart

    relation = dict(hospital.rows(PATIENT, ("patient_id", "relation")))
    assert len(links) == COUPLES
    assert {(relation[one], relation[other]) for _, one, other, _ in links} == {("spouse", "self")}
    assert all(day == DAYS[0] and likely >= 0.95 for day, _, _, likely in links)
