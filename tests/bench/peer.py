"""The rival: one DuckDB script by hand that goes from all silver rows to features and tags in one sitting.

It takes silver.identity as given and computes what FEATURES and TAGS name. What it leaves out is in LEFT_OUT, and is
printed: it checks nothing, keeps no history, weighs no lost tag and commits nothing to a table.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from jobs.runtime.store import Store
from schemas.feeds import FEEDS
from schemas.silver.identity import IDENTITY
from schemas.table import Table

LEFT_OUT = (
    "who is one person (silver.identity is taken as given)",
    "profile, health, device, social and engagement themes",
    "topics, departments and doctors as lists; parts of the day but night; platforms",
    "tiers, preferences, model tags; tag history, weights and counts",
    "checks, audit, Delta commits: it writes two Parquet files",
)
FEATURES = {
    "user_activity": (
        "active_days_7d",
        "active_days_30d",
        "active_days_90d",
        "active_days_180d",
        "active_event_count_30d",
        "active_event_count_90d",
        "session_count_30d",
        "session_count_90d",
        "dwell_minutes_30d",
        "dwell_minutes_90d",
        "night_event_share_30d",
        "weekend_event_share_90d",
        "days_since_last_activity",
        "active_days_prior_30d",
        "is_frequency_halved",
        "view_content_count_30d",
        "crash_count_30d",
        "open_health_record_count_90d",
    ),
    "user_funnel": (
        "search_count_30d",
        "search_count_90d",
        "view_doctor_count_90d",
        "doctor_session_count_90d",
        "start_session_count_30d",
        "start_session_count_90d",
        "paid_session_count_90d",
        "left_at_payment_session_count_30d",
        "left_at_payment_session_count_90d",
        "days_since_last_left_at_payment",
        "is_searching_without_asking_30d",
    ),
    "user_value": (
        "order_count_30d",
        "order_count_90d",
        "order_count_180d",
        "order_count_365d",
        "spend_yuan_30d",
        "spend_yuan_90d",
        "spend_yuan_365d",
        "net_spend_yuan_365d",
        "refund_count_180d",
        "coupon_order_share_180d",
        "days_since_last_order",
        "is_buyer",
        "repeat_purchase_count",
    ),
    "user_consultation": (
        "consultation_count_30d",
        "consultation_count_90d",
        "consultation_count_180d",
        "night_consultation_count_90d",
        "long_consultation_count_90d",
        "deep_consultation_count_90d",
        "slow_reply_consultation_count_90d",
        "low_rating_consultation_count_90d",
        "cancelled_consultation_count_90d",
        "child_consultation_count_90d",
        "parent_consultation_count_90d",
        "rating_mean_180d",
        "days_since_last_consultation",
    ),
}
TAGS = {
    "value.over_2000_a_year": "net_spend_yuan_365d > 2000",
    "value.never_bought": "NOT is_buyer",
    "value.first_order_done": "is_buyer AND repeat_purchase_count = 0",
    "value.monthly_repeat": "order_count_30d > 2",
    "value.refunds": "refund_count_180d >= 2",
    "value.coupon_hunter": "order_count_180d >= 2 AND coupon_order_share_180d >= 0.5",
    "value.dependent": "consultation_count_90d >= 4 AND order_count_90d >= 3",
    "value.silent_30_days": "days_since_last_activity >= 30",
    "value.frequency_halved": "is_frequency_halved",
    "behaviour.night_owl": "active_event_count_30d >= 5 AND night_event_share_30d >= 0.5",
    "behaviour.weekend": "active_event_count_90d >= 5 AND weekend_event_share_90d >= 0.5",
    "behaviour.workday": "active_event_count_90d >= 10 AND weekend_event_share_90d < 0.1",
    "behaviour.payment_leaver": (
        "days_since_last_left_at_payment <= 14 AND days_since_last_order > days_since_last_left_at_payment"
    ),
    "behaviour.journey_awareness": (
        "active_days_90d >= 1 AND search_count_90d = 0 AND view_doctor_count_90d = 0 AND start_session_count_90d = 0"
    ),
    "behaviour.journey_decision": "(search_count_90d >= 1 OR view_doctor_count_90d >= 1) AND NOT is_buyer",
    "behaviour.journey_use": "order_count_90d BETWEEN 1 AND 3",
    "behaviour.journey_loyalty": "order_count_90d >= 4 AND days_since_last_activity <= 30",
    "behaviour.crash_hit": "crash_count_30d >= 2",
    "behaviour.reads_content": "view_content_count_30d >= 8",
    "behaviour.uses_health_record": "open_health_record_count_90d >= 2",
    "behaviour.long_talks": "long_consultation_count_90d >= 1",
    "behaviour.many_questions": "deep_consultation_count_90d >= 1",
    "behaviour.asks_for_child": "child_consultation_count_90d >= 1",
    "behaviour.asks_for_parent": "parent_consultation_count_90d >= 1",
    "behaviour.night_consulter": "night_consultation_count_90d >= 2",
    "behaviour.served_badly": (
        "slow_reply_consultation_count_90d + low_rating_consultation_count_90d + cancelled_consultation_count_90d >= 2"
    ),
    "need.searches_never_asks": "is_searching_without_asking_30d",
}

_PEOPLE = """
CREATE TEMP TABLE person AS
SELECT actor_id, user_id FROM identity WHERE as_of_date = $day AND user_id IS NOT NULL AND NOT is_excluded;
CREATE TEMP TABLE everybody AS
SELECT DISTINCT user_id FROM identity WHERE as_of_date = $day AND actor_kind = 'account' AND NOT is_excluded;
"""
_VISITS = """
CREATE TEMP TABLE visit AS
SELECT user_id, event_date, $day - event_date AS age,
    count_if(active) AS acts, sum(coalesce(dwell_seconds, 0)) AS dwell,
    count_if(active AND (h >= 22 OR h < 6)) AS night,
    count_if(event_name = 'search') AS search, count_if(event_name = 'view_doctor') AS doctor,
    count_if(event_name = 'start_consultation') AS start, count_if(event_name = 'pay') AS pay,
    count_if(event_name = 'view_content') AS content, count_if(event_name = 'crash') AS crash,
    count_if(event_name = 'open_health_record') AS record
