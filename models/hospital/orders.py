"""Orders, coupons and refunds."""

from __future__ import annotations

import numpy as np

from models.hospital import money
from models.hospital import parameters as p
from models.hospital.columns import MISSING, Coded, Moment, Number, Numbered, Rows
from models.hospital.consultations import DRUGS, Consultations, Prescriptions
from models.hospital.realm import Realm, account_ids
from models.hospital.sessions import Sessions
from models.hospital.streams import Array

ITEM_KINDS = ("consultation", "medicine", "service", "package", "goods")
GOODS = ("SKU-MASK", "SKU-THERMO", "SKU-VITC", "SKU-GLUCOSE-STRIP", "SKU-BABY", "SKU-HAIR")
PACKAGES = ("PKG-CHRONIC-YEAR", "PKG-FAMILY-DOCTOR", "PKG-CHECKUP")
ITEMS = ("CONSULT-TEXT", "CONSULT-VOICE", "CONSULT-VIDEO", *(d[0] for d in DRUGS), *GOODS, *PACKAGES)
FIRST_DRUG, FIRST_GOODS, FIRST_PACKAGE = 3, 3 + len(DRUGS), 3 + len(DRUGS) + len(GOODS)

Lines = dict[str, Array]


def order_rows(realm: Realm, c: Consultations, rx: Prescriptions, s: Sessions, day: int) -> tuple[Rows, Lines]:
    """All lines sold or given back on a day, and whom they belong to (for the truth)."""
    rng = realm.rng("orders", day)
    lines = _join([_consultation_lines(c), _medicine_lines(rng, realm, c, rx), _goods_lines(rng, realm, s)])
    account = lines["account"]
    coupon = rng.random(len(account)) < realm.traits.coupon[account]
    lines["coupon"] = np.where(coupon, np.round(lines["price"] * p.COUPON_SHARE, 2), 0.0)
    lines["amount"] = np.round(lines["price"] - lines["coupon"], 2)
    lines["order"] = (realm.calendar.ordinal + day) * 10**6 + np.arange(len(account))
    lines["refund"] = np.zeros(len(account), dtype=bool)
    lines = _join([lines, _refunds(rng, lines, c)])
    return _rows(lines), lines


def _join(parts: list[Lines]) -> Lines:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _lines(
    account: Array, kind: int, item: Array, quantity: Array, price: Array, consultation: Array, at: Array
) -> Lines:
    return {
        "account": account, "kind": np.full(len(account), kind), "item": item, "quantity": quantity, "price": price,
        "consultation": consultation, "at": at,
    }  # fmt: skip


def _consultation_lines(c: Consultations) -> Lines:
    paid = np.flatnonzero(c.status == 0)
    one = np.ones(len(paid), dtype=np.int64)
    return _lines(c.account[paid], 0, c.form[paid], one, c.fee[paid], paid, c.asked[paid] + 45_000)


def _medicine_lines(rng: np.random.Generator, realm: Realm, c: Consultations, rx: Prescriptions) -> Lines:
    """Part of the new prescriptions are bought here, refills always."""
    refill = rx.consultation < 0
    bought = np.flatnonzero(refill | (rng.random(len(refill)) < p.MEDICINE_ORDER / p.PRESCRIBED))
    amount = money.medicine(rng, realm.traits.spend[rx.account[bought]], rx.days[bought])
    boxes = np.maximum(rx.days[bought] // 14, 1)
    at = rx.at[bought] + rng.integers(60_000, 3_600_000, len(bought))
    return _lines(
        rx.account[bought], 1, FIRST_DRUG + rx.drug[bought], boxes, amount, rx.consultation[bought],
        np.minimum(at, _end_of_day(rx.at[bought])),
    )  # fmt: skip


def _end_of_day(at: Array) -> Array:
    return np.asarray((at // 86_400_000 + 1) * 86_400_000 - 1000)


def _goods_lines(rng: np.random.Generator, realm: Realm, s: Sessions) -> Lines:
    rows = np.flatnonzero(s.goods)
    package = rng.random(len(rows)) < p.PACKAGE_SHARE
    item = np.where(
        package,
        FIRST_PACKAGE + rng.integers(0, len(PACKAGES), len(rows)),
        FIRST_GOODS + rng.integers(0, len(GOODS), len(rows)),
    )
    amount = money.goods(rng, realm.traits.spend[s.account[rows]], package)
    one = np.ones(len(rows), dtype=np.int64)
    lines = _lines(s.account[rows], 4, item, one, amount, np.full(len(rows), -1), s.paid_at[rows])
    lines["kind"] = np.where(package, 3, 4)
    return lines


def _refunds(rng: np.random.Generator, lines: Lines, c: Consultations) -> Lines:
    """Given back the same day, by how the consultation turned out."""
    of = lines["consultation"]
    outcome = c.outcome[of] if len(c) else np.zeros(len(of), dtype=np.int64)
    # One draw per consultation: its medicine goes back with it.
    draw = rng.random(max(len(c), 1))[of]
    rows = np.flatnonzero((of >= 0) & (draw < np.array(p.REFUND)[outcome]))
    out = {name: values[rows] for name, values in lines.items()}
    out["refund"] = np.ones(len(rows), dtype=bool)
    out["at"] = np.minimum(out["at"] + rng.integers(600_000, 7_200_000, len(rows)), _end_of_day(out["at"]))
    return out


def _rows(lines: Lines) -> Rows:
    consultation = np.where(lines["consultation"] < 0, MISSING, lines["order"] // 10**6 * 10**6 + lines["consultation"])
    return {
        "order_id": Numbered("O", lines["order"], 11),
        "line_no": Number(np.ones(len(lines["order"]), dtype=np.int64)),
        "account_token": account_ids(lines["account"]),
        "line_kind": Coded(("sale", "refund"), lines["refund"].astype(np.int64)),
        "item_kind": Coded(ITEM_KINDS, lines["kind"]),
        "item_code": Coded(ITEMS, lines["item"]),
        "quantity": Number(lines["quantity"]),
        "amount_yuan": Number(lines["amount"], 2),
        "coupon_yuan": Number(lines["coupon"], 2),
        "consultation_id": Numbered("C", consultation, 11),
        "ordered_at": Moment(lines["at"]),
    }
