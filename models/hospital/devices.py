"""Meters and wearables: readings, true episodes, and faults that look like them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.hospital import parameters as p
from models.hospital.catalogue import CONDITION
from models.hospital.columns import Coded, Moment, Number, Rows
from models.hospital.hidden import ABSENT, GONE
from models.hospital.realm import Realm, account_ids, device_ids
from models.hospital.streams import Array, Floats, Ints

KINDS = ("cuff", "meter", "watch", "scale")
CUFF, METER, WATCH, SCALE = range(4)
FIRST_DEVICE = 2 * 10**7
OWN_METRICS = ("glucose", "heart_rate", "steps", "sleep", "weight", "spo2")
UNITS = ("mmol/L", "mg/dL", "bpm", "count", "min", "kg", "lb", "%")
# An episode's and a fault's shift in each metric's unit: systolic, glucose, heart rate, spo2, weight.
EPISODE_SHIFT = {"systolic": 32.0, "glucose": 4.5, "heart_rate": 28.0, "spo2": -6.0, "weight": 2.5}


@dataclass
class Meters:
    """One row per meter. `until` is the last day of the episode or fault that is on, `faulty` tells which."""

    account: Ints
    kind: Ints
    level: Floats
    drift: Floats
    eager: Floats
    foreign: Array
    began: Ints
    until: Ints
    faulty: Array

    def __len__(self) -> int:
        return len(self.account)

    def append(self, other: Meters) -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))


def build(rng: np.random.Generator, conditions: Array, first_account: int) -> Meters:
    """Who has what; `foreign`: set to mg/dL or pounds."""
    size = len(conditions)
    ill = {name: conditions[:, CONDITION[name]] for name in ("hypertension", "diabetes", "coronary_disease")}
    owns = np.stack(
        [
            rng.random(size) < np.where(ill["hypertension"], p.CUFF_HYPERTENSION, 0.01),
            rng.random(size) < np.where(ill["diabetes"], p.METER_DIABETES, 0.004),
            rng.random(size) < p.WEARABLE,
            rng.random(size) < p.SCALE_OWNER,
        ],
        axis=1,
    )
    account, kind = np.nonzero(owns)
    usual = np.array([122.0, 5.4, 72.0, 64.0])[kind] + rng.normal(0, 1, len(kind)) * np.array([7, 0.5, 6, 11])[kind]
    usual += np.where((kind == CUFF) & ill["hypertension"][account], 18.0, 0.0)
    usual += np.where((kind == METER) & ill["diabetes"][account], 2.6, 0.0)
    never = np.full(len(kind), -(10**6), dtype=np.int64)
    return Meters(
        account=account.astype(np.int64) + first_account, kind=kind.astype(np.int64), level=usual,
        drift=rng.normal(0, 1, len(kind)) * np.array([0.03, 0.003, 0.01, 0.01])[kind],
        eager=rng.beta(2, 1.6, len(kind)) * np.array([0.5, 0.6, 0.9, 0.25])[kind],
        foreign=rng.random(len(kind)) < np.array([0.0, 0.12, 0.0, 0.15])[kind],
        began=never.copy(), until=never.copy(), faulty=np.zeros(len(kind), dtype=bool),
    )  # fmt: skip


def worsen(realm: Realm, m: Meters, day: int) -> Ints:
    """Episodes and faults that begin on a day; gives their rows."""
    u = realm.rng("episodes", day).random((3, len(m)))
    free = m.until < day
    starts = free & (u[0] < p.EPISODE_DAILY)
    fault = free & ~starts & (u[1] < p.FAULT_DAILY)
    rows = np.flatnonzero(starts | fault)
    mean = np.where(fault[rows], p.FAULT_DAYS, p.EPISODE_DAYS)
    m.began[rows] = day
    m.until[rows] = day + 2 + (-np.log1p(-u[2, rows]) * (mean - 2)).astype(np.int64)
    m.faulty[rows] = fault[rows]
    return rows.astype(np.int64)


def _level(m: Meters, rows: Array, metric: str, day: int) -> Floats:
    """Usual level, drift, and what an episode or a fault adds; a fault jumps to twice as much at once."""
    on = m.until[rows] >= day
    ramp = np.where(m.faulty[rows], 2.0, np.minimum((day - m.began[rows] + 1) / 2, 1.0))
    shift = EPISODE_SHIFT.get(metric, 0.0) * np.where(on, ramp, 0.0)
    return np.asarray(shift + m.drift[rows] * np.clip(day, 0, 400))


def _uses(realm: Realm, m: Meters, rng: np.random.Generator, day: int) -> Ints:
    """Meters in use on a day. Many who left go on measuring."""
    mode = realm.state.mode[m.account]
    stays = np.where(mode == GONE, p.MEASURES_AFTER_LEAVING * 0.5, 1.0) * (mode != ABSENT)
    worse = np.where((m.until >= day) & ~m.faulty, 1.4, 1.0)
    return np.flatnonzero(rng.random(len(m)) < m.eager * stays * worse).astype(np.int64)


def device_rows(realm: Realm, m: Meters, day: int) -> tuple[Rows, Rows]:
    """Blood pressure, and everything else."""
    rng = realm.rng("readings", day)
    used = _uses(realm, m, rng, day)
    return _pressure(realm, m, used, rng, day), _others(realm, m, used, rng, day)


def _clock(realm: Realm, rng: np.random.Generator, size: int, day: int, first: float, last: float) -> Ints:
    hours = rng.uniform(first, last, size)
    return (realm.calendar.midnight(day) + (hours * 3_600_000).astype(np.int64)) // 1000 * 1000


def _pressure(realm: Realm, m: Meters, used: Ints, rng: np.random.Generator, day: int) -> Rows:
    """One row holds both values, in the morning and often in the evening."""
    cuffs = used[m.kind[used] == CUFF]
    evening = cuffs[rng.random(len(cuffs)) < 0.45]
    rows = np.concatenate([cuffs, evening])
    at = np.concatenate([_clock(realm, rng, len(cuffs), day, 6, 9.5), _clock(realm, rng, len(evening), day, 19, 23)])
    systolic = m.level[rows] + _level(m, rows, "systolic", day) + rng.normal(0, 6, len(rows))
    stuck = m.faulty[rows] & (m.until[rows] >= day)
    systolic = np.where(stuck, np.round(m.level[rows] + 2 * EPISODE_SHIFT["systolic"]), systolic)
    diastolic = 42 + 0.31 * systolic + rng.normal(0, 4, len(rows))
    return {
        "account_token": account_ids(m.account[rows]),
        "device_token": device_ids(FIRST_DEVICE + rows),
        "systolic": Number(np.round(np.clip(systolic, 80, 240))),
        "diastolic": Number(np.round(np.clip(diastolic, 45, 140))),
        "unit": Coded(("mmHg",), np.zeros(len(rows), dtype=np.int64)),
        "measured_at": Moment(at),
    }


def _others(realm: Realm, m: Meters, used: Ints, rng: np.random.Generator, day: int) -> Rows:
    """Glucose before and after meals, a watch's day, weight."""
    parts = []
    meters, watches = used[m.kind[used] == METER], used[m.kind[used] == WATCH]
    scales = used[m.kind[used] == SCALE]
    after = meters[rng.random(len(meters)) < 0.6]
    worse = watches[m.until[watches] >= day]
    for rows, metric, extra, noise, hours in (
        (meters, "glucose", 0.0, 0.5, (6.0, 8.0)), (after, "glucose", 2.1, 0.9, (9.5, 14.0)),
        (watches, "heart_rate", 0.0, 4.0, (7.0, 8.0)), (watches, "steps", 0.0, 0.0, (23.0, 23.5)),
        (watches, "sleep", 0.0, 0.0, (8.0, 9.0)), (worse, "spo2", 0.0, 1.0, (6.0, 7.0)),
        (watches[rng.random(len(watches)) < 0.4], "spo2", 0.0, 1.0, (22.0, 23.0)),
        (scales, "weight", 0.0, 0.4, (6.5, 9.0)),
    ):  # fmt: skip
        value = _value(realm, m, rows, metric, rng, day) + extra + rng.normal(0, 1, len(rows)) * noise
        parts.append(
            (rows, np.full(len(rows), OWN_METRICS.index(metric)), value, _clock(realm, rng, len(rows), day, *hours))
        )
    rows, metric_at, value, at = (np.concatenate([part[i] for part in parts]) for i in range(4))
    return _other_rows(m, rows, metric_at, value, at)


