"""Code lists that more than one table uses."""

DEPARTMENTS = (
    "general", "cardiology", "endocrinology", "respiratory", "gastroenterology", "hepatology", "neurology",
    "nephrology", "hematology", "rheumatology", "infectious", "dermatology", "gynecology", "obstetrics",
    "pediatrics", "orthopedics", "psychiatry", "oncology", "tcm", "nutrition", "urology", "ent",
    "ophthalmology", "dental",
)  # fmt: skip
FORMS = ("text", "voice", "video")
RELATIONS = ("self", "child", "parent", "spouse", "other", "unknown")
SEXES = ("female", "male", "unknown")
EVENT_NAMES = (
    "view_home", "search", "view_doctor", "view_reviews", "start_consultation", "pay", "view_content",
    "favourite", "set_reminder", "open_reminder", "open_health_record", "login", "push_shown", "push_opened",
    "push_refused", "message_opened", "crash",
)  # fmt: skip
PLATFORMS = ("app", "mini_program", "web")
METRICS = (
    "systolic", "diastolic", "glucose", "heart_rate", "steps", "sleep", "weight", "spo2", "calories", "sedentary",
)  # fmt: skip
# Canonical unit of each metric and what other units are worth in it: value * factor.
METRIC_UNITS: dict[str, dict[str, float]] = {
    "systolic": {"mmHg": 1.0, "kPa": 7.50062},
    "diastolic": {"mmHg": 1.0, "kPa": 7.50062},
    "glucose": {"mmol/L": 1.0, "mg/dL": 1 / 18.0182},
    "heart_rate": {"bpm": 1.0},
    "steps": {"count": 1.0},
    "sleep": {"min": 1.0, "h": 60.0},
    "weight": {"kg": 1.0, "lb": 0.45359237, "jin": 0.5},
    "spo2": {"%": 1.0},
    "calories": {"kcal": 1.0},
    "sedentary": {"min": 1.0},
}
# Believable range of each metric in its canonical unit; outside is a reject, not a patient.
METRIC_RANGES: dict[str, tuple[float, float]] = {
    "systolic": (40, 300),
    "diastolic": (20, 200),
    "glucose": (0.5, 50),
    "heart_rate": (20, 300),
    "steps": (0, 120_000),
    "sleep": (0, 1_440),
    "weight": (1, 400),
    "spo2": (40, 100),
    "calories": (0, 20_000),
    "sedentary": (0, 1_440),
}
PURPOSES = ("care", "research", "marketing", "sharing")
# What a job may work for. `operation` is what all purposes rest on: taking data in, keeping, joining and judging it.
# It is no consent, and nothing of it reaches a person: what does is a job or a list with a purpose of its own.
# `training` is learning from persons' rows; conf/policy.yml says on which consent it rests.
JOB_PURPOSES = (*PURPOSES, "training", "operation")
# Jobs for these get rows about persons only through the policy.
GUARDED_PURPOSES = ("research", "marketing", "sharing", "training")
DATA_CLASSES = ("basic", "health", "behaviour", "value")
CHANNELS = ("push", "sms", "phone", "wechat", "email")
TOUCH_CHANNELS = (*CHANNELS, "search_ad", "feed_ad", "referral")
REGISTRATION_CHANNELS = ("app_store", "search_ad", "feed_ad", "referral", "offline", "wechat", "organic")
MEMBERSHIPS = ("ordinary", "silver", "gold")
# What makes it lawful to use a tag on somebody's health (Personal Information Protection Law, articles 13 and 29), with
# its words in Chinese and English.
CARE_CONTRACT = "care_contract"
LEGAL_BASES: dict[str, tuple[str, str]] = {
    "separate_consent": ("个人单独同意（个保法第二十九条）", "The person's separate consent (PIPL, article 29)"),
    CARE_CONTRACT: (
        "履行诊疗服务合同所必需（第十三条第二项）",
        "Needed to give the care that was agreed (article 13 (2))",
    ),
    "legal_duty": ("履行法定职责或者法定义务（第十三条第三项）", "A duty by law, such as reporting (article 13 (3))"),
    "emergency": (
        "应对突发公共卫生事件或紧急情况（第十三条第四项）",
        "A public health emergency, or to protect life (article 13 (4))",
    ),
}
