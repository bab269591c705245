"""One line of an order, or of a refund."""

from schemas.feed import Feed, Field

FEED = Feed(
    "order_line",
    "One line of an order, or of a refund.",
    (
        Field("order_id", "string", "Number of the order.", required=True),
        Field("line_no", "int", "Line within the order."),
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("line_kind", "string", "Sold or given back.", required=True, codes=("sale", "refund")),
        Field(
            "item_kind",
            "string",
            "What was bought.",
            required=True,
            codes=("consultation", "medicine", "service", "package", "goods"),
        ),
        Field("item_code", "string", "Article.", sensitivity="health"),
        Field("quantity", "int", "Pieces, always positive.", required=True, min=1, max=1000000),
        Field(
            "amount_yuan",
            "decimal(18,2)",
            "Paid, or given back, for the line; always positive.",
            unit="yuan",
            required=True,
            min=0,
            max=10000000,
        ),
        Field("coupon_yuan", "decimal(18,2)", "Covered by a coupon.", unit="yuan", min=0, max=1000000),
        Field("consultation_id", "string", "Consultation it belongs to."),
        Field("ordered_at", "timestamp", "When.", required=True),
    ),
    event_time="ordered_at",
    content=("order_id", "line_no", "account_token", "line_kind", "item_code", "quantity", "amount_yuan", "ordered_at"),
    is_needed=True,
)
