"""Basic attributes of users."""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.accounts import family_members
from features.calendar import solar_term
from features.newest import newest, stamp
from features.windows import for_every_user
from schemas.feature.user_profile import AGE_BANDS, USER_PROFILE
from schemas.regions import CITY_TIERS, PROVINCES

_STATED = ("birth_date", "occupation", "region_code", "income_band", "membership_level")


def user_profile(
    account: DataFrame, family_binding: DataFrame, environment: DataFrame, users: DataFrame, as_of: date, zone: str
) -> DataFrame:
    """feature.user_profile from all known versions of accounts and bindings, `of_users`, and the environment."""
    stated = _stated(account)
    weather = stated.select("user_id", "province_code").join(_weather(environment, as_of), "province_code")
    family = family_members(family_binding).join(account.select("account_token", "user_id").distinct(), "account_token")
    parts = [stated, _family(family), weather.drop("province_code")]
    return for_every_user(users, parts, USER_PROFILE, as_of, _derived(as_of, zone))


def first_registered(account: DataFrame, zone: str) -> DataFrame:
    """user_id and registered_date, the local day on which the person's first account was opened."""
    opened = f"CAST(from_utc_timestamp(min(registered_at), '{zone}') AS DATE)"
    return account.groupBy("user_id").agg(F.expr(opened).alias("registered_date"))


def _stated(account: DataFrame) -> DataFrame:
    order, opened = stamp("updated_at", "account_token"), stamp("registered_at", "account_token", "channel")
    per_account = account.groupBy("user_id", "account_token").agg(
        F.expr(newest("status", "updated_at")).alias("status")
    )
    closed = per_account.groupBy("user_id").agg(
        F.expr("count(1)").alias("account_count"), F.expr("bool_and(status = 'closed')").alias("is_closed")
    )
    columns = {
        "registered_at": "min(registered_at)",
        "registration_channel": f"min_by(channel, CASE WHEN channel IS NOT NULL THEN {opened} END)",
        **{column: newest(column, order) for column in _STATED},
        "sex": newest("sex", order, "sex <> 'unknown'"),
        "has_phone": "bool_or(phone_token IS NOT NULL)",
        "has_id_card": "bool_or(id_card_token IS NOT NULL)",
        "has_wechat": "bool_or(openid_token IS NOT NULL OR unionid_token IS NOT NULL)",
        "has_hospital_card": "bool_or(hospital_card_token IS NOT NULL)",
    }
    stated = account.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))
    return stated.join(closed, "user_id").withColumn("province_code", F.expr("substring(region_code, 1, 2)"))


def _family(family: DataFrame) -> DataFrame:
    # Two accounts of one person may both bind the same child.
    columns = {
        "family_member_count": "count(DISTINCT member_token)",
        "child_count": "count(DISTINCT CASE WHEN relation = 'child' THEN member_token END)",
        "parent_count": "count(DISTINCT CASE WHEN relation = 'parent' THEN member_token END)",
        "has_spouse": "coalesce(bool_or(relation = 'spouse'), false)",
        "youngest_child_birth_year": "year(max(CASE WHEN relation = 'child' THEN member_birth_date END))",
        "is_guardian": "coalesce(bool_or(is_guardian), false)",
    }
    return family.groupBy("user_id").agg(*(F.expr(sql).alias(name) for name, sql in columns.items()))


def _weather(environment: DataFrame, as_of: date) -> DataFrame:
    recent = environment.where(f"event_date <= DATE'{as_of}' AND event_date > date_sub(DATE'{as_of}', 7)")

    def last(column: str) -> str:
        return f"max(CASE WHEN {column} IS NOT NULL THEN struct(event_date, {column} AS value) END).value"

    columns = {
        "temperature_c": last("temperature_c"),
        "humidity_percent": last("humidity"),
        "epidemic_alert_level": "max(alert_level)",
        "epidemic": "max(CASE WHEN alert_level > 0 THEN struct(alert_level, event_date, epidemic) END).epidemic",
    }
    return recent.groupBy(F.col("region_code").alias("province_code")).agg(
        *(F.expr(sql).alias(name) for name, sql in columns.items())
    )


def _derived(as_of: date, zone: str) -> dict[str, str]:
    age = f"CAST(floor(months_between(DATE'{as_of}', birth_date) / 12) AS INT)"
    city, province = "substring(region_code, 1, 4)", "province_code"
    tier = f"CASE {_cases(city, CITY_TIERS)} {_cases(province, CITY_TIERS)} ELSE 'other' END"
    limits = [int(band.split("-")[1]) for band in AGE_BANDS if "-" in band]
    bands = " ".join(f"WHEN {age} <= {limit} THEN '{band}'" for limit, band in zip(limits, AGE_BANDS, strict=False))
    opened = f"CAST(from_utc_timestamp(registered_at, '{zone}') AS DATE)"
    return {
        # The city; the district stays in silver.
        "region_code": f"concat({city}, '00')",
        "tenure_days": f"greatest(date_diff(DATE'{as_of}', {opened}), 0)",
        "birth_year": "year(birth_date)",
        "age_years": age,
        "age_band": f"CASE WHEN birth_date IS NULL THEN NULL {bands} ELSE '{AGE_BANDS[-1]}' END",
        "is_under_14": f"{age} < 14",
        "is_minor": f"{age} < 18",
        "generation": "CASE WHEN birth_date IS NULL THEN NULL WHEN year(birth_date) <= 1965 THEN 'silver' "
        "WHEN year(birth_date) <= 1980 THEN 'gen_x' WHEN year(birth_date) <= 1996 THEN 'millennial' "
        "WHEN year(birth_date) <= 2012 THEN 'gen_z' ELSE 'alpha' END",
        "sex": "coalesce(sex, 'unknown')",
        "solar_term": f"'{solar_term(as_of)}'",
        "membership_level": "coalesce(membership_level, 'ordinary')",
        "province_name": f"CASE {_cases(province, {k: v[0] for k, v in PROVINCES.items()})} END",
        "climate": f"CASE {_cases(province, {k: v[1] for k, v in PROVINCES.items()})} END",
        "city_tier": f"CASE WHEN region_code IS NOT NULL THEN {tier} END",
    }


def _cases(expression: str, names: Mapping[str, str]) -> str:
    return " ".join(f"WHEN {expression} = '{code}' THEN '{name}'" for code, name in names.items())