FROM (SELECT *, coalesce(account_token, device_token) AS actor_id, hour(event_at) AS h,
             event_name NOT IN ('push_shown', 'push_refused') AS active FROM event
      WHERE event_date <= $day AND known_date <= $day AND event_date > $day - 180)
JOIN person USING (actor_id)
GROUP BY user_id, actor_id, account_token IS NULL, event_date, known_date, session_id;
"""
_BOUGHT = """
CREATE TEMP TABLE bought AS
SELECT user_id, event_date, $day - event_date AS age,
    count(DISTINCT CASE WHEN line_kind = 'sale' THEN order_id END) AS orders,
    count(DISTINCT CASE WHEN line_kind = 'sale' AND coupon_yuan > 0 THEN order_id END) AS coupon_orders,
    sum(CASE WHEN line_kind = 'sale' THEN amount_yuan ELSE 0 END) AS spend,
    sum(CASE WHEN line_kind = 'refund' THEN amount_yuan ELSE 0 END) AS refund,
    count_if(line_kind = 'refund') AS refunds
FROM order_line JOIN person ON actor_id = account_token
WHERE event_date <= $day AND known_date <= $day AND event_date > $day - 730
GROUP BY user_id, actor_id, event_date, known_date;
"""
_ASKED = """
CREATE TEMP TABLE asked AS
SELECT user_id, event_date, $day - event_date AS age, rating, question_count, status, patient_relation,
    hour(asked_at) >= 22 OR hour(asked_at) < 6 AS at_night,
    status = 'closed' AND closed_at >= accepted_at AND epoch(closed_at) - epoch(accepted_at) > 900 AS is_long,
    first_reply_at >= asked_at AND epoch(first_reply_at) - epoch(asked_at) > 300 AS is_slow
