"""Invitations, reviews, groups, NPS, complaints and what is said in public."""

from __future__ import annotations

import numpy as np

from models.hospital.columns import MISSING, Coded, Moment, Number, Numbered, Rows, texts
from models.hospital.consultations import Consultations
from models.hospital.hidden import BAD
from models.hospital.realm import Realm, account_ids, registration_millis
from models.hospital.sessions import Sessions
from models.hospital.streams import Ints, pick
from models.hospital.words import COMPLAINTS, MENTIONS, NPS_COMMENTS, POSTS, REVIEWS

ACTIONS = ("join", "leave", "post", "answer", "check_in", "like")
GROUPS = ("G-HYPERTENSION", "G-DIABETES", "G-PREGNANCY", "G-PARENTS", "G-SLEEP", "G-FITNESS")
SHARE_CHANNELS = ("wechat_friend", "wechat_moments", "sms", "link")
MEDIA = ("weibo", "xiaohongshu", "zhihu", "news", "douyin")
ACCIDENT_DAY, VIRAL_DAY, BURST_DAYS = 34, 100, 6
MENTION_TOPICS = tuple(MENTIONS)


def review_rows(realm: Realm, c: Consultations, day: int) -> Rows:
    """The sociable and the angry write reviews."""
    rng = realm.rng("review", day)
    person = realm.accounts.person[c.account]
    chance = 0.08 + 0.25 * realm.people.sociability[person] + 0.25 * (c.outcome == BAD)
    at = np.flatnonzero((c.status < 2) & (rng.random(len(c)) < chance))
    bad = c.status[at] == 1
    lean = np.where(bad, BAD, c.outcome[at])
    stars = np.clip(np.round(np.array([1.7, 3.6, 4.7])[lean] + rng.normal(0, 0.7, len(at))), 1, 5).astype(np.int64)
    pools = [tuple(REVIEWS[s]) for s in range(1, 6)]
    pool = tuple(x for part in pools for x in part)
    first = np.cumsum([0, *(len(x) for x in pools)])[:-1]
    sizes = np.array([len(x) for x in pools])
    index = first[stars - 1] + (rng.random(len(at)) * sizes[stars - 1]).astype(np.int64)
    said = np.where(rng.random(len(at)) < 0.7, index, -1)
    end = np.where(c.closed[at] < 0, c.asked[at], c.closed[at])
    service = rng.random(len(at)) < 0.2
    return {
        "review_id": realm.ids(day, len(at), "RV"),
        "account_token": account_ids(c.account[at]),
        "subject": Coded(("doctor", "service"), service.astype(np.int64)),
        "doctor_id": Numbered("D", np.where(service, MISSING, c.doctor[at]), 5),
        "consultation_id": Numbered("C", c.id[at], 11),
        "rating": Number(stars.astype(np.float64), 1),
        "text": Coded(pool, said.astype(np.int64)),
        "reviewed_at": Moment(end + rng.integers(60_000, 5_400_000, len(at))),
    }


def nps_rows(realm: Realm, s: Sessions, day: int) -> Rows:
    """A few visitors are asked; the answer follows the bond and the person's temper."""
    rng = realm.rng("nps", day)
    at = np.flatnonzero(rng.random(len(s)) < 0.012)
    account = s.account[at]
    trust = realm.people.trust[realm.accounts.person[account]]
    bond = realm.state.bond[account]
    score = np.clip(np.round(4.2 + 1.2 * bond + 2.5 * trust + rng.normal(0, 1.6, len(at))), 0, 10)
    said = rng.integers(0, len(NPS_COMMENTS), len(at))
    return {
        "answer_id": realm.ids(day, len(at), "N"),
        "account_token": account_ids(account),
        "score": Number(score.astype(np.int64)),
        "comment": Coded(NPS_COMMENTS, np.where(said < 2, -1, said)),
        "answered_at": Moment(s.start[at] + 30_000),
    }


def complaint_rows(realm: Realm, c: Consultations, day: int) -> Rows:
    """After bad service, and a burst of them after an accident."""
    rng = realm.rng("complaint", day)
    upset = rng.random(len(c)) < np.where(c.outcome == BAD, 0.09, np.where(c.status == 1, 0.05, 0.004))
    at = np.flatnonzero(upset)
    kinds = tuple(COMPLAINTS)
    weights = np.array([5, 2, 3, 2, 0.5, 0.1, 2.0])
    if ACCIDENT_DAY <= day < ACCIDENT_DAY + BURST_DAYS:
        weights[5] = 4.0
    kind = pick(rng, weights, len(at))
    slow = (c.status[at] == 1) & (rng.random(len(at)) < 0.8)
    kind = np.where(slow, 0, kind)
    when = np.where(c.closed[at] < 0, c.asked[at], c.closed[at]) + rng.integers(300_000, 9_000_000, len(at))
    settled = when + (rng.exponential(30, len(at)) * 3_600_000).astype(np.int64)
    return {
        "complaint_id": realm.ids(day, len(at), "Q"),
        "account_token": account_ids(c.account[at]),
        "kind": Coded(kinds, kind.astype(np.int64)),
        "text": texts([COMPLAINTS[kinds[k]][i % len(COMPLAINTS[kinds[k]])] for i, k in enumerate(kind)]),
        "resolved_at": Moment(np.where(rng.random(len(at)) < 0.7, settled, MISSING)),
        "complained_at": Moment(when),
    }


