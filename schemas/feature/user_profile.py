"""Basic attributes of a user."""

from schemas.table import Check, Column, Table
from schemas.vocabulary import MEMBERSHIPS, REGISTRATION_CHANNELS, SEXES
from schemas.windows import USER_KEY

AGE_BANDS = ("0-13", "14-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
GENERATIONS = ("alpha", "gen_z", "millennial", "gen_x", "silver")
CITY_TIERS = ("first", "new_first", "second", "other")
CLIMATES = ("north_cold", "north_temperate", "north_arid", "south_humid", "south_tropical", "plateau")

USER_PROFILE = Table(
    "feature.user_profile",
    "Basic attributes of a user: the newest that any of the person's accounts stated.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        Column("registered_at", "timestamp", "When the person's first account was opened; empty while no "
               "registration is known."),
        Column("tenure_days", "int", "Days since then.", "days"),
        Column("registration_channel", "string", "How the first account came to us."),
        Column("account_count", "int", "Registered accounts of the person.", "accounts", nullable=False),
        Column("is_closed", "boolean", "All of them are closed.", nullable=False),
        Column("birth_year", "int", "Year of birth.", "year", sensitivity="personal"),
        Column("age_years", "int", "Full years on the day.", "years", sensitivity="personal"),
        Column("age_band", "string", "Age in bands.", sensitivity="personal"),
        Column("is_under_14", "boolean", "Known to be under 14: only a guardian can consent.", nullable=False,
               sensitivity="personal"),
        Column("is_minor", "boolean", "Known to be under 18.", nullable=False, sensitivity="personal"),
        Column("generation", "string", "By year of birth: silver to 1965, gen_x to 1980, millennial to 1996, gen_z "
               "to 2012, alpha.", sensitivity="personal"),
        Column("sex", "string", "Sex; unknown where not stated.", nullable=False, sensitivity="personal"),
        Column("occupation", "string", "Occupation as stated.", sensitivity="personal"),
        Column("income_band", "string", "Stated yearly income: low, middle, high.", sensitivity="personal"),
        Column("membership_level", "string", "Level of membership.", nullable=False),
        Column("region_code", "string", "Six-digit code of the city (GB/T 2260).", sensitivity="personal"),
        Column("province_code", "string", "Two-digit code of the province."),
        Column("province_name", "string", "Province, in Chinese."),
        Column("city_tier", "string", "Tier of the city: first, new_first, second, other; empty without region."),
        Column("climate", "string", "Climate of the province."),
        Column("has_phone", "boolean", "A telephone is known.", nullable=False),
        Column("has_id_card", "boolean", "Registered with an ID card.", nullable=False),
        Column("has_wechat", "boolean", "A WeChat openid or unionid is known.", nullable=False),
        Column("has_hospital_card", "boolean", "Bound to a card of the hospital.", nullable=False),
        Column("family_member_count", "int", "Family members bound.", "members", nullable=False,
               sensitivity="personal"),
        Column("child_count", "int", "Children bound.", "members", nullable=False, sensitivity="personal"),
        Column("parent_count", "int", "Parents bound.", "members", nullable=False, sensitivity="personal"),
        Column("has_spouse", "boolean", "A spouse is bound.", nullable=False, sensitivity="personal"),
        Column("youngest_child_birth_year", "int", "Year of birth of the youngest child bound.", "year",
               sensitivity="personal"),
        Column("is_guardian", "boolean", "Guardian of a bound member.", nullable=False, sensitivity="personal"),
        Column("temperature_c", "double", "Mean temperature in the province, last day known of the last 7.",
               "degree Celsius"),
        Column("humidity_percent", "double", "Relative humidity in the province, last day known of the last 7.", "%"),
        Column("solar_term", "string", "Solar term that the day lies in, in Chinese: the last of the 24 that began."),
        Column("epidemic_alert_level", "int", "Highest epidemic alert in the province in the last 7 days: 0 to 3.",
               nullable=False),
        Column("epidemic", "string", "Illness of that alert."),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("in_set", "sex", values=SEXES),
        Check("in_set", "age_band", values=AGE_BANDS),
        Check("in_set", "generation", values=GENERATIONS),
        Check("in_set", "city_tier", values=CITY_TIERS),
        Check("in_set", "climate", values=CLIMATES),
        Check("in_set", "membership_level", values=MEMBERSHIPS),
        Check("in_set", "registration_channel", values=REGISTRATION_CHANNELS),
        Check("between", "tenure_days", min=0),
        Check("between", "age_years", severity="warn", min=0, max=120),
    ),
)  # fmt: skip