def _value(realm: Realm, m: Meters, rows: Ints, metric: str, rng: np.random.Generator, day: int) -> Floats:
    if metric == "steps":
        weekday = realm.calendar.on(day).weekday() < 5
        walks = 6500 if weekday else 5200
        return np.asarray(np.round(walks * m.eager[rows] * np.exp(rng.normal(0.1, 0.5, len(rows)))))
    if metric == "sleep":
        ill = realm.people.conditions[realm.accounts.person[m.account[rows]], CONDITION["insomnia"]]
        night = realm.people.night[realm.accounts.person[m.account[rows]]]
        return np.asarray(np.round(445 - 60 * ill - 40 * night + rng.normal(0, 45, len(rows))))
    if metric == "spo2":
        return np.asarray(97.5 + _level(m, rows, "spo2", day) - m.drift[rows] * np.clip(day, 0, 400))
    return np.asarray(m.level[rows] + _level(m, rows, metric, day))


def _other_rows(m: Meters, rows: Ints, metric: Array, value: Floats, at: Ints) -> Rows:
    """Each in the unit its device is set to."""
    unit = np.array([0, 2, 3, 4, 5, 7])[metric]
    low, high = np.array([2.0, 35, 0, 60, 30, 70])[metric], np.array([28.0, 190, 60_000, 900, 180, 100])[metric]
    value = np.clip(value, low, high)
    foreign = m.foreign[rows] & np.isin(unit, (0, 5))
    value = np.where(foreign, np.where(unit == 0, value * 18.0182, value / 0.45359237), value)
    unit = np.where(foreign, unit + 1, unit)
    whole = np.isin(unit, (1, 2, 3, 4, 7))
    return {
        "account_token": account_ids(m.account[rows]),
        "device_token": device_ids(FIRST_DEVICE + rows),
        "metric": Coded(OWN_METRICS, metric.astype(np.int64)),
        "value": Number(np.where(whole, np.round(value), np.round(value, 1)), 1),
        "unit": Coded(UNITS, unit.astype(np.int64)),
        "measured_at": Moment(at),
    }
