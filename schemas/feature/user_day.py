"""One row of additive measures per actor, day and delivery day: all the history that is read again."""

from schemas.table import Check, Column, Sensitivity, Table
from schemas.vocabulary import FORMS, METRIC_UNITS, RELATIONS, TOUCH_CHANNELS

DAYPARTS = {
    "night": "22:00 to 05:59",
    "dawn": "06:00 to 07:59",
    "peak": "08:00 to 08:59",
    "forenoon": "09:00 to 11:59",
    "lunch": "12:00 to 13:59",
    "afternoon": "14:00 to 17:59",
    "evening": "18:00 to 21:59",
}
# Names of metrics with their unit, as they stand in columns.
METRIC_COLUMNS = {
    "systolic": "systolic_mmhg",
    "diastolic": "diastolic_mmhg",
    "glucose": "glucose_mmol_l",
    "heart_rate": "heart_rate_bpm",
    "steps": "step_count",
    "sleep": "sleep_minutes",
    "weight": "weight_kg",
    "spo2": "spo2_percent",
}
ITEM_KINDS = ("consultation", "medicine", "service", "package", "goods")


def _count(name: str, meaning: str, sensitivity: Sensitivity = "low") -> Column:
    unit = name.removesuffix("_count").split("_")[-1] + "s"
    return Column(name, "int", meaning, unit, nullable=False, sensitivity=sensitivity)


def _yuan(name: str, meaning: str, type_: str = "decimal(18,2)") -> Column:
    return Column(name, type_, meaning, "yuan", nullable=False)


def _total(name: str, meaning: str, unit: str, sensitivity: Sensitivity = "low") -> Column:
    return Column(name, "double", meaning, unit, nullable=False, sensitivity=sensitivity)


