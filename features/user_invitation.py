"""The tree of who came by whose invitation."""

from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.newest import stamp
from features.persons import of_users
from features.windows import for_every_user
from schemas.feature.user_invitation import INVITATION_LEVELS, USER_INVITATION


def invited_by(invitation: DataFrame, persons: DataFrame) -> DataFrame:
    """invitee_id, inviter_id: one row per person who came by another's invitation, the first that they took up.

    `invitation` is silver.invitation as known, `persons` the day's silver.identity. An account that invites another of
    the same person has invited nobody.
    """
    taken_up = invitation.where("action = 'accept' AND invitee_token IS NOT NULL")
    sent = of_users(taken_up, persons).withColumnRenamed("user_id", "sender_id")
    both = of_users(sent, persons, "invitee_token").where("user_id <> sender_id")
    first = f"min_by(sender_id, {stamp('acted_at', 'invitation_id')})"
    return both.groupBy(F.expr("concat(user_id, '')").alias("invitee_id")).agg(F.expr(first).alias("inviter_id"))


def user_invitation(edges: DataFrame, spend: DataFrame, users: DataFrame, as_of: date) -> DataFrame:
    """feature.user_invitation from `invited_by`, put aside since each level reads it, and user_value's net spend."""
    above = edges.selectExpr("invitee_id AS user_id", "inviter_id AS next_id")
    levels = [edges.selectExpr("inviter_id AS user_id", "invitee_id", "1 AS depth")]
    for depth in range(2, INVITATION_LEVELS + 1):
        levels.append(
            levels[-1].join(above, "user_id").selectExpr("next_id AS user_id", "invitee_id", f"{depth} AS depth")
        )
    # Invitations in a circle, which only wrong data has, lead back to where they began.
    pairs = reduce(DataFrame.unionByName, levels).where("user_id <> invitee_id")
    below = pairs.groupBy("user_id", "invitee_id").agg(F.expr("min(depth)").alias("depth"))
    worth = spend.selectExpr("user_id AS invitee_id", "net_spend_yuan_365d AS yuan")
    tree = (
        below.join(worth, "invitee_id", "left")
        .groupBy("user_id")
        .agg(
            F.expr("count_if(depth = 1)").alias("invited_user_count"),
            F.expr("count(1)").alias("invitation_tree_user_count"),
            F.expr("max(depth)").alias("invitation_tree_depth"),
            F.expr("sum(yuan)").alias("invitation_tree_net_spend_yuan_365d"),
        )
    )
    return for_every_user(users, [tree], USER_INVITATION, as_of)
