"""What each feed adds to user_day, as sums in SQL over its silver table."""

from features.visits import DAYPART_HOURS, in_part
from schemas.feature.user_day import ITEM_KINDS, METRIC_COLUMNS
from schemas.vocabulary import FORMS, RELATIONS, TOUCH_CHANNELS

_COMPLAINTS = ("slow_reply", "attitude", "fee", "medicine")


def consultation_sums(zone: str) -> dict[str, str]:
    """Consultations by form and patient; minutes and ratings of those that were taken."""
    hour = f"hour(from_utc_timestamp(asked_at, '{zone}'))"
    minutes = "(unix_micros(closed_at) - unix_micros(accepted_at)) / 60000000.0D"
    wait = "(unix_micros(first_reply_at) - unix_micros(asked_at)) / 1000000.0D"
    closed = "status = 'closed' AND closed_at >= accepted_at"
    replied = "first_reply_at >= asked_at"
    return {
        "consultation_count": "count(1)",
        **{f"{form}_consultation_count": f"count_if(form = '{form}')" for form in FORMS},
        **{f"{who}_consultation_count": f"count_if(patient_relation = '{who}')" for who in RELATIONS},
        "cancelled_consultation_count": "count_if(status IN ('cancelled', 'refused'))",
        "long_consultation_count": f"count_if({closed} AND {minutes} > 15)",
        "deep_consultation_count": "count_if(question_count > 5)",
        "night_consultation_count": f"count_if({in_part('night', hour)})",
        "slow_reply_consultation_count": f"count_if({replied} AND {wait} > 300)",
        "closed_consultation_count": f"count_if({closed})",
        "consultation_minutes": f"sum(CASE WHEN {closed} THEN {minutes} ELSE 0D END)",
        "question_count": "sum(coalesce(question_count, 0))",
        "replied_consultation_count": f"count_if({replied})",
        "first_reply_seconds": f"sum(CASE WHEN {replied} THEN {wait} ELSE 0D END)",
        "rated_consultation_count": "count(rating)",
        "rating_stars": "sum(coalesce(CAST(rating AS DOUBLE), 0D))",
        "low_rating_consultation_count": "count_if(rating <= 2)",
    }


def order_line_sums() -> dict[str, str]:
    """Sales and refunds apart; a refund line never lowers spend."""
    sale = "line_kind = 'sale'"

    def yuan(what: str, holds: str) -> str:
        return f"sum(CASE WHEN {holds} THEN coalesce({what}, 0) ELSE 0 END)"

    return {
        "order_count": f"count(DISTINCT CASE WHEN {sale} THEN order_id END)",
        "spend_yuan": yuan("amount_yuan", sale),
        "refund_count": "count_if(line_kind = 'refund')",
        "refund_yuan": yuan("amount_yuan", "line_kind = 'refund'"),
        "coupon_yuan": yuan("coupon_yuan", sale),
        "coupon_order_count": f"count(DISTINCT CASE WHEN {sale} AND coupon_yuan > 0 THEN order_id END)",
        **{f"{kind}_spend_yuan": yuan("amount_yuan", f"{sale} AND item_kind = '{kind}'") for kind in ITEM_KINDS},
        "package_order_count": f"count(DISTINCT CASE WHEN {sale} AND item_kind = 'package' THEN order_id END)",
    }


def campaign_touch_sums(zone: str) -> dict[str, str]:
    """Touches and clicks by channel; clicks are answers at their hour."""
    hour = f"hour(from_utc_timestamp(touched_at, '{zone}'))"
    return {
        **{f"{c}_touch_count": f"count_if(channel = '{c}' AND action <> 'clicked')" for c in TOUCH_CHANNELS},
        **{f"{c}_click_count": f"count_if(channel = '{c}' AND action = 'clicked')" for c in TOUCH_CHANNELS},
        **{f"{p}_answer_count": f"count_if(action = 'clicked' AND ({in_part(p, hour)}))" for p in DAYPART_HOURS},
        "touch_cost_yuan": "sum(coalesce(cost_yuan, 0))",
    }


def device_reading_sums() -> dict[str, str]:
    """Readings by metric, and those out of range."""

    def reading(metric: str, holds: str) -> str:
        return f"(metric = '{metric}' AND value {holds})"

    out = {
        "bp_high": f"{reading('systolic', '>= 135')} OR {reading('diastolic', '>= 85')}",
        "bp_low": f"{reading('systolic', '< 90')} OR {reading('diastolic', '< 60')}",
        "glucose_high": reading("glucose", ">= 11.1"),
        "glucose_low": reading("glucose", "< 3.9"),
        "heart_rate_odd": f"{reading('heart_rate', '> 120')} OR {reading('heart_rate', '< 45')}",
        "spo2_low": reading("spo2", "< 94"),
    }
    return {
        "reading_count": "count(1)",
        **{f"{metric}_reading_count": f"count_if(metric = '{metric}')" for metric in METRIC_COLUMNS},
        **{
            f"{column}_sum": f"sum(CASE WHEN metric = '{metric}' THEN value ELSE 0D END)"
            for metric, column in METRIC_COLUMNS.items()
        },
        **{f"{name}_reading_count": f"count_if({holds})" for name, holds in out.items()},
    }


SOCIAL_SUMS: dict[str, dict[str, str]] = {
    "invitation": {
        "share_count": "count_if(action = 'share')",
        "invitation_count": "count_if(action = 'invite')",
        "invitation_accepted_count": "count_if(action = 'accept')",
    },
    "review": {
        "review_count": "count(1)",
        "review_stars": "sum(rating)",
        "low_review_count": "count_if(rating <= 2)",
    },
    "community_act": {
        "post_count": "count_if(action = 'post')",
        "community_answer_count": "count_if(action = 'answer')",
        "check_in_count": "count_if(action = 'check_in')",
        "like_count": "count_if(action = 'like')",
        "group_join_count": "count_if(action = 'join')",
        "group_leave_count": "count_if(action = 'leave')",
    },
    "complaint": {
        "complaint_count": "count(1)",
        **{f"{kind}_complaint_count": f"count_if(kind = '{kind}')" for kind in _COMPLAINTS},
    },
    "nps_answer": {"nps_answer_count": "count(1)", "nps_points": "sum(CAST(score AS DOUBLE))"},
}
