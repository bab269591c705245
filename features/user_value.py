"""What users spend."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.windows import days_since, for_every_user, name_of_largest, share, windowed_sums
from schemas.feature.user_day import ITEM_KINDS
from schemas.feature.user_value import USER_VALUE

VALUE_WINDOW_DAYS = 730
_SUMS = {
    "order_count": (7, 30, 90, 180, 365, 730),
    "spend_yuan": (7, 30, 90, 180, 365, 730),
    "refund_yuan": (30, 90, 180, 365),
    "refund_count": (90, 180, 365),
    "coupon_yuan": (90, 180, 365),
    "coupon_order_count": (180,),
    **{f"{kind}_spend_yuan": (90, 365) for kind in ITEM_KINDS},
    "package_order_count": (365,),
}
MONEY_MEASURES = tuple(_SUMS)


def user_value(days: DataFrame, users: DataFrame, first_registered: DataFrame, as_of: date) -> DataFrame:
    """feature.user_value from the last 730 days of user_day, `of_users`; of its measures only MONEY_MEASURES are read.

    `first_registered`: user_id, registered_date. Purchases are counted per day, as models.btyd wants them: two
    orders of one day are one.
    """
    paid = days.select("user_id", "event_date", *MONEY_MEASURES).where("order_count > 0 OR refund_count > 0")
    sums = windowed_sums(paid, as_of, _SUMS, prior={"order_count": 90, "spend_yuan": 90})
    parts = [sums, _purchases(paid, as_of), first_registered]
    return for_every_user(users, parts, USER_VALUE, as_of, _derived(as_of))


def _purchases(paid: DataFrame, as_of: date) -> DataFrame:
    sales = paid.where(f"order_count > 0 AND event_date <= DATE'{as_of}'")
    within = sales.where(f"event_date > date_sub(DATE'{as_of}', {VALUE_WINDOW_DAYS})")
    return within.groupBy("user_id").agg(
        F.expr("min(event_date)").alias("first_order_date"),
        F.expr("max(event_date)").alias("last_order_date"),
        F.expr("count(DISTINCT event_date)").alias("purchase_days"),
    )


def _derived(as_of: date) -> dict[str, str]:
    return {
        **{
            f"net_spend_yuan_{n}d": f"coalesce(spend_yuan_{n}d, 0) - coalesce(refund_yuan_{n}d, 0)"
            for n in (30, 90, 180, 365)
        },
        "coupon_order_share_180d": share("coupon_order_count_180d", "order_count_180d"),
        "basket_yuan_mean_180d": share("spend_yuan_180d", "order_count_180d"),
        "top_item_kind_365d": name_of_largest({kind: f"{kind}_spend_yuan_365d" for kind in ITEM_KINDS}),
        "days_since_last_order": days_since("last_order_date", as_of, VALUE_WINDOW_DAYS),
        "is_buyer": "purchase_days > 0",
        "days_registration_to_first_order": "greatest(date_diff(first_order_date, registered_date), 0)",
        "repeat_purchase_count": "purchase_days - 1",
        "days_first_to_last_purchase": "date_diff(last_order_date, first_order_date)",
        "days_since_first_purchase": f"date_diff(DATE'{as_of}', first_order_date)",
        "mean_spend_yuan": share("spend_yuan_730d", "purchase_days"),
    }
