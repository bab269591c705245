"""What users spend, and the points they earn by it."""

from datetime import date

from pyspark.sql import DataFrame

from features.member_points import EARNED_BY, MemberPoints
from features.windows import Measures, days_since, for_every_user, name_of_largest, share, spread
from schemas.feature.user_day import ITEM_KINDS
from schemas.feature.user_value import USER_VALUE

VALUE_WINDOW_DAYS = 730
_SUMS = {
    "purchase_days": (730,),
    "order_count": (7, 30, 90, 180, 365, 730),
    "spend_yuan": (7, 30, 90, 180, 365, 730),
    "refund_yuan": (30, 90, 180, 365),
    "refund_count": (90, 180, 365),
    "coupon_yuan": (90, 180, 365),
    "coupon_order_count": (180,),
    **{f"{kind}_spend_yuan": (90, 365) for kind in ITEM_KINDS},
    "package_order_count": (365,),
    **dict.fromkeys(EARNED_BY, (365,)),
}
VALUE = Measures(
    _SUMS,
    prior={"order_count": 90, "spend_yuan": 90},
    day_counts={"purchase_days": "order_count > 0"},
    lasts={"order": "order_count > 0"},
    firsts={"order": "order_count > 0"},
)


def user_value(
    spans: DataFrame, users: DataFrame, first_registered: DataFrame, as_of: date, points: MemberPoints
) -> DataFrame:
    """feature.user_value from VALUE `add_up`ped over the `with_worth` days of the last 730.

    `first_registered`: user_id, registered_date. Purchases are counted per day, as models.btyd wants them: two
    orders of one day are one.

    ARPU, here of one user: net spend of 365 days by the months of 30.4375 days since registration, of which there are
    at least 1 and at most 12. Where no registration is known there are 12.
    """
    derived = _derived(as_of) | points.columns()
    return for_every_user(users, [spread(spans, VALUE), first_registered], USER_VALUE, as_of, derived)


def with_worth(days: DataFrame) -> DataFrame:
    """The days of user_day on which something was bought, given back, or done for points."""
    return days.where(" OR ".join(f"{m} > 0" for m in ("order_count", "refund_count", *EARNED_BY)))


def _derived(as_of: date) -> dict[str, str]:
    months = f"least(greatest((date_diff(DATE'{as_of}', registered_date) + 1) / 30.4375D, 1D), 12D)"
    return {
        "arpu_yuan_365d": "CAST(coalesce(spend_yuan_365d, 0) - coalesce(refund_yuan_365d, 0) AS DOUBLE) "
        f"/ coalesce({months}, 12D)",
        "item_kind_count_365d": " + ".join(f"CAST({kind}_spend_yuan_365d > 0 AS INT)" for kind in ITEM_KINDS),
        **{
            f"net_spend_yuan_{n}d": f"coalesce(spend_yuan_{n}d, 0) - coalesce(refund_yuan_{n}d, 0)"
            for n in (30, 90, 180, 365)
        },
        "coupon_order_share_180d": share("coupon_order_count_180d", "order_count_180d"),
        "basket_yuan_mean_180d": share("spend_yuan_180d", "order_count_180d"),
        "top_item_kind_365d": name_of_largest({kind: f"{kind}_spend_yuan_365d" for kind in ITEM_KINDS}),
        "days_since_last_order": days_since("order_date", as_of, VALUE_WINDOW_DAYS),
        "is_buyer": "purchase_days_730d > 0",
        "days_registration_to_first_order": "greatest(date_diff(first_order_date, registered_date), 0)",
        "repeat_purchase_count": "greatest(purchase_days_730d - 1, 0)",
        "days_first_to_last_purchase": "date_diff(order_date, first_order_date)",
        "days_since_first_purchase": f"date_diff(DATE'{as_of}', first_order_date)",
        "mean_spend_yuan": share("spend_yuan_730d", "purchase_days_730d"),
    }
