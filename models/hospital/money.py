"""Amounts: how they are drawn and what they are on average; both from the same numbers."""

from __future__ import annotations

import numpy as np

from models.hospital import parameters as p
from models.hospital.streams import Array, Floats, Ints
from models.hospital.traits import Small, Traits

PRICE_SPREAD = 0.25  # (assumption) log-normal spread of an amount around the person's level


def form_weights(t: Traits) -> Array:
    """Text, voice, video: who spends more talks more."""
    lean = np.clip(t.spend, 0.4, 2.5)
    weights = np.stack([np.full(len(t), p.FORM_WEIGHT[0]), p.FORM_WEIGHT[1] * lean, p.FORM_WEIGHT[2] * lean], axis=1)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def fees(form: Ints, doctor_price: Floats) -> Floats:
    return np.asarray(np.round(p.FEE_YUAN[form] * doctor_price, 2))


def medicine(rng: np.random.Generator, spend: Array, days: Array) -> Floats:
    noise = np.exp(rng.normal(-(PRICE_SPREAD**2) / 2, PRICE_SPREAD, len(spend)))
    return np.asarray(np.round(p.MEDICINE_YUAN * medicine_level(spend) * (days / 14) ** 0.5 * noise, 2))


def medicine_level(spend: Array) -> Array:
    return np.asarray(np.sqrt(spend))


def goods(rng: np.random.Generator, spend: Array, package: Array) -> Floats:
    noise = np.exp(rng.normal(-(PRICE_SPREAD**2) / 2, PRICE_SPREAD, len(spend)))
    return np.asarray(np.round(p.GOODS_YUAN * spend * noise * np.where(package, p.PACKAGE_TIMES, 1.0), 2))


def paid_share(t: Traits) -> Small:
    """What coupons leave of a price, on average."""
    return np.asarray(1 - t.coupon * np.float32(p.COUPON_SHARE), dtype=np.float32)


def kept_share(bad: Array, good: Array) -> Array:
    """What refunds leave of a consultation's orders, on average."""
    return np.asarray(1 - (bad * p.REFUND[0] + (1 - bad - good) * p.REFUND[1] + good * p.REFUND[2]))


def mean_consultation(t: Traits, medicine_days: Array) -> tuple[Small, Small]:
    """Expected yuan (before refunds) and orders of one consultation; `medicine_days`: root of days' supply over 14."""
    fee = form_weights(t) @ p.FEE_YUAN
    drugs = p.MEDICINE_ORDER * p.MEDICINE_YUAN * medicine_level(t.spend) * medicine_days
    yuan = (fee + drugs) * paid_share(t)
    return np.asarray(yuan, dtype=np.float32), np.full(len(t), 1 + p.MEDICINE_ORDER, dtype=np.float32)


def mean_goods(t: Traits) -> Small:
    share = p.GOODS_ORDER * (1 + p.PACKAGE_SHARE * (p.PACKAGE_TIMES - 1))
    return np.asarray(share * p.GOODS_YUAN * t.spend * paid_share(t), dtype=np.float32)


def mean_refill(t: Traits) -> Small:
    root = (p.REFILL_SUPPLY_DAYS / 14) ** 0.5
    return np.asarray(p.MEDICINE_YUAN * medicine_level(t.spend) * root * paid_share(t), dtype=np.float32)