FROM consultation JOIN person ON actor_id = account_token
WHERE event_date <= $day AND known_date <= $day AND event_date > $day - 180;
"""
_DAYS = """
CREATE TEMP TABLE acted AS
SELECT user_id, count_if(age < 7) AS active_days_7d, count_if(age < 30) AS active_days_30d,
    count_if(age < 90) AS active_days_90d, count(*) AS active_days_180d, min(age) AS days_since_last_activity,
    count_if(age >= 30 AND age < 60) AS active_days_prior_30d
FROM (SELECT user_id, age FROM visit WHERE acts > 0 UNION SELECT user_id, age FROM asked
      UNION SELECT user_id, age FROM bought WHERE orders > 0 AND age < 180)
GROUP BY user_id;
"""
_WAYS = """
CREATE TEMP TABLE ways AS
SELECT user_id, sum(acts) FILTER (age < 30) AS active_event_count_30d, sum(acts) FILTER (age < 90) AS acts_90d,
    count_if(acts > 0 AND age < 30) AS session_count_30d, count_if(acts > 0 AND age < 90) AS session_count_90d,
    sum(dwell) FILTER (age < 30) / 60 AS dwell_minutes_30d, sum(dwell) FILTER (age < 90) / 60 AS dwell_minutes_90d,
    sum(night) FILTER (age < 30) / nullif(sum(acts) FILTER (age < 30), 0) AS night_event_share_30d,
    sum(acts) FILTER (age < 90 AND dayofweek(event_date) IN (0, 6)) AS weekend_90d,
    sum(content) FILTER (age < 30) AS view_content_count_30d, sum(crash) FILTER (age < 30) AS crash_count_30d,
    sum(record) FILTER (age < 90) AS open_health_record_count_90d,
    sum(search) FILTER (age < 30) AS search_count_30d, sum(search) FILTER (age < 90) AS search_count_90d,
    sum(doctor) FILTER (age < 90) AS view_doctor_count_90d,
    count_if(doctor > 0 AND age < 90) AS doctor_session_count_90d,
    count_if(start > 0 AND age < 30) AS start_session_count_30d, count_if(search > 0 AND age < 30) AS searching_30d,
    count_if(start > 0 AND age < 90) AS start_session_count_90d,
    count_if(pay > 0 AND age < 90) AS paid_session_count_90d,
    count_if(start > 0 AND pay = 0 AND age < 30) AS left_at_payment_session_count_30d,
    count_if(start > 0 AND pay = 0 AND age < 90) AS left_at_payment_session_count_90d,
    min(age) FILTER (start > 0 AND pay = 0) AS left_ago
FROM visit GROUP BY user_id;
"""
_MONEY = """
CREATE TEMP TABLE money AS
SELECT user_id, sum(orders) FILTER (age < 30) AS order_count_30d, sum(orders) FILTER (age < 90) AS order_count_90d,
    sum(orders) FILTER (age < 180) AS order_count_180d, sum(orders) FILTER (age < 365) AS order_count_365d,
    sum(spend) FILTER (age < 30) AS spend_yuan_30d, sum(spend) FILTER (age < 90) AS spend_yuan_90d,
    sum(spend) FILTER (age < 365) AS spend_yuan_365d, sum(spend - refund) FILTER (age < 365) AS net_spend_yuan_365d,
    sum(refunds) FILTER (age < 180) AS refund_count_180d, min(age) FILTER (orders > 0) AS days_since_last_order,
    sum(coupon_orders) FILTER (age < 180) / nullif(sum(orders) FILTER (age < 180), 0) AS coupon_order_share_180d,
    count(DISTINCT event_date) FILTER (orders > 0) AS purchase_days
