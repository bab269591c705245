"""How often, when and where a user is active."""

from schemas.feature.user_day import DAYPARTS
from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY, counts, days_since, windowed

PLATFORM_PARTS = {"app": "app", "mini_program": "mini program", "web": "web pages"}

USER_ACTIVITY = Table(
    "feature.user_activity",
    "How often, when and where a user is active. An active day has an event other than push_shown, push_refused.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *counts({"active_days": "Days with an active event"}, (7, 30, 90, 180)),
        *counts({"active_event_count": "Active events", "session_count": "Visits"}, (7, 30, 90, 180)),
        *windowed("dwell_minutes", "double", "Time spent", (7, 30, 90, 180), "min"),
        days_since("activity", "Days since the last active day", 180),
        Column("active_days_prior_30d", "int", "Active days from 59 to 30 days ago.", "days", nullable=False),
        Column("active_event_count_prior_30d", "int", "Active events from 59 to 30 days ago.", "events",
               nullable=False),
        Column("active_days_trend_30d", "double", "Active days of the last 30 against the 30 before: (new - old) / "
               "(new + old), from -1 fallen silent to 1 newly come; 0 for none in both.", nullable=False),
        Column("is_frequency_halved", "boolean", "Active on at most half as many days as in the 30 days before, which "
               "had at least 2.", nullable=False),
        Column("sessions_per_active_day_90d", "double", "Visits per active day.", nullable=True),
        Column("dwell_minutes_per_session_90d", "double", "Minutes per visit.", "min", nullable=True),
        *(c for part, hours in DAYPARTS.items() for c in windowed(
            f"{part}_event_share", "double", f"Share of active events from {hours}, local time; empty without events",
            (30, 90), nullable=True)),
        *windowed("weekend_event_share", "double", "Share of active events on Saturdays and Sundays; empty without "
                  "events", (30, 90), nullable=True),
        Column("workday_peak_event_share_90d", "double", "Share of active events from 08:00 to 08:59 on Mondays to "
               "Fridays; empty without events."),
        Column("top_daypart_90d", "string", "Part of the day with most active events; the earlier of equals."),
        *(Column(f"{p}_event_share_90d", "double", f"Share of active events in the {text}; empty without events.")
          for p, text in PLATFORM_PARTS.items()),
        Column("top_platform_90d", "string", "Platform with most active events: app, mini_program, web."),
        Column("platform_count_90d", "int", "Platforms used.", "platforms", nullable=False),
        Column("new_platform_30d", "string", "Platform used in the last 30 days and not in the 60 before them, by "
               "somebody who was active in those 60; the first of app, mini_program, web."),
        *counts({
            "login_count": "Log-ins", "view_content_count": "Articles and pages of content seen",
            "favourite_count": "Favourites kept", "set_reminder_count": "Reminders set",
            "open_reminder_count": "Reminders opened", "open_health_record_count": "Times the health record was opened",
            "crash_count": "Crashes"}, (30, 90)),
        Column("top_content_topics_90d", "array<string>", "Up to three topics read about most, first the most read; a "
               "view of d days ago weighs 0.5 ** (d / 30).", nullable=False, sensitivity="health"),
        *(Column(f"{rank}_content_topic_90d", "string", f"The {place} of these topics.", sensitivity="health")
          for rank, place in {"top": "first", "second": "second", "third": "third"}.items()),
        Column("top_search_topics_90d", "array<string>", "Up to three topics searched most, weighed likewise.",
               nullable=False, sensitivity="health"),
        Column("top_search_topic_90d", "string", "The first of them.", sensitivity="health"),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("compare", "active_days_7d", other="active_days_30d"),
        Check("compare", "active_days_30d", other="active_days_90d"),
        Check("compare", "active_days_90d", other="active_days_180d"),
        Check("between", "active_days_7d", min=0, max=7),
        Check("between", "days_since_last_activity", min=0, max=180),
        Check("between", "night_event_share_30d", min=0, max=1),
    ),
)  # fmt: skip