_VISITS = (
    _count("event_count", "All events, pushes shown and refused too."),
    _count("active_event_count", "Events by which the person did something: all but push_shown and push_refused."),
    _count("session_count", "Visits with something done; events without a session are one visit."),
    _total("dwell_seconds", "Time spent.", "s"),
    *(_count(f"{part}_event_count", f"Active events from {hours}, local time.") for part, hours in DAYPARTS.items()),
    *(_count(f"{part}_answer_count", f"Pushes and messages opened and campaign clicks from {hours}, local time.")
      for part, hours in DAYPARTS.items()),
    *(_count(f"{platform}_event_count", f"Active events in the {text}.")
      for platform, text in {"app": "app", "mini_program": "mini program", "web": "web pages"}.items()),
)  # fmt: skip
_EVENTS = (
    _count("search_count", "Searches."),
    _count("view_doctor_count", "Doctors' pages seen."),
    _count("view_reviews_count", "Times that reviews were read."),
    _count("view_content_count", "Articles and pages of content seen."),
    _count("start_consultation_count", "Consultations begun in the app, paid or not."),
    _count("pay_count", "Payments in the app."),
    _count("favourite_count", "Favourites kept."),
    _count("set_reminder_count", "Reminders set."),
    _count("open_reminder_count", "Reminders opened."),
    _count("open_health_record_count", "Times the health record was opened."),
    _count("login_count", "Log-ins."),
    _count("crash_count", "Crashes."),
    _count("push_shown_count", "Pushes shown."),
    _count("push_opened_count", "Pushes opened."),
    _count("push_refused_count", "Times that pushes were switched off or waved away."),
    _count("message_opened_count", "Messages opened."),
)
_FUNNEL = (
    _count("search_session_count", "Visits with a search."),
    _count("doctor_session_count", "Visits that saw a doctor's page."),
    _count("start_session_count", "Visits that began a consultation."),
    _count("paid_session_count", "Visits that paid."),
    _count("left_at_home_session_count", "Visits that came to the home page and went no further."),
    _count("left_at_search_session_count", "Visits that searched and went no further."),
    _count("left_at_doctor_session_count", "Visits that saw a doctor's page and went no further."),
    _count("left_at_payment_session_count", "Visits that began a consultation and did not pay."),
    _count("search_only_session_count", "Visits with a search and no consultation begun."),
    _count("review_first_session_count", "Visits that read reviews before they began a consultation."),
)
_CONSULTATIONS = (
    _count("consultation_count", "Consultations asked, cancelled ones too.", "health"),
    *(_count(f"{form}_consultation_count", f"Consultations by {form}.", "health") for form in FORMS),
    *(_count(f"{who}_consultation_count", f"Consultations whose patient is: {who}.", "health")
      for who in RELATIONS),
    _count("cancelled_consultation_count", "Consultations cancelled or refused."),
    _count("long_consultation_count", "Consultations of more than 15 minutes."),
    _count("deep_consultation_count", "Consultations of more than 5 questions."),
    _count("night_consultation_count", "Consultations asked from 22:00 to 05:59."),
    _count("slow_reply_consultation_count", "Consultations whose first reply took more than 5 minutes."),
    _count("closed_consultation_count", "Consultations taken by a doctor and ended."),
    _total("consultation_minutes", "Minutes from a doctor's taking them to their end.", "min"),
    _count("question_count", "Questions asked in consultations."),
    _count("replied_consultation_count", "Consultations that got a first reply."),
    _total("first_reply_seconds", "Seconds waited for first replies, in all.", "s"),
    _count("rated_consultation_count", "Consultations that were given stars."),
    _total("rating_stars", "Stars given to consultations, in all.", "stars"),
    _count("low_rating_consultation_count", "Consultations given one or two stars."),
)  # fmt: skip
_MONEY = (
    _count("order_count", "Orders with at least one line sold."),
    _yuan("spend_yuan", "Paid for lines sold."),
    _count("refund_count", "Lines given back."),
    _yuan("refund_yuan", "Paid back."),
    _yuan("coupon_yuan", "Covered by coupons."),
    _count("coupon_order_count", "Orders with a coupon."),
    *(_yuan(f"{kind}_spend_yuan", f"Paid for: {kind}.") for kind in ITEM_KINDS),
    _count("package_order_count", "Orders with a premium package."),
)
_TOUCHES = (
    *(_count(f"{channel}_touch_count", f"Campaign touches sent or shown through {channel}.")
      for channel in TOUCH_CHANNELS),
    *(_count(f"{channel}_click_count", f"Campaign touches clicked through {channel}.") for channel in TOUCH_CHANNELS),
    _yuan("touch_cost_yuan", "Cost of campaign touches.", "decimal(18,4)"),
)  # fmt: skip
_SOCIAL = (
    _count("share_count", "Shares."),
    _count("invitation_count", "Invitations sent."),
    _count("invitation_accepted_count", "Invited persons who registered."),
    _count("review_count", "Reviews written."),
    _total("review_stars", "Stars given in reviews, in all.", "stars"),
    _count("low_review_count", "Reviews of one or two stars."),
    _count("post_count", "Posts in patients' groups."),
    _count("community_answer_count", "Answers in patients' groups."),
    _count("check_in_count", "Check-ins in patients' groups."),
    _count("like_count", "Likes in patients' groups."),
    _count("group_join_count", "Patients' groups joined."),
    _count("group_leave_count", "Patients' groups left."),
    _count("complaint_count", "Complaints."),
    _count("slow_reply_complaint_count", "Complaints about slow replies."),
    _count("attitude_complaint_count", "Complaints about attitude."),
    _count("fee_complaint_count", "Complaints about fees."),
    _count("medicine_complaint_count", "Complaints about medicine."),
    _count("nps_answer_count", "Answers to 'would you recommend us?'."),
    _total("nps_points", "Points of those answers, 0 to 10 each, in all.", "points"),
)
_READINGS = (
    _count("reading_count", "Device readings of any metric.", "health"),
    *(_count(f"{metric}_reading_count", f"Readings of {metric}.", "health") for metric in METRIC_COLUMNS),
    *(_total(f"{column}_sum", f"Readings of {metric}, added up.", next(iter(METRIC_UNITS[metric])), "health")
      for metric, column in METRIC_COLUMNS.items()),
    _count("bp_high_reading_count", "Blood pressure readings high at home: systolic >= 135 or diastolic >= 85 mmHg.",
           "health"),
    _count("bp_low_reading_count", "Blood pressure readings low: systolic < 90 or diastolic < 60 mmHg.", "health"),
    _count("glucose_high_reading_count", "Glucose readings >= 11.1 mmol/L.", "health"),
    _count("glucose_low_reading_count", "Glucose readings < 3.9 mmol/L.", "health"),
    _count("heart_rate_odd_reading_count", "Heart rates > 120 or < 45 bpm.", "health"),
    _count("spo2_low_reading_count", "Oxygen saturations < 94 %.", "health"),
)  # fmt: skip
USER_DAY_MEASURES = (*_VISITS, *_EVENTS, *_FUNNEL, *_CONSULTATIONS, *_MONEY, *_TOUCHES, *_SOCIAL, *_READINGS)

USER_DAY = Table(
    "feature.user_day",
    "What an actor did on a day, as far as one delivery told; rows of one day add up. Persons are resolved when "
    "it is read, so a merge of accounts rewrites nothing.",
    ("known_date", "event_date", "actor_id"),
    (
        Column("actor_id", "string", "Account, or the device where nobody had logged in.", nullable=False,
               sensitivity="personal"),
        Column("actor_kind", "string", "Account or device.", nullable=False),
        Column("event_date", "date", "Day of the events in the hospital's time zone.", nullable=False),
        Column("known_date", "date", "Business day on which they were delivered.", nullable=False),
        *USER_DAY_MEASURES,
    ),
    slice_by="known_date",
    partition_by=("known_date",),
    checks=(
        Check("compare", "active_event_count", other="event_count"),
        Check("between", "dwell_seconds", min=0),
        Check("between", "spend_yuan", min=0),
    ),
)  # fmt: skip
