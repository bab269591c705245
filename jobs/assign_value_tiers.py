"""What every user is worth, in four tiers."""

from features.value_tiers import value_tiers
from jobs.runtime.calibration.in_force import load_approved
from jobs.runtime.declarations import load_value_tiers
from jobs.runtime.job import Run, job
from jobs.runtime.user_rows import USER_TABLES, user_rows
from schemas.gold.user_value_tier import USER_VALUE_TIER


@job(reads=tuple(t for t in USER_TABLES if t is not USER_VALUE_TIER), writes=(USER_VALUE_TIER,), takes_known_at=True)
def assign_value_tiers(run: Run) -> None:
    """Puts every user into one of four value tiers, by spend, expected spend and the chance of losing them."""
    stated = load_value_tiers(run.settings.conf, load_approved(run.settings).on(run.day))
    users = run.stage("users", user_rows(run, stated.columns))
    run.write(USER_VALUE_TIER, value_tiers(users, stated, run.day), since=run.day)
