"""What persons' consent is as of a day."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import newest, stamp

_ASKED = ("user_id", "purpose", "data_class", "channel")
_SAID = ("is_granted", "text_version", "stated_at", "expires_at", "guardian_token", "consent_id")


def consent_state(consent: DataFrame, account: DataFrame, as_of: date, zone: str) -> DataFrame:
    """silver.consent_state at the end of a day, from statements and accounts known by then, both `of_users`.

    The last statement on a purpose, data class and channel wins over all accounts of the person; of two in one
    moment the refusal. What nobody stated has no row and is no. Whoever is under 14 on the day needs a guardian's
    token on the statement; without a known birth date nobody is taken for a child.
    """
    end = f"to_utc_timestamp(CAST(date_add(DATE'{as_of}', 1) AS TIMESTAMP), '{zone}')"
    # Of two in one moment, refused is later than granted.
    order = stamp("stated_at", "CASE WHEN is_granted THEN '0' ELSE '1' END", "consent_id")
    heard = consent.where(f"stated_at < {end}").withColumn("said_order", F.expr(order))
    last = heard.groupBy(*_ASKED).agg(*(F.expr(f"max_by({name}, said_order)").alias(name) for name in _SAID))
    born = account.groupBy("user_id").agg(
        F.expr(newest("birth_date", stamp("updated_at", "account_token"))).alias("birth_date")
    )
    reason = (
        "CASE WHEN NOT is_granted THEN 'refused' "
        f"WHEN expires_at < {end} THEN 'expired' "
        f"WHEN months_between(DATE'{as_of}', birth_date) < 14 * 12 AND guardian_token IS NULL THEN 'no_guardian' "
        "ELSE 'granted' END"
    )
    return last.join(born, "user_id", "left").withColumn("reason", F.expr(reason)).selectExpr(
        f"DATE'{as_of}' AS as_of_date", *_ASKED, "reason = 'granted' AS is_granted", "reason",
        "text_version", "stated_at", "expires_at", "consent_id",
    )  # fmt: skip
