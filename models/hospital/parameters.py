"""Every number with a meaning, each with its reason: (claim) of the field, (order) of magnitude, (assumption)."""

from __future__ import annotations

import numpy as np

# --- size and arrival -------------------------------------------------------------------------------------------
REFERENCE_DAYS = 180  # (assumption) `accounts` have all registered by this day; later days bring new ones at that rate
BEFORE_START = 0.5  # (assumption) half of them registered before the first simulated day
BURN_IN_DAYS = 240  # (assumption) how long those lived unseen, so that many have already left on the first day
SECOND_ACCOUNT = 0.03  # hospital.md: 3 % of people own two accounts
SHARED_PHONE = 0.05  # hospital.md
SHARED_DEVICE = 0.08  # hospital.md
ACTS_FOR_OTHERS = 0.30  # hospital.md: 70 % act for one person only
MINOR_ACCOUNT = 0.008  # (assumption) accounts held by children under 14
TEST_ACCOUNT = 0.003  # (assumption) staff's own accounts
ROBOT_ACCOUNT = 0.002  # (assumption) crawlers with an account
MERGED_ACCOUNT = 0.25  # (assumption) share of second accounts that the hospital merges into the first
WRONG_MERGE = 0.001  # (assumption) accounts merged with a stranger's and parted again
PARTED_AFTER_DAYS = 9  # (assumption) until a wrong merge is noticed
HUB_EVERY_ACCOUNTS = 4_000  # (assumption) one pharmacy tablet or call-centre phone for so many accounts
HUB_SHARE = 0.03  # (assumption) accounts that sometimes act through a hub
ANONYMOUS_SESSION = 0.30  # (assumption) sessions that begin before log-in
VISITS_BEFORE_REGISTRATION = 0.25  # (assumption) newcomers who looked around without an account
IDENTIFIED = 0.55  # (assumption) accounts with a verified identity card
HAS_OPENID = 0.70  # (assumption) accounts bound to WeChat
HAS_HOSPITAL_CARD = 0.20  # (assumption)

# --- people -----------------------------------------------------------------------------------------------------
FEMALE = 0.57  # (order) online consultation is used somewhat more by women
AGE_MEAN_YEARS = (31.0, 58.0)  # (order) two humps: young adults and the silver generation
AGE_SPREAD_YEARS = (8.0, 11.0)
AGE_OLDER_SHARE = 0.30
SMOKES = (0.03, 0.45)  # (order) Chinese adults, women and men
DRINKS = (0.08, 0.40)  # (order)
OVERTIME = 0.40  # (assumption) office workers under 50 on a 996 week: nine to nine, Mondays to Saturdays
ALLERGIC = 0.12  # (order) known drug or food allergy
TRYING_TO_CONCEIVE = 0.10  # (assumption) of women of 24 to 39
POSTNATAL = 0.06  # (assumption) of women of 24 to 39, first child just born
CONCEIVES_IN_DAYS = 150.0  # (order) mean time to pregnancy 5 months
PREGNANCY_LOSS = 0.12  # (order) of known pregnancies
PREGNANCY_DAYS = 275
POSTNATAL_DAYS = 180

