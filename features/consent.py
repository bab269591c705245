"""What persons' consent is, as of a day or any moment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import newest, stamp
from features.sql_text import texts

_ASKED = ("user_id", "purpose", "data_class", "channel")
_BETWEEN = "\x1f"
# A statement as one text that sorts by time, then refusal after consent, then id: the largest text is the last said.
# One max of texts over millions of groups takes a tenth of the time and memory of six max_by.
_PACKED = (
    f"concat({stamp('stated_at')}, CASE WHEN is_granted THEN '0' ELSE '1' END, consent_id, '{_BETWEEN}', "
    f"coalesce(CAST(unix_micros(expires_at) AS STRING), ''), '{_BETWEEN}', "
    f"CASE WHEN guardian_token <> account_token THEN '1' ELSE '' END, '{_BETWEEN}', text_version)"
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


def consent_state(
    consent: DataFrame, account: DataFrame, as_of: date, zone: str, outdated: Sequence[str] = ()
) -> DataFrame:
    """silver.consent_state at the end of a day, from statements and accounts known by then, both `of_users`."""
    end = f"to_utc_timestamp(CAST(date_add(DATE'{as_of}', 1) AS TIMESTAMP), '{zone}')"
    found = _state(consent, account, end, f"DATE'{as_of}'", outdated)
    return found.selectExpr(f"DATE'{as_of}' AS as_of_date", "*")


def consent_at(
    consent: DataFrame, account: DataFrame, moment: datetime, zone: str, outdated: Sequence[str] = ()
) -> DataFrame:
    """As `consent_state`, but without its day, just before any moment."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment}: a moment needs its zone")
    end = f"TIMESTAMP'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
    return _state(consent, account, end, f"CAST(from_utc_timestamp({end}, '{zone}') AS DATE)", outdated)


def _state(consent: DataFrame, account: DataFrame, end: str, day: str, outdated: Sequence[str]) -> DataFrame:
    """What holds before the moment `end`, on the hospital's `day`, both SQL.

    The last statement on a purpose, data class and channel wins over all accounts of the person; of two in one
    moment the refusal. What nobody stated has no row and is no, and so is what was agreed to in an `outdated` text.
    Whoever is under 14 on the day needs on the statement the token of a guardian, who is not the child's own account;
    without a known birth date nobody is taken for a child.
    """
    heard = consent.where(f"stated_at < {end}").selectExpr(*_ASKED, f"{_PACKED} AS packed")
    last = heard.groupBy(*_ASKED).agg(F.max("packed").alias("said"))
    last = last.selectExpr(*_ASKED, *[f"{sql} AS {name}" for name, sql in _UNPACKED.items()])
    born = account.groupBy("user_id").agg(
        F.expr(newest("birth_date", stamp("updated_at", "account_token"))).alias("birth_date")
    )
    in_old_text = f"WHEN array_contains({texts(outdated)}, text_version) THEN 'outdated_text'" if outdated else ""
    reason = (
        "CASE WHEN NOT is_granted THEN 'refused' "
        f"WHEN expires_at < {end} THEN 'expired' "
        f"{in_old_text} "
        f"WHEN months_between({day}, birth_date) < 14 * 12 AND NOT has_guardian THEN 'no_guardian' "
        "ELSE 'granted' END"
    )
    return last.join(born, "user_id", "left").withColumn("reason", F.expr(reason)).selectExpr(
        *_ASKED, "reason = 'granted' AS is_granted", "reason", "text_version", "stated_at", "expires_at", "consent_id",
    )  # fmt: skip
