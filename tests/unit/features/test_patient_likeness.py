"""What patients of different accounts are compared by."""

from datetime import date

import pytest
from pyspark.sql import SparkSession
from silver_rows import DAY, people, rows_of, silver, told

from features.accounts import account_state
from features.identity_rules import PatientLinking
from features.patient_likeness import comparable_patients
from features.patients import patients
from schemas.silver.device_account import DEVICE_ACCOUNT
from schemas.silver.identity_hub import IDENTITY_HUB


def test_a_patient_is_compared_by_what_all_accounts_that_act_for_them_say(spark: SparkSession) -> None:
    state = account_state(
        silver(
            spark, "account", {"account_token": "mum", "birth_date": date(1985, 1, 2), "phone_token": "t"},
            {"account_token": "dad", "sex": "male", "phone_token": "hot-line", "birth_date": date(1970, 1, 1)},
        )
    )  # fmt: skip
    child = {"member_token": "m1", "relation": "child"}
    bound = silver(
        spark, "family_binding",
        {**child, "account_token": "mum", "member_birth_date": date(2020, 3, 4)},
        {**child, "account_token": "dad", "member_sex": "female"},
        {"account_token": "mum", "member_token": "m2", "relation": "parent"},
    )  # fmt: skip
    asked = silver(
        spark, "consultation",
        {"account_token": "dad", "patient_relation": "parent", "patient_token": "m3", "patient_age": 70},
    )  # fmt: skip
    devices = rows_of(
        DEVICE_ACCOUNT, spark,
        *({"device_token": d, "account_token": a} for d, a in [("d", "mum"), ("d", "dad"), ("tablet", "dad")]),
    )  # fmt: skip
    hubs = [{"identifier_kind": k, "identifier": i} for k, i in (("device", "tablet"), ("phone", "hot-line"))]
    there = patients(state, bound, asked, people(spark, [("mum", "u1"), ("dad", "u2")]), DAY)
    found = comparable_patients(there, state, bound, devices, rows_of(IDENTITY_HUB, spark, *hubs), [date(1970, 1, 1)])
    year = {r["patient_id"]: r["birth_year"] for r in there.collect()}["pm3"]
    assert told(found, "patient_id") == [
        {"patient_id": "pm1", "birth_date": "2020-03-04", "birth_year": 2020, "sex": "female",
         "contacts": ["deviced", "phonet"], "user_ids": ["u1", "u2"]},
        {"patient_id": "pm2", "contacts": ["deviced", "phonet"], "user_ids": ["u1"]},
        {"patient_id": "pm3", "birth_year": year, "contacts": ["deviced"], "user_ids": ["u2"]},
        {"patient_id": "u1", "birth_date": "1985-01-02", "birth_year": 1985, "contacts": ["deviced", "phonet"],
         "user_ids": ["u1"], "is_holder": True},
        {"patient_id": "u2", "sex": "male", "contacts": ["deviced"], "user_ids": ["u2"], "is_holder": True},
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"threshold": 1.0}, {"threshold": 0.2}, {"is_on": "yes"}, {"min": 1}])
def test_patient_linking_is_off_unless_told_and_refuses_what_makes_no_sense(wrong: dict[str, object]) -> None:
    assert PatientLinking() == PatientLinking(is_on=False, threshold=0.95)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PatientLinking.model_validate(wrong)