# --- visits -----------------------------------------------------------------------------------------------------
BASE_VISIT_RATE = 0.28  # (assumption) mean visits a day of an engaged account without a need
BASE_VISIT_SHAPE = 1.3  # (assumption) gamma shape: most come seldom, few very often
BOND_VISIT = np.array([0.55, 0.85, 1.15, 1.6], dtype=np.float32)  # (assumption) the closer, the more often
NEED_VISIT = np.array([0.0, 3.2, 1.4], dtype=np.float32)  # (assumption) a need at its peak / fading adds so many times
WEEKDAY_VISIT = np.array([1.10, 1.05, 1.0, 1.0, 0.97, 0.90, 0.98], dtype=np.float32)  # (order) Mondays are busy
SESSIONS_MORE = 0.35  # (assumption) further sessions on a day with a visit
# --- needs ------------------------------------------------------------------------------------------------------
NEED_PEAK_ENDS = 0.20  # (assumption) a need peaks five days on average, then fades
NEED_FADE_ENDS = 0.14  # (assumption) and fades in a week
NEED_LEVEL = 1.5  # (assumption) scales how often needs arise
FOR_MEMBER = 0.45  # (assumption) needs that concern a family member, where the account acts for one
# --- asking and being served ------------------------------------------------------------------------------------
ASK = 0.062  # (assumption) chance that a visit with a need becomes a paid consultation, scaled by the person
NEED_ASK = np.array([0.07, 1.0, 0.5], dtype=np.float32)  # (assumption)
BOND_ASK = np.array([0.35, 0.8, 4.5, 7.0], dtype=np.float32)  # (assumption) trust built up makes asking easier
SERVED_BADLY = 0.22  # (assumption) consultations that disappoint a patient person at a quiet hour
SERVED_WELL = 0.48  # (assumption)
RESOLVED = np.array([0.15, 0.40, 0.70], dtype=np.float32)  # (assumption) need over after a bad, fair, good one
BOND_RISES = 0.85  # (assumption) after a good consultation
BOND_FALLS = 0.75  # (assumption) after a bad one, less for the trusting
FRUSTRATED = 0.05  # (assumption) visit with a need that leads nowhere weakens the bond
DROP_CAUSES = ("price", "slow_reply", "no_fitting_doctor", "reviews", "undecided")
# --- leaving ----------------------------------------------------------------------------------------------------
TOURIST_SHARE = 0.72  # (claim) most newcomers are gone after 30 days: half never meant to stay
TOURIST_LEAVES = 0.45  # (assumption) a tourist's chance to be gone after each idle visit
STAYER_LEAVES = 0.008  # (assumption) the others' chance
BOND_LEAVES = np.array([1.4, 1.0, 0.5, 0.2], dtype=np.float32)
REST_AFTER_NEED = 0.30  # (assumption) the need over, so nothing to come for; less for the chronically ill
BOND_REST = np.array([1.4, 1.0, 0.75, 0.5], dtype=np.float32)
GONE_AFTER_NEED = 0.03  # (assumption) leaves for good
REST_DAILY = 0.011  # (assumption) engaged people fall asleep
WAKE_DAILY = 0.011  # (assumption) resting people come back by themselves
FORGET_DAILY = 0.003  # (assumption) resting people forget for good
HEED = np.array([0.25, 0.45, 0.65, 0.85], dtype=np.float32)  # (assumption) a new need wakes a resting account
RIVAL_DAILY = 0.0007  # (assumption) moves to a rival
RIVAL_WAR = (60, 75, 5.0)  # (assumption) a rival's price war: first day, last day, so many times as many move
ERASURE_DAILY = 0.00002  # (assumption) asks for erasure
CAUSES = (
    "none", "served_badly", "need_over", "too_dear", "rival", "never_engaged", "need_unmet", "push_fatigue", "erasure",
    "merged",
)  # fmt: skip
# --- money ------------------------------------------------------------------------------------------------------
FEE_YUAN = np.array([29.0, 59.0, 99.0])  # (order) text, voice, video
FORM_WEIGHT = np.array([0.72, 0.16, 0.12])  # (order)
MEDICINE_ORDER = 0.45  # (order) consultations followed by a medicine order
MEDICINE_YUAN = 85.0  # (order)
GOODS_ORDER = 0.020  # (assumption) visits without consultation that buy goods or a package
BOND_GOODS = np.array([0.15, 0.5, 2.2, 3.5], dtype=np.float32)  # (assumption) one buys from whom one trusts
GOODS_YUAN = 120.0  # (assumption)
PACKAGE_SHARE = 0.12  # (assumption) of goods orders, a service package at four times the price
PACKAGE_TIMES = 4.0
COUPON = 0.18  # (assumption) orders with a coupon, more for the price-sensitive
COUPON_SHARE = 0.20  # (assumption) of the price
REFUND = (0.30, 0.02, 0.005)  # (assumption) after a bad, fair, good consultation
SPEND_SPREAD = 0.7  # (assumption) log-normal spread of a person's level of spending
REFILL_DAILY = (0.05, 0.45)  # (assumption) daily chance to refill once due, the least and the most adherent
REFILL_SUPPLY_DAYS = 28
PRESCRIBED = 0.65  # (order) consultations with a prescription
# --- channels and campaigns -------------------------------------------------------------------------------------
TOUCH_DELAYS = np.array([0.45, 0.25, 0.15, 0.10, 0.05], dtype=np.float32)  # (assumption) a touch works over five days
# (assumption) per channel: daily chance of a touch, mean rise of the visit rate over those days, yuan a touch
CHANNEL_TOUCH = {
    "push": (0.060, 0.045, 0.002),
    "sms": (0.012, 0.060, 0.045),
    "phone": (0.0006, 0.350, 6.0),
    "wechat": (0.030, 0.070, 0.010),
    "email": (0.010, 0.004, 0.003),
    "search_ad": (0.012, 0.160, 1.80),
    "feed_ad": (0.035, 0.020, 0.350),
    "referral": (0.002, 0.350, 0.0),
}
RESPONSE_SHARE = (0.58, 0.27, 0.15)  # (assumption) no effect, helped, harmed
RESPONSE_BOOST = np.array([0.0, 2.2, 0.0], dtype=np.float32)  # (assumption) times the channel's mean rise
RESPONSE_HARM = np.array([0.0, 0.0, 0.035], dtype=np.float32)  # (assumption) chance that a message weakens the bond
MESSAGES = ("push", "sms", "phone", "wechat", "email")
CAMPAIGN_FIRST_DAY = 8
CAMPAIGN_EVERY_DAYS = 21
CAMPAIGN_ELIGIBLE = 0.30  # (assumption) share of accounts a campaign considers
CAMPAIGN_TOUCH_DAYS = (0, 2, 5)
CAMPAIGN_BOOST = 0.60  # (assumption) an offer moves a helped person more than a plain push
WAKES_BY_TOUCH = 0.35  # (assumption) a resting account answers a touch so much less than an engaged one
# --- consent ----------------------------------------------------------------------------------------------------
AGREES_CARE = 0.93  # (assumption)
AGREES_RESEARCH = 0.45  # (assumption)
AGREES_MARKETING = 0.52  # (assumption)
AGREES_SHARING = 0.12  # (assumption)
WITHDRAWS_DAILY = 0.00035  # (assumption) marketing consent withdrawn, three times as often by those a push annoys
NEW_TEXT_DAY = 30  # (assumption) second version of the text
# --- devices ----------------------------------------------------------------------------------------------------
CUFF_HYPERTENSION = 0.45  # (order) home meters among hypertensive users
METER_DIABETES = 0.40
WEARABLE = 0.17
SCALE_OWNER = 0.05
EPISODE_DAILY = 1 / 150  # (assumption) a true worsening per device owner
EPISODE_DAYS = 6.0
FAULT_DAILY = 1 / 350  # (assumption) a device fault that looks like one
FAULT_DAYS = 3.0
MEASURES_AFTER_LEAVING = 0.15  # (assumption) devices keep uploading for so many of those who left
# --- app --------------------------------------------------------------------------------------------------------
NEW_VERSION_DAY = 25  # the app version that renames one field and adds one
NEW_VERSION_WEEKS = 6.0  # (order) until two thirds have updated
SILVER_YUAN = 300.0  # (assumption) spent here since the first day
GOLD_YUAN = 1_000.0
