"""Which account a person is reached by."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def reachable_accounts(identity: DataFrame) -> DataFrame:
    """One row per user: user_id, account_token, is_excluded. Of several accounts the last registered.

    A person with one excluded account (test, robot) is excluded: nobody is reached by a back door.
    """
    accounts = identity.where("actor_kind = 'account' AND user_id IS NOT NULL")
    newest = F.expr("max(struct(registered_at, actor_id))").alias("newest")
    any_excluded = F.expr("max(is_excluded)").alias("is_excluded")
    found = accounts.groupBy("user_id").agg(newest, any_excluded)
    return found.selectExpr("user_id", "newest.actor_id AS account_token", "is_excluded")
