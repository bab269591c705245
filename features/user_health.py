"""What is known of users' own health."""

from collections.abc import Iterable, Mapping
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.life_stage import LIFE_STAGE_COLUMNS, diagnosed_dates, recorded_weeks, with_life_stage
from features.medicine_cover import days_covered, of_classes
from features.newest import newest, stamp
from features.patients import MEMBER
from features.windows import days_since, for_every_user
from schemas.feature.patient_health import PATIENT_HEALTH
from schemas.feature.user_health import (
    ALLERGY_WORDS,
    CHECK_UP_ITEMS,
    CHRONIC_CONDITIONS,
    CONDITION_DRUG_CLASSES,
    CONDITIONS,
    DIABETES_COMPLICATED,
    DISEASE_SUBTYPES,
    OPERATION_WORDS,
    SENSITIVE_CONDITIONS,
    SENSITIVE_DRUG_CLASSES,
    USER_HEALTH,
    check_up_column,
)

_OWN = "patient_relation = 'self'"
_CATEGORY = "upper(substring(trim(icd10_code), 1, 3))"
_MAIN_FIRST = stamp("diagnosed_at", "CASE WHEN is_primary THEN '1' ELSE '0' END", "icd10_code")


def user_health(
    diagnosis: DataFrame, prescription: DataFrame, health_record: DataFrame, users: DataFrame, as_of: date
) -> DataFrame:
    """feature.user_health from all diagnoses, prescriptions and records known by then, `of_users`.

    Facts on somebody else, or on nobody knows whom, never count as the user's.
    """
    parts = [
        _diagnosed(diagnosis.where(_OWN), as_of),
        _prescribed(prescription.where(_OWN), as_of),
        days_covered(prescription.where(_OWN), as_of),
        _recorded(health_record.where(_OWN)),
        _others(diagnosis.where(f"NOT {_OWN}"), prescription.where(f"NOT {_OWN}"), as_of),
    ]
    glucose, hba1c = check_up_column("fasting_glucose"), check_up_column("hba1c")
    sensitive = [f"coalesce(has_{code}, false)" for code in SENSITIVE_CONDITIONS]
    derived = {
        "chronic_condition_count": " + ".join(f"CAST(coalesce(has_{c}, false) AS INT)" for c in CHRONIC_CONDITIONS),
        "has_sensitive_condition": " OR ".join(
            [*sensitive, "coalesce(has_recorded_loss, false)", "coalesce(has_sensitive_medicine, false)"]
        ),
        "days_since_last_prescription": days_since("prescription_date", as_of, 180),
        "has_allergy": "size(allergies) > 0",
        "is_pre_diabetic": f"NOT coalesce(has_diabetes, false) AND ({glucose} >= 6.1 AND {glucose} < 7.0 "
        f"OR {hba1c} >= 6.0 AND {hba1c} < 6.5)",
        "has_diabetic_check_up": f"NOT coalesce(has_diabetes, false) AND ({glucose} >= 7.0 OR {hba1c} >= 6.5)",
        **LIFE_STAGE_COLUMNS,
    }
    known = users
    for part in parts:
        known = known.join(part, "user_id", "left")
    return for_every_user(with_life_stage(known, as_of), [], USER_HEALTH, as_of, derived)


def patient_health(diagnosis: DataFrame, prescription: DataFrame, health_record: DataFrame, as_of: date) -> DataFrame:
    """feature.patient_health: the same of family members, from facts that name one, `of_users`.

    What names nobody is nobody's: neither the holder's nor any member's.
    """
    ill, medicine, record = (_as_their_own(f) for f in (diagnosis, prescription, health_record))
    patients = ill.select("user_id").unionByName(medicine.select("user_id")).unionByName(record.select("user_id"))
    found = user_health(ill, medicine, record, patients.distinct(), as_of).withColumnRenamed("user_id", "patient_id")
    return found.select(*PATIENT_HEALTH.column_names)


def _as_their_own(facts: DataFrame) -> DataFrame:
    said = {"user_id": MEMBER, "patient_relation": "'self'"}
    named = facts.where(f"patient_token IS NOT NULL AND NOT {_OWN}")
    return named.selectExpr(*(f"{said[c]} AS {c}" if c in said else c for c in named.columns))


def in_ranges(ranges: Iterable[tuple[str, str]], category: str = "category") -> str:
    """SQL: whether a three-character ICD-10 category lies in one of the ranges."""
    return "(" + " OR ".join(f"{category} BETWEEN '{first}' AND '{last}'" for first, last in ranges) + ")"


_SENSITIVE = in_ranges([r for _, ranges in SENSITIVE_CONDITIONS.values() for r in ranges])


def _subtype(kinds: Mapping[str, str]) -> str:
    return "CASE category " + " ".join(f"WHEN '{start}' THEN '{name}'" for start, name in kinds.items()) + " END"


