"""All features of a user in one row."""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from schemas.feature.user_activity import USER_ACTIVITY
from schemas.feature.user_consultation import USER_CONSULTATION
from schemas.feature.user_device import USER_DEVICE
from schemas.feature.user_engagement import USER_ENGAGEMENT
from schemas.feature.user_funnel import USER_FUNNEL
from schemas.feature.user_health import USER_HEALTH
from schemas.feature.user_profile import USER_PROFILE
from schemas.feature.user_social import USER_SOCIAL
from schemas.feature.user_symptom import USER_SYMPTOM
from schemas.feature.user_value import USER_VALUE
from schemas.table import Column

THEMES = (
    USER_PROFILE,
    USER_ACTIVITY,
    USER_CONSULTATION,
    USER_HEALTH,
    USER_DEVICE,
    USER_SOCIAL,
    USER_VALUE,
    USER_FUNNEL,
    USER_ENGAGEMENT,
    USER_SYMPTOM,
)


def feature_columns() -> dict[str, Column]:
    """Every feature by name, over all themes; the key is not among them."""
    return {c.name: c for theme in THEMES for c in theme.columns if c.name not in theme.key}


def all_features(themes: Sequence[DataFrame]) -> DataFrame:
    """One row per user and day out of theme tables: user_id, as_of_date, and all their features.

    Every theme has a row for every user, so none is lost.
    """
    joined = themes[0]
    for theme in themes[1:]:
        joined = joined.join(theme, ["user_id", "as_of_date"])
    return joined