FROM bought GROUP BY user_id;
"""
_ASKING = """
CREATE TEMP TABLE asking AS
SELECT user_id, count_if(age < 30) AS consultation_count_30d, count_if(age < 90) AS consultation_count_90d,
    count(*) AS consultation_count_180d, count_if(at_night AND age < 90) AS night_consultation_count_90d,
    count_if(is_long AND age < 90) AS long_consultation_count_90d,
    count_if(question_count > 5 AND age < 90) AS deep_consultation_count_90d,
    count_if(is_slow AND age < 90) AS slow_reply_consultation_count_90d,
    count_if(rating <= 2 AND age < 90) AS low_rating_consultation_count_90d,
    count_if(status IN ('cancelled', 'refused') AND age < 90) AS cancelled_consultation_count_90d,
    count_if(patient_relation = 'child' AND age < 90) AS child_consultation_count_90d,
    count_if(patient_relation = 'parent' AND age < 90) AS parent_consultation_count_90d,
    avg(rating) AS rating_mean_180d, min(age) AS days_since_last_consultation
FROM asked GROUP BY user_id;
"""
_NO_DEFAULT = ("night_event_share_30d", "weekend_event_share_90d", "coupon_order_share_180d", "rating_mean_180d")
_SAID = {
    "active_event_count_90d": "coalesce(acts_90d, 0)",
    "weekend_event_share_90d": "coalesce(weekend_90d, 0) / nullif(acts_90d, 0)",
    "night_event_share_30d": "night_event_share_30d",
    "days_since_last_activity": "coalesce(days_since_last_activity, 180)",
    "is_frequency_halved": (
        "coalesce(active_days_prior_30d >= 2 AND 2 * active_days_30d <= active_days_prior_30d, false)"
    ),
    "days_since_last_left_at_payment": "coalesce(left_ago, 180)",
    "is_searching_without_asking_30d": "coalesce(searching_30d >= 3 AND start_session_count_30d = 0, false)",
    "days_since_last_order": "coalesce(days_since_last_order, 730)",
    "is_buyer": "coalesce(purchase_days > 0, false)",
    "repeat_purchase_count": "greatest(coalesce(purchase_days, 0) - 1, 0)",
    "days_since_last_consultation": "coalesce(days_since_last_consultation, 180)",
}


def rows_of(store: Store, table: Table) -> str:
    """SQL: the table's Parquet files as they are in force now."""
    files = ", ".join(f"'{path}'" for path in store.open(table).file_uris())
    return f"read_parquet([{files}], hive_partitioning = true, union_by_name = true)"


def run_peer(lake: Path, zone: str, day: date, out: Path) -> None:
    """From silver to <out>/features.parquet and <out>/tags.parquet."""
    store = Store(str(lake))
    sources = {name: FEEDS[name].silver for name in ("event", "order_line", "consultation")} | {"identity": IDENTITY}
    out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        db.execute(f"SET TimeZone = '{zone}'")
        for name, table in sources.items():
            db.execute(f"CREATE VIEW {name} AS SELECT * FROM {rows_of(store, table)}")
        for step in (_PEOPLE, _VISITS, _BOUGHT, _ASKED, _DAYS, _WAYS, _MONEY, _ASKING):
            db.execute(step.replace("$day", f"DATE '{day}'"))
        db.execute(_features())
        db.execute(f"COPY features TO '{out}/features.parquet'")
        held = " UNION ALL ".join(f"SELECT user_id, '{t}' AS tag_code FROM features WHERE {r}" for t, r in TAGS.items())
        db.execute(f"COPY ({held}) TO '{out}/tags.parquet'")


def _features() -> str:
    names = [name for theme in FEATURES.values() for name in theme]
    said = {n: _SAID.get(n, n if n in _NO_DEFAULT else f"coalesce({n}, 0)") for n in names}
    columns = ", ".join(f"{sql} AS {name}" for name, sql in said.items())
    joins = " ".join(f"LEFT JOIN {part} USING (user_id)" for part in ("acted", "ways", "money", "asking"))
    return f"CREATE TEMP TABLE features AS SELECT user_id, {columns} FROM everybody {joins}"