def _any_of(words: Iterable[str], kind: str) -> str:
    """SQL: whether an entry of the kind holds one of the words."""
    return f"coalesce(bool_or(kind = '{kind}' AND item RLIKE '{'|'.join(words)}'), false)"


def _recent(as_of: date, days: int = 180) -> str:
    return f"event_date > date_sub(DATE'{as_of}', {days})"


def _diagnosed(own: DataFrame, as_of: date) -> DataFrame:
    columns = {
        "last_icd10_code": newest("icd10_code", _MAIN_FIRST),
        "last_diagnosis_date": "max(event_date)",
        "diagnosis_count_180d": f"count(CASE WHEN {_recent(as_of)} THEN 1 END)",
        "icd10_categories_180d": f"array_sort(collect_set(CASE WHEN {_recent(as_of)} THEN category END))",
        "has_diabetic_complication": "coalesce(bool_or(upper(trim(icd10_code)) RLIKE "
        f"'{DIABETES_COMPLICATED}'), false)",
        "last_disease_180d": newest("category", _MAIN_FIRST, f"{_recent(as_of)} AND NOT {_SENSITIVE}"),
        **{f"{c}_subtype": newest(_subtype(kinds), _MAIN_FIRST) for c, kinds in DISEASE_SUBTYPES.items()},
        **diagnosed_dates(),
    }
    for code, (_, ranges) in (CONDITIONS | SENSITIVE_CONDITIONS).items():
        columns[f"has_{code}"] = f"coalesce(bool_or({in_ranges(ranges)}), false)"
        columns[f"{code}_last_date"] = f"max(CASE WHEN {in_ranges(ranges)} THEN event_date END)"
    named = own.withColumn("category", F.expr(_CATEGORY))
    return named.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _prescribed(own: DataFrame, as_of: date) -> DataFrame:
    listed = ", ".join(f"'{c}'" for c in SENSITIVE_DRUG_CLASSES)
    columns = {
        "prescription_date": "max(event_date)",
        "drug_classes_180d": f"array_sort(collect_set(CASE WHEN {_recent(as_of)} THEN drug_class END))",
        **{f"prescription_count_{n}d": f"count(CASE WHEN {_recent(as_of, n)} THEN 1 END)" for n in (90, 180)},
        "refill_count_180d": f"count(CASE WHEN is_refill AND {_recent(as_of)} THEN 1 END)",
        "has_sensitive_medicine": f"coalesce(bool_or(drug_class IN ({listed})), false)",
        **{
            f"has_{c}_medicine": f"count(CASE WHEN {of_classes(classes)} THEN 1 END) >= 2"
            for c, classes in CONDITION_DRUG_CLASSES.items()
        },
    }
    return own.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _recorded(own: DataFrame) -> DataFrame:
    def items(kind: str) -> str:
        return f"array_sort(collect_set(CASE WHEN kind = '{kind}' THEN item END))"

    def last(kind: str, what: str = "item", item: str | None = None) -> str:
        only = f"kind = '{kind}'" + (f" AND item = '{item}'" if item else "")
        return newest(what, stamp("recorded_at", "record_id"), only)

    columns = {
        "allergies": items("allergy"),
        "operations": items("operation"),
        "last_operation_date": "max(CASE WHEN kind = 'operation' THEN event_date END)",
        "family_history": items("family_history"),
        **{f"has_{kind}_allergy": _any_of(words, "allergy") for kind, words in ALLERGY_WORDS.items()},
        **{f"has_{kind}_operation": _any_of(words, "operation") for kind, words in OPERATION_WORDS.items()},
        **recorded_weeks(),
        "smoking_state": last("smoking"),
        "drinking_state": last("drinking"),
        "fertility_state": last("fertility"),
        "has_recorded_loss": "coalesce(bool_or(kind = 'fertility' AND item = 'lost'), false)",
        "fertility_state_date": "max(CASE WHEN kind = 'fertility' THEN event_date END)",
        "last_check_up_date": "max(CASE WHEN kind = 'check_up' THEN event_date END)",
        **{check_up_column(item): last("check_up", "value", item) for item in CHECK_UP_ITEMS},
    }
    return own.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _others(diagnosis: DataFrame, prescription: DataFrame, as_of: date) -> DataFrame:
    named = ["user_id", "patient_relation", "event_date"]
    facts = diagnosis.select(*named, F.lit(1).alias("diagnoses")).unionByName(
        prescription.select(*named, F.lit(0).alias("diagnoses"))
    )
    return (
        facts.where(_recent(as_of))
        .groupBy("user_id")
        .agg(
            F.expr("sum(diagnoses)").alias("family_diagnosis_count_180d"),
            F.expr("coalesce(bool_or(patient_relation = 'child'), false)").alias("has_child_patient_180d"),
        )
    )
