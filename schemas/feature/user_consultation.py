"""What a user consults for, how, and how it went."""

from schemas.table import Check, Column, Table
from schemas.vocabulary import FORMS, RELATIONS
from schemas.windows import USER_KEY, counts, days_since, windowed

USER_CONSULTATION = Table(
    "feature.user_consultation",
    "What a user consults for, for whom, how, and how it went.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *counts({"consultation_count": "Consultations asked, cancelled ones too"}, (7, 30, 90, 180), "health"),
        *counts({f"{f}_consultation_count": f"Consultations by {f}" for f in FORMS}, (90, 180)),
        *counts({f"{who}_consultation_count": f"Consultations whose patient is: {who}"
                 for who in RELATIONS}, (30, 90, 180), "health"),
        *counts({
            "cancelled_consultation_count": "Consultations cancelled or refused",
            "long_consultation_count": "Consultations of more than 15 minutes",
            "deep_consultation_count": "Consultations of more than 5 questions",
            "night_consultation_count": "Consultations asked from 22:00 to 05:59",
            "slow_reply_consultation_count": "Consultations whose first reply took more than 5 minutes",
            "low_rating_consultation_count": "Consultations given one or two stars",
            "question_count": "Questions asked"}, (30, 90, 180)),
        *windowed("consultation_minutes", "double", "Minutes from a doctor's taking consultations to their end",
                  (30, 90, 180), "min"),
        Column("consultation_minutes_mean_90d", "double", "Minutes per consultation that was taken and ended.", "min"),
        Column("question_count_mean_90d", "double", "Questions per consultation.", "questions"),
        Column("rating_mean_180d", "double", "Mean of the stars given to consultations.", "stars"),
        *windowed("first_reply_seconds_mean", "double", "Mean wait for the first reply", (30, 90), "s", nullable=True),
        days_since("consultation", "Days since the last consultation was asked", 180, "health"),
        days_since("self_consultation", "Days since the last consultation for oneself", 180, "health"),
        Column("top_form_90d", "string", "Form used most: text, voice, video."),
        Column("second_form_90d", "string", "Form used second most; of equals the first in that order."),
        Column("top_department_180d", "string", "Department asked most, for whomever; the last asked of equals.",
               sensitivity="health"),
        Column("top_self_department_180d", "string", "Department asked most for oneself; the last asked of equals.",
               sensitivity="health"),
        Column("last_self_department", "string", "Department last asked for oneself, within 180 days.",
               sensitivity="health"),
        Column("last_department", "string", "Department last asked, for whomever, within 180 days.",
               sensitivity="health"),
        Column("departments_180d", "array<string>", "Departments asked, for whomever.", nullable=False,
               sensitivity="health"),
        Column("department_count_180d", "int", "Different departments asked.", "departments", nullable=False),
        Column("same_doctor_count_90d", "int", "Consultations with the doctor consulted most.", "consultations",
               nullable=False),
        Column("top_doctor_id_90d", "string", "That doctor; the last consulted of equals."),
        Column("doctor_count_90d", "int", "Different doctors.", "doctors", nullable=False),
        Column("last_rating", "int", "Stars last given to a consultation, within 180 days.", "stars"),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("compare", "consultation_count_30d", other="consultation_count_90d"),
        Check("between", "rating_mean_180d", min=1, max=5),
        Check("between", "consultation_minutes_90d", min=0),
        Check("compare", "same_doctor_count_90d", other="consultation_count_90d"),
    ),
)  # fmt: skip
