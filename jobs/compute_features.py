"""Features of every user as of a day, a table per theme."""

from datetime import timedelta

from pyspark.sql import DataFrame

from features.persons import of_users, registered_users
from features.user_activity import ACTIVITY, user_activity
from features.user_consultation import CONSULTATION, user_consultation
from features.user_device import user_device
from features.user_engagement import ENGAGEMENT, user_engagement
from features.user_funnel import FUNNEL, user_funnel
from features.user_health import patient_health, user_health
from features.user_invitation import invited_by, user_invitation
from features.user_profile import first_registered, user_profile
from features.user_social import SOCIAL, user_social
from features.user_symptom import user_symptom
from features.user_value import VALUE, VALUE_WINDOW_DAYS, user_value, with_worth
from features.wide import THEMES
from features.windows import add_up
from jobs.runtime.declarations import load_member_points, load_symptoms
from jobs.runtime.job import Run, job
from schemas.feature.patient_health import PATIENT_HEALTH
from schemas.feature.user_activity import USER_ACTIVITY
from schemas.feature.user_consultation import USER_CONSULTATION
from schemas.feature.user_day import USER_DAY
from schemas.feature.user_device import USER_DEVICE
from schemas.feature.user_engagement import USER_ENGAGEMENT
from schemas.feature.user_funnel import USER_FUNNEL
from schemas.feature.user_health import USER_HEALTH
from schemas.feature.user_invitation import USER_INVITATION
from schemas.feature.user_profile import USER_PROFILE
from schemas.feature.user_social import USER_SOCIAL
from schemas.feature.user_symptom import USER_SYMPTOM
from schemas.feature.user_symptom_day import USER_SYMPTOM_DAY
from schemas.feature.user_topic_day import USER_TOPIC_DAY
from schemas.feature.user_value import USER_VALUE
from schemas.feeds import FEEDS
from schemas.silver.identity import IDENTITY
from schemas.table import Table

WINDOW_DAYS = 180
_FEEDS = (
    "account", "consultation", "diagnosis", "environment", "family_binding", "health_record", "invitation",
    "prescription",
)  # fmt: skip
SILVER = {name: FEEDS[name].silver for name in _FEEDS}


@job(
    reads=(IDENTITY, USER_DAY, USER_TOPIC_DAY, USER_SYMPTOM_DAY, *SILVER.values()),
    writes=(*THEMES, PATIENT_HEALTH, USER_INVITATION),
    takes_known_at=True,
)
def compute_features(run: Run) -> None:
    """Computes what is known of every registered person, of those they invited, and of family members' health."""
    compute_themes(run)
    persons = run.read(IDENTITY, since=run.day, until=run.day)

    def facts(feed: str) -> DataFrame:
        return of_users(run.known(SILVER[feed]), persons)

    run.write(
        PATIENT_HEALTH, patient_health(facts("diagnosis"), facts("prescription"), facts("health_record"), run.day)
    )
    edges = run.stage("invited", invited_by(run.known(SILVER["invitation"]), persons))
    spend = run.read(USER_VALUE, since=run.day, until=run.day)
    run.write(USER_INVITATION, user_invitation(edges, spend, registered_users(persons), run.day))


def compute_themes(run: Run) -> None:
    """Writes every table of THEMES for the day."""
    persons, zone = run.read(IDENTITY, since=run.day, until=run.day), run.settings.hospital.zone
    users = run.stage("users", registered_users(persons))

    def facts(table: Table, days: int | None = None, actor: str = "account_token") -> DataFrame:
        # An event of the window was delivered in it too: nothing is delivered before it happened.
        since = run.day - timedelta(days=days - 1) if days else None
        return of_users(run.known(table, since, days), persons, actor)

    days = facts(USER_DAY, WINDOW_DAYS, "actor_id")
    topics, accounts = facts(USER_TOPIC_DAY, WINDOW_DAYS, "actor_id"), facts(SILVER["account"])
    spans = run.stage("spans", add_up(days, run.day, (ACTIVITY, CONSULTATION, ENGAGEMENT, FUNNEL, SOCIAL)))
    money = add_up(with_worth(facts(USER_DAY, VALUE_WINDOW_DAYS, "actor_id")), run.day, (VALUE,))
    points = load_member_points(run.settings.conf)
    weather = run.known(SILVER["environment"], days=7)
    symptoms, departments = facts(USER_SYMPTOM_DAY, 90, "actor_id"), load_symptoms(run.settings.conf).departments
    diagnoses, prescriptions = facts(SILVER["diagnosis"]), facts(SILVER["prescription"])
    run.write_side_by_side({
        USER_ACTIVITY: user_activity(spans, topics, users, run.day),
        USER_CONSULTATION: user_consultation(spans, facts(SILVER["consultation"], WINDOW_DAYS), users, run.day),
        USER_ENGAGEMENT: user_engagement(spans, users, run.day),
        USER_FUNNEL: user_funnel(spans, users, run.day),
        USER_SOCIAL: user_social(spans, users, run.day),
        USER_SYMPTOM: user_symptom(symptoms, departments, users, run.day),
        USER_DEVICE: user_device(days, users, run.day),
        USER_VALUE: user_value(money, users, first_registered(accounts, zone), run.day, points),
        USER_HEALTH: user_health(diagnoses, prescriptions, facts(SILVER["health_record"]), users, run.day),
        USER_PROFILE: user_profile(accounts, facts(SILVER["family_binding"]), weather, users, run.day, zone),
    })  # fmt: skip
