"""Readings the care team must look at."""

from features.care_alerts import care_alerts, columns_of
from jobs.runtime.declarations import load_care_alerts
from jobs.runtime.job import Run, job
from jobs.runtime.user_rows import user_rows
from schemas.feature.user_device import USER_DEVICE
from schemas.feature.user_profile import USER_PROFILE
from schemas.gold.care_alert import CARE_ALERT


@job(reads=(USER_DEVICE, USER_PROFILE), writes=(CARE_ALERT,), purpose="care", takes_known_at=True)
def raise_care_alerts(run: Run) -> None:
    """Raises an alert for the care team where home readings ask for one."""
    alerts = load_care_alerts(run.settings.conf)
    run.write(CARE_ALERT, care_alerts(user_rows(run, columns_of(alerts)), alerts, run.day), since=run.day)
