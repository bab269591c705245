"""Where users' own words lead: texts of the last days, each placed by a model, added up."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

TEXT_DAYS = 30
_HALF_LIFE_DAYS = 30
_COMPLAINT_WEIGHS = 3


def texts_of_actors(event: DataFrame, consultation: DataFrame) -> DataFrame:
    """actor_id, event_date, text, relation, weighs: what was searched for and complained of."""
    searched = event.where("event_name = 'search' AND search_words IS NOT NULL").selectExpr(
        "coalesce(account_token, device_token) AS actor_id", "event_date", "search_words AS text",
        "'unknown' AS relation", "1.0D AS weighs",
    )  # fmt: skip
    told = consultation.where("chief_complaint IS NOT NULL").selectExpr(
        "account_token AS actor_id", "event_date", "chief_complaint AS text", "patient_relation AS relation",
        f"{_COMPLAINT_WEIGHS}.0D AS weighs",
    )  # fmt: skip
    return searched.unionByName(told).where("actor_id IS NOT NULL")


def text_departments(texts: DataFrame, placed: DataFrame, users: DataFrame, as_of: date, version: str) -> DataFrame:
    """The rows of gold.text_department.

    `texts`: `texts_of_actors` with user_id. `placed`: text, about, department, each text once; what the record says of
    whom it is about stands before what the text says.
    """
    own = texts.join(placed, "text").where("coalesce(nullif(relation, 'unknown'), about) = 'self'")
    halved = f"pow(0.5D, date_diff(DATE'{as_of}', event_date) / {_HALF_LIFE_DAYS}.0D)"
    per_department = (
        own.where("department IS NOT NULL")
        .groupBy("user_id", "department")
        # Rounded, so that the order of adding up does not decide between equals.
        .agg(F.expr(f"round(sum(weighs * {halved}), 6)").alias("weight"), F.expr("count(1)").alias("times"))
    )
    order = "concat(lpad(CAST(CAST(round(weight * 1000000) AS BIGINT) AS STRING), 15, '0'), department)"
    per_user = per_department.groupBy("user_id").agg(
        F.expr(f"max_by(department, {order})").alias("text_department"),
        F.expr("round(max(weight) / sum(weight), 4)").alias("text_department_share"),
        F.expr("sum(times)").alias("times"),
    )
    return users.join(per_user, "user_id", "left").selectExpr(
        "user_id", f"DATE'{as_of}' AS as_of_date", "text_department", "text_department_share",
        "CAST(coalesce(times, 0) AS INT) AS placed_text_count_30d", f"'{version}' AS model_version",
    )  # fmt: skip
