"""Days, seasons, weather and epidemics of the simulated country."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from models.hospital.catalogue import REGIONS, TOPICS, Epidemic, Season
from models.hospital.columns import Coded, Number, Numbered, Rows
from models.hospital.parameters import WEEKDAY_VISIT
from models.hospital.streams import Floats, Ints, stream

DAY_MS = 86_400_000
EPIDEMICS: tuple[Epidemic, ...] = ("none", "influenza", "hand_foot_mouth", "dengue", "pollen")
# Middle of the wave as a day of the year, its spread over the regions and its width, in days; strength at its height.
WAVES: dict[Epidemic, tuple[float, float, float, float]] = {
    "influenza": (15, 14, 16, 4.0),  # (order) mid-January
    "hand_foot_mouth": (165, 12, 22, 4.0),  # (order) June
    "dengue": (260, 10, 18, 2.0),  # (order) September, in the south
    "pollen": (95, 8, 16, 3.0),  # (order) early April, in the north
}
WINTER_SOUTH, WINTER_NORTH = 0.8, 1.4


class Calendar:
    """What a day is like everywhere. Seasons and waves are constant within a week."""

    def __init__(self, seed: int, start: date) -> None:
        self.seed = seed
        self.start = start
        self.ordinal = (start - date(1970, 1, 1)).days
        self._weeks: dict[int, Floats] = {}
        self._waves: dict[tuple[Epidemic, date], Floats] = {}

    def midnight(self, day: int) -> int:
        """Local milliseconds since 1970 at the beginning of a day."""
        return (self.ordinal + day) * DAY_MS

    def on(self, day: int) -> date:
        return self.start + timedelta(days=day)

    def weekday_factor(self, day: int) -> float:
        return float(WEEKDAY_VISIT[self.on(day).weekday()])

    def load(self, day: int) -> float:
        """How much busier than usual the doctors are."""
        wave = self.wave("influenza", day).mean()
        return (1.15 if self.on(day).weekday() == 0 else 0.98) * (1.0 + 0.12 * float(wave))

    def wave(self, kind: Epidemic, day: int) -> Floats:
        """Strength of an illness per region, 0 when it is away."""
        monday = self._monday(day)
        if (kind, monday) not in self._waves:
            self._waves[(kind, monday)] = self._wave(kind, monday)
        return self._waves[(kind, monday)]

    def _wave(self, kind: Epidemic, monday: date) -> Floats:
        best = np.zeros(len(REGIONS))
        for year in (monday.year - 1, monday.year, monday.year + 1):
            middle, spread, width, height = WAVES[kind]
            rng = stream(self.seed, f"wave {kind}", year)
            shift, size = rng.normal(0, spread, len(REGIONS)), rng.uniform(0.6, 1.4, len(REGIONS))
            distance = (monday - date(year, 1, 1)).days - middle - shift
            best = np.maximum(best, height * size * np.exp(-0.5 * (distance / width) ** 2))
        if kind in ("dengue", "pollen"):
            best *= np.array([r.north != (kind == "dengue") for r in REGIONS])
        return np.where(best < 0.15, 0.0, best)

    def needs(self, day: int) -> Floats:
        """How many times as often each need arises, by region and topic."""
        monday = self._monday(day)
        week = monday.toordinal() // 7
        if week not in self._weeks:
            waves = {kind: self.wave(kind, day) for kind in EPIDEMICS[1:]}
            out = np.ones((len(REGIONS), len(TOPICS)))
            for t, topic in enumerate(TOPICS):
                out[:, t] = _season(topic.season, monday.timetuple().tm_yday)
                if topic.epidemic != "none":
                    out[:, t] *= 0.6 + waves[topic.epidemic]
            self._weeks[week] = out
        return self._weeks[week]

    def epidemic(self, day: int) -> tuple[Ints, Ints]:
        """Illness that is about in each region and its alert level."""
        strength = np.stack([np.zeros(len(REGIONS)), *(self.wave(kind, day) for kind in EPIDEMICS[1:])])
        which = strength.argmax(axis=0)
        level = np.digitize(strength.max(axis=0), [0.8, 2.2, 3.8])
        return np.where(level > 0, which, 0).astype(np.int64), level.astype(np.int64)

    def environment(self, day: int) -> Rows:
        """Weather and alerts of each province."""
        rng = stream(self.seed, "weather", day)
        first = _first_of_province()
        turn = np.cos((self.on(day).timetuple().tm_yday - 15) / 365.25 * 2 * np.pi)
        january, july = np.array([r.january_c for r in REGIONS]), np.array([r.july_c for r in REGIONS])
        temperature = (january + july) / 2 - turn * (july - january) / 2 + rng.normal(0, 3, len(REGIONS))
        south = np.array([not r.north for r in REGIONS])
        humidity = np.clip(48 + 24 * south - 8 * turn + rng.normal(0, 8, len(REGIONS)), 8, 100)
        which, level = self.epidemic(day)
        rows = len(first)
        return {
            "region_code": Numbered("", np.array([int(REGIONS[i].code[:2]) for i in first], dtype=np.int64), 2),
            "observed_date": Coded((self.on(day).isoformat(),), np.zeros(rows, dtype=np.int64)),
            "temperature_c": Number(np.round(temperature[first], 1), 1),
            "humidity": Number(np.round(humidity[first], 0)),
            "epidemic": Coded(EPIDEMICS, which[first]),
            "alert_level": Number(level[first]),
        }

    def _monday(self, day: int) -> date:
        today = self.on(day)
        return today - timedelta(days=today.weekday())


def _first_of_province() -> Ints:
    """One region stands for its province."""
    seen: dict[str, int] = {}
    for i, region in enumerate(REGIONS):
        seen.setdefault(region.code[:2], i)
    return np.array(sorted(seen.values()), dtype=np.int64)


@lru_cache(maxsize=4096)
def _season(kind: Season, day_of_year: int) -> tuple[float, ...]:
    """How many times as often, by region: spring allergy, summer heat, winter respiratory."""
    angle = 2 * np.pi / 365.25
    north = np.array([r.north for r in REGIONS])
    winter = np.cos((day_of_year - 15) * angle)
    if kind == "winter":
        out = 1 + np.where(north, WINTER_NORTH, WINTER_SOUTH) * winter * 0.6
    elif kind == "winter_mild":
        out = 1 + 0.15 * winter + 0 * north
    elif kind == "summer":
        out = 1 - 0.9 * winter + np.where(north, -0.05, 0.15)
    elif kind == "spring":
        out = 0.4 + 2.2 * np.exp(-0.5 * ((day_of_year - 98) / 25) ** 2) + 0 * north
    else:
        out = np.ones(len(REGIONS))
    return tuple(float(x) for x in np.maximum(out, 0.03))
