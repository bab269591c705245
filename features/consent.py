"""What persons' consent is as of a day."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import newest, stamp

_ASKED = ("user_id", "purpose", "data_class", "channel")
_BETWEEN = "\x1f"
# A statement as one text that sorts by time, then refusal after consent, then id: the largest text is the last said.
# One max of texts over millions of groups takes a tenth of the time and memory of six max_by.
_PACKED = (
    f"concat({stamp('stated_at')}, CASE WHEN is_granted THEN '0' ELSE '1' END, consent_id, '{_BETWEEN}', "
    f"coalesce(CAST(unix_micros(expires_at) AS STRING), ''), '{_BETWEEN}', "
    f"CASE WHEN guardian_token IS NULL THEN '' ELSE '1' END, '{_BETWEEN}', text_version)"
)
_UNPACKED = {
    "stated_at": "timestamp_micros(CAST(substring(said, 1, 20) AS BIGINT))",
    "is_granted": "substring(said, 21, 1) = '0'",
    "consent_id": f"substring(split_part(said, '{_BETWEEN}', 1), 22)",
    "expires_at": f"timestamp_micros(CAST(nullif(split_part(said, '{_BETWEEN}', 2), '') AS BIGINT))",
    "has_guardian": f"split_part(said, '{_BETWEEN}', 3) = '1'",
    "text_version": f"split_part(said, '{_BETWEEN}', 4)",
}


def but_own_guardians(consent: DataFrame, identity: DataFrame) -> DataFrame:
    """The statements, `of_users`, without a guardian where the guardian's account is the person's own."""
    own = identity.where("actor_kind = 'account'").selectExpr(
        "actor_id AS guardian_token", "user_id", "true AS is_own_guardian"
    )
    marked = consent.join(own, ["guardian_token", "user_id"], "left")
    guardian = "CASE WHEN is_own_guardian IS NULL THEN guardian_token END AS guardian_token"
    return marked.selectExpr(*(guardian if name == "guardian_token" else name for name in consent.columns))


def consent_state(consent: DataFrame, account: DataFrame, as_of: date, zone: str) -> DataFrame:
    """silver.consent_state at the end of a day, from statements and accounts known by then, both `of_users`.

    The last statement on a purpose, data class and channel wins over all accounts of the person; of two in one
    moment the refusal. What nobody stated has no row and is no. Whoever is under 14 on the day needs a guardian's
    token on the statement; without a known birth date nobody is taken for a child.
    """
    end = f"to_utc_timestamp(CAST(date_add(DATE'{as_of}', 1) AS TIMESTAMP), '{zone}')"
    heard = consent.where(f"stated_at < {end}").selectExpr(*_ASKED, f"{_PACKED} AS packed")
    last = heard.groupBy(*_ASKED).agg(F.max("packed").alias("said"))
    last = last.selectExpr(*_ASKED, *[f"{sql} AS {name}" for name, sql in _UNPACKED.items()])
    born = account.groupBy("user_id").agg(
        F.expr(newest("birth_date", stamp("updated_at", "account_token"))).alias("birth_date")
    )
    reason = (
        "CASE WHEN NOT is_granted THEN 'refused' "
        f"WHEN expires_at < {end} THEN 'expired' "
        f"WHEN months_between(DATE'{as_of}', birth_date) < 14 * 12 AND NOT has_guardian THEN 'no_guardian' "
        "ELSE 'granted' END"
    )
    return last.join(born, "user_id", "left").withColumn("reason", F.expr(reason)).selectExpr(
        f"DATE'{as_of}' AS as_of_date", *_ASKED, "reason = 'granted' AS is_granted", "reason",
        "text_version", "stated_at", "expires_at", "consent_id",
    )  # fmt: skip
