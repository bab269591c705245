"""One value measured by a wearable or home meter."""

from schemas.feed import Feed, Field, Measure
from schemas.vocabulary import METRICS

FEED = Feed(
    "device_reading",
    "One value measured by a wearable or home meter.",
    (
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("device_token", "string", "Device.", sensitivity="personal", identifier="device"),
        Field("metric", "string", "What was measured.", required=True, codes=METRICS, sensitivity="health"),
        Field("value", "double", "Value in the metric's canonical unit.", required=True, sensitivity="health"),
        Field("unit", "string", "Unit; after the door always the canonical one.", required=True),
        Field("measured_at", "timestamp", "When, by the device's clock.", required=True),
    ),
    event_time="measured_at",
    content=("account_token", "device_token", "metric", "measured_at", "value"),
    oldest_days=400,
    large=True,
    measure=Measure("value", "unit", "metric"),
)
