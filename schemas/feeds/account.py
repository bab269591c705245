"""An account's registration, or a change of it."""

from schemas.feed import Feed, Field
from schemas.vocabulary import MEMBERSHIPS, REGISTRATION_CHANNELS, SEXES

FEED = Feed(
    "account",
    "An account's registration, or a change of it.",
    (
        Field(
            "account_token",
            "string",
            "Account that acted.",
            required=True,
            sensitivity="personal",
            identifier="account",
        ),
        Field("registered_at", "timestamp", "When the account was opened.", required=True),
        Field("updated_at", "timestamp", "When this version of the account came into being.", required=True),
        Field("channel", "string", "How the account came to us.", codes=REGISTRATION_CHANNELS),
        Field("phone_token", "string", "Telephone.", sensitivity="personal", identifier="phone"),
        Field("id_card_token", "string", "Resident identity card.", sensitivity="personal", identifier="id_card"),
        Field("openid_token", "string", "WeChat openid.", sensitivity="personal", identifier="openid"),
        Field("unionid_token", "string", "WeChat unionid.", sensitivity="personal", identifier="unionid"),
        Field(
            "hospital_card_token", "string", "Card of the hospital.", sensitivity="personal", identifier="hospital_card"
        ),
        Field("name_token", "string", "Name.", sensitivity="personal", identifier="name"),
        Field("address_token", "string", "Address.", sensitivity="personal", identifier="address"),
        Field(
            "birth_date",
            "date",
            "Date of birth. Kept whole, in no table behind silver: a guardian's consent is asked for until a certain "
            "day, and with a telephone it links accounts.",
            sensitivity="personal",
        ),
        Field("sex", "string", "Sex.", codes=SEXES, sensitivity="personal"),
        Field("occupation", "string", "Occupation as stated.", sensitivity="personal"),
        Field(
            "region_code",
            "string",
            "Six-digit code of the administrative region (GB/T 2260); behind silver that of the city.",
            sensitivity="personal",
        ),
        Field(
            "income_band", "string", "Stated yearly income.", codes=("low", "middle", "high"), sensitivity="personal"
        ),
        Field("membership_level", "string", "Level of membership.", codes=MEMBERSHIPS),
        Field(
            "status",
            "string",
            "State of the account; `test` marks staff's own.",
            codes=("open", "closed", "test"),
            required=True,
        ),
        Field(
            "merged_into_token",
            "string",
            "Account this one was merged into; empty again when it was parted.",
            sensitivity="personal",
            identifier="account",
        ),
    ),
    event_time="updated_at",
    content=("account_token", "updated_at"),
    max_reject_share=0.2,
    is_needed=True,
)
