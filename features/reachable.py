"""Which account a person is reached by."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def reachable_accounts(identity: DataFrame) -> DataFrame:
    """One row per user: user_id, account_token, is_excluded. Of several accounts the last registered.

    A person with one excluded account (test, robot) is excluded: nobody is reached by a back door.
    """
    accounts = identity.where("actor_kind = 'account' AND user_id IS NOT NULL")
    # As one text, time before token: Sail takes twenty times as long for max(struct(…)).
    time = "lpad(CAST(coalesce(unix_micros(registered_at), 0) AS STRING), 20, '0')"
    newest = F.expr(f"max(concat({time}, actor_id))").alias("newest")
    any_excluded = F.expr("max(is_excluded)").alias("is_excluded")
    found = accounts.groupBy("user_id").agg(newest, any_excluded)
    return found.selectExpr("user_id", "substr(newest, 21) AS account_token", "is_excluded")
