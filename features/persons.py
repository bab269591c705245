"""From actors to persons: whose facts are whose, and who there is at all."""

from datetime import date

from pyspark.sql import DataFrame

ACTOR = "coalesce(account_token, device_token)"
# A day on which the person did something: in the app, or by a consultation or an order that came another way.
ACTED = "(active_event_count > 0 OR consultation_count > 0 OR order_count > 0)"
ACTOR_KIND = "CASE WHEN account_token IS NOT NULL THEN 'account' ELSE 'device' END"


def registered_users(identity: DataFrame) -> DataFrame:
    """One row, `user_id`, per person that has an account which is no test account or robot.

    `identity` is the slice of one day of silver.identity.
    """
    return identity.where("actor_kind = 'account' AND NOT is_excluded").select("user_id").distinct()


def of_users(facts: DataFrame, identity: DataFrame, actor: str = "account_token") -> DataFrame:
    """The facts of known persons, with `user_id`; excluded accounts and devices of several persons fall out.

    `actor` is the column that names the account or device.
    """
    whose = identity.where("user_id IS NOT NULL AND NOT is_excluded").selectExpr(f"actor_id AS {actor}", "user_id")
    return facts.join(whose, actor)


def as_known(facts: DataFrame, as_of: date, days: int | None = None, *, known_at: date | None = None) -> DataFrame:
    """What had happened by the end of `as_of`, known by then or by `known_at`; of the last `days` only, if given."""
    known = facts.where(f"event_date <= DATE'{as_of}' AND known_date <= DATE'{known_at or as_of}'")
    return known if days is None else known.where(f"event_date > date_sub(DATE'{as_of}', {days})")