def community_rows(realm: Realm, s: Sessions, day: int) -> Rows:
    """Sociable visitors of certain groups; everyone has one group."""
    rng = realm.rng("community", day)
    person = realm.accounts.person[s.account]
    social = realm.people.sociability[person] ** 2
    inside = s.account % 4 == 0
    acts = np.where(inside, rng.poisson(1.3 * social), 0)
    rows = np.repeat(np.arange(len(s)), acts)
    action = pick(rng, [1, 0.3, 3, 2, 5, 6], len(rows))
    says = np.isin(action, (2, 3))
    group = (s.account[rows] // 4) % len(GROUPS)
    text = np.where(says, rng.integers(0, len(POSTS), len(rows)), -1)
    return {
        "act_id": realm.ids(day, len(rows), "A"),
        "account_token": account_ids(s.account[rows]),
        "action": Coded(ACTIONS, action),
        "group_id": Coded(GROUPS, group.astype(np.int64)),
        "text": Coded(POSTS, text.astype(np.int64)),
        "acted_at": Moment(s.start[rows] + rng.integers(20_000, 900_000, len(rows))),
    }


def invitation_rows(realm: Realm, s: Sessions, registered: Ints, day: int) -> Rows:
    """Shares and invitations by visitors, and registrations of those who were invited."""
    rng = realm.rng("invitation", day)
    person = realm.accounts.person[s.account]
    lean = realm.people.sociability[person] ** 2 * np.where(realm.state.bond[s.account] >= 2, 1.5, 0.6)
    shares = np.flatnonzero(rng.random(len(s)) < 0.10 * lean)
    invites = np.flatnonzero(rng.random(len(s)) < 0.05 * lean)
    came = registered[realm.accounts.inviter[registered] >= 0]
    inviter = realm.accounts.inviter[came]
    begun = registration_millis(realm, came)
    # Who came by an invitation was sent one before; it is written down only when it was taken up.
    account = np.concatenate([s.account[shares], s.account[invites], inviter, inviter])
    action = np.repeat([0, 1, 1, 2], [len(shares), len(invites), len(came), len(came)])
    invitee = np.concatenate([np.full(len(shares) + len(invites) + len(came), -1), came])
    at = np.concatenate([s.start[shares] + 40_000, s.start[invites] + 50_000, begun - 600_000, begun])
    return {
        "invitation_id": realm.ids(day, len(account), "I"),
        "account_token": account_ids(account),
        "action": Coded(("share", "invite", "accept"), action.astype(np.int64)),
        "invitee_token": account_ids(invitee),
        "channel": Coded(SHARE_CHANNELS, rng.integers(0, len(SHARE_CHANNELS), len(account))),
        "acted_at": Moment(at),
    }


def mention_rows(realm: Realm, day: int) -> Rows:
    """A murmur, one storm about an accident, one harmless burst."""
    rng = realm.rng("mention", day)
    weights = np.array([6, 3, 0.05, 0.1, 4, 5.0])
    volume = 4.0 + len(realm.accounts) / 4000
    if ACCIDENT_DAY <= day < ACCIDENT_DAY + BURST_DAYS:
        fades = 0.6 ** (day - ACCIDENT_DAY)
        weights[2], volume = 80 * fades + 1, volume * (1 + 18 * fades)
    if VIRAL_DAY <= day < VIRAL_DAY + BURST_DAYS:
        fades = 0.6 ** (day - VIRAL_DAY)
        weights[4], volume = 80 * fades + 4, volume * (1 + 12 * fades)
    size = int(rng.poisson(volume))
    topic = pick(rng, weights, size)
    tone = np.array([0.1, -0.2, -0.85, -0.8, 0.75, 0.1])[topic]
    return {
        "mention_id": realm.ids(day, size, "B"),
        "media": Coded(MEDIA, pick(rng, [5, 3, 2, 1, 4], size)),
        "topic": Coded(MENTION_TOPICS, topic),
        "sentiment": Number(np.clip(np.round(tone + rng.normal(0, 0.15, size), 2), -1, 1), 2),
        "reach": Number(np.round(np.exp(rng.normal(6, 1.5, size))).astype(np.int64)),
        "text": texts([_mention(rng, int(t)) for t in topic]),
        "mentioned_at": Moment(realm.calendar.midnight(day) + rng.integers(0, 86_400_000, size)),
    }


def _mention(rng: np.random.Generator, topic: int) -> str:
    options = MENTIONS[MENTION_TOPICS[topic]]
    return options[int(rng.integers(len(options)))]
