"""What reaches a user, through what, and what is answered."""

from schemas.feature.user_day import DAYPARTS
from schemas.table import Check, Column, Table
from schemas.vocabulary import TOUCH_CHANNELS
from schemas.windows import USER_KEY, counts, days_since, windowed

USER_ENGAGEMENT = Table(
    "feature.user_engagement",
    "What reaches a user, through what and when, what it costs and what is answered.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *counts({"push_shown_count": "Pushes shown", "push_opened_count": "Pushes opened",
                 "push_refused_count": "Times that pushes were switched off or waved away",
                 "message_opened_count": "Messages opened"}, (7, 30, 90)),
        *windowed("push_open_share", "double", "Pushes opened among those shown; empty without", (30, 90),
                  nullable=True),
        *counts({"touch_count": "Campaign touches sent or shown", "click_count": "Campaign touches clicked"},
                (7, 30, 90)),
        *windowed("click_share", "double", "Touches clicked among those sent or shown; empty without", (30, 90),
                  nullable=True),
        *counts({f"{c}_touch_count": f"Campaign touches sent or shown through {c}" for c in TOUCH_CHANNELS}, (90,)),
        *counts({f"{c}_click_count": f"Campaign touches clicked through {c}" for c in TOUCH_CHANNELS}, (90,)),
        Column("top_channel_90d", "string", "Channel that the user answers best: largest (clicks + 1) / (touches + 10) "
               "among channels with a click; the first in the list of channels of equals."),
        Column("second_channel_90d", "string", "Channel answered second best, measured likewise; empty where only one "
               "is answered."),
        *counts({f"{p}_answer_count": f"Pushes, messages opened and clicks from {h}" for p, h in DAYPARTS.items()},
                (90,)),
        Column("top_answer_daypart_90d", "string", "Part of the day with most answers; the earlier of equals."),
        *windowed("touch_cost_yuan", "decimal(18,4)", "Cost of campaign touches", (30, 90, 180), "yuan"),
        days_since("touch", "Days since the last campaign touch or push shown", 180),
        days_since("answer", "Days since a push, message or touch was last answered", 180),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("in_set", "top_channel_90d", values=TOUCH_CHANNELS),
        Check("in_set", "second_channel_90d", values=TOUCH_CHANNELS),
        Check("in_set", "top_answer_daypart_90d", values=tuple(DAYPARTS)),
        Check("between", "touch_cost_yuan_90d", min=0),
    ),
)  # fmt: skip
