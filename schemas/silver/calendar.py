"""What kind of day a day is."""

from schemas.table import Check, Column, Table

SEASONS = ("spring", "summer", "autumn", "winter")

CALENDAR = Table(
    "silver.calendar",
    "What kind of day a day is: weekday, holiday, season, solar term, epidemics.",
    ("calendar_date",),
    (
        Column("calendar_date", "date", "Day.", nullable=False),
        Column("weekday", "int", "1 Monday to 7 Sunday.", nullable=False),
        Column("is_weekend", "boolean", "Saturday or Sunday, whether worked or not.", nullable=False),
        Column("is_workday", "boolean", "Worked in mainland China, shifted days counted; empty for years whose "
               "holidays are not yet published to the library."),
        Column("holiday", "string", "Public holiday, in English, that the day or its shifted working day belongs to."),
        Column("season", "string", "Season by month: spring is March to May.", nullable=False),
        Column("solar_term", "string", "Solar term that the day lies in, in Chinese.", nullable=False),
        Column("is_solar_term_start", "boolean", "The solar term begins on this day.", nullable=False),
        Column("epidemics", "array<string>", "Illnesses with an alert in any province, as known that same day.",
               nullable=False),
        Column("epidemic_alert_level", "int", "Highest alert in any province, as known that same day: 0 to 3.",
               nullable=False),
    ),
    slice_by="calendar_date",
    checks=(
        Check("in_set", "season", values=SEASONS),
        Check("between", "weekday", min=1, max=7),
        Check("between", "epidemic_alert_level", min=0, max=3),
    ),
)  # fmt: skip
