"""Weather and epidemic alert of a province on a day."""

from schemas.feed import Feed, Field

FEED = Feed(
    "environment",
    "Weather and epidemic alert of a province on a day.",
    (
        Field("region_code", "string", "Two-digit code of the province (GB/T 2260).", required=True),
        Field("observed_date", "date", "Day.", required=True),
        Field("temperature_c", "double", "Mean temperature.", unit="degree Celsius", min=-60, max=60),
        Field("humidity", "double", "Relative humidity.", unit="%", min=0, max=100),
        Field(
            "epidemic",
            "string",
            "Illness that is about; `none` otherwise.",
            required=True,
            codes=("none", "influenza", "hand_foot_mouth", "dengue", "pollen"),
        ),
        Field("alert_level", "int", "0 none, 1 yellow, 2 orange, 3 red.", min=0, max=3),
    ),
    event_time="observed_date",
    content=("region_code", "observed_date", "epidemic"),
)
