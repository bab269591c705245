"""What a user spends, how often, since when, and the points earned."""

from schemas.feature.user_day import ITEM_KINDS
from schemas.table import Check, Column, Table
from schemas.vocabulary import MEMBERSHIPS
from schemas.windows import USER_KEY, counts, days_since, windowed

USER_VALUE = Table(
    "feature.user_value",
    "What a user spends. Spend is what was paid for lines sold, refunds not taken off; net spend takes them off.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *counts({"order_count": "Orders with a line sold"}, (7, 30, 90, 180, 365)),
        *windowed("spend_yuan", "decimal(18,2)", "Paid for lines sold", (7, 30, 90, 180, 365), "yuan"),
        *windowed("refund_yuan", "decimal(18,2)", "Paid back", (30, 90, 180, 365), "yuan"),
        *windowed("net_spend_yuan", "decimal(18,2)", "Paid less paid back", (30, 90, 180, 365), "yuan"),
        *counts({"refund_count": "Lines given back"}, (90, 180, 365)),
        *windowed("coupon_yuan", "decimal(18,2)", "Covered by coupons", (90, 180, 365), "yuan"),
        Column("coupon_order_share_180d", "double", "Share of orders with a coupon."),
        Column("basket_yuan_mean_180d", "double", "Spend per order.", "yuan"),
        *(c for kind in ITEM_KINDS for c in windowed(f"{kind}_spend_yuan", "decimal(18,2)", f"Paid for: {kind}",
                                                     (90, 365), "yuan")),
        Column("top_item_kind_365d", "string", "Kind of article with the largest spend."),
        *counts({"package_order_count": "Orders with a premium package"}, (365,)),
        Column("item_kind_count_365d", "int", "Different kinds of article bought.", "kinds", nullable=False),
        Column("arpu_yuan_365d", "double", "Revenue per user and month: net spend of 365 days by the months since "
               "registration, at least 1 and at most 12.", "yuan", nullable=False),
        Column("points_365d", "int", "Member's points earned in 365 days by what was paid, asked and done, as "
               "conf/member_points.yml says.", "points", nullable=False),
        Column("points_level", "string", "Level of membership that these points come to.", nullable=False),
        Column("points_to_next_level", "int", "Points that are lacking to the next level; empty at the highest.",
               "points"),
        Column("order_count_prior_90d", "int", "Orders from 179 to 90 days ago.", "orders", nullable=False),
        Column("spend_yuan_prior_90d", "decimal(18,2)", "Spend from 179 to 90 days ago.", "yuan", nullable=False),
        days_since("order", "Days since the last day with a sale", 730),
        Column("is_buyer", "boolean", "Bought in the last 730 days.", nullable=False),
        Column("first_order_date", "date", "First day with a sale, last 730 days."),
        Column("days_registration_to_first_order", "int", "From registration to that day.", "days"),
        Column("order_count_730d", "int", "Orders with a line sold, last 730 days.", "orders", nullable=False),
        Column("repeat_purchase_count", "int", "Days with a sale after the first, last 730 days.", "purchase days",
               nullable=False),
        Column("days_first_to_last_purchase", "int", "From the first to the last day with a sale, last 730 days.",
               "days"),
        Column("days_since_first_purchase", "int", "From the first day with a sale to the as-of day, last 730 days.",
               "days"),
        Column("mean_spend_yuan", "double", "Spend per day with a sale, last 730 days.", "yuan"),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("compare", "spend_yuan_30d", other="spend_yuan_90d"),
        Check("compare", "order_count_30d", other="order_count_90d"),
        Check("between", "spend_yuan_365d", min=0),
        Check("between", "points_365d", min=0),
        Check("in_set", "points_level", values=MEMBERSHIPS),
        Check("between", "days_since_last_order", min=0, max=730),
    ),
)  # fmt: skip
