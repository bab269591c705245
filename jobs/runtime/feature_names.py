"""What columns are called in words, in Chinese and English: in the reasons of a score and on a person's card."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.runtime.conf_file import Strict, load

WINDOW = re.compile(r"^(?P<base>.+?)(?P<prior>_prior)?_(?P<days>\d+)d$")
Pair = tuple[str, str]


class FeatureNames(Strict):
    """conf/models/feature_names.yml: parts that names of features are put together from, each in zh and en."""

    window: Pair
    prior_window: Pair
    units: dict[str, Pair]
    kinds: dict[str, Pair]
    names: dict[str, Pair]

    def base(self, name: str) -> Pair | None:
        """A name without its window, as it stands or as a kind of something that stands."""
        if name in self.names:
            return self.names[name]
        for kind in sorted(self.kinds, key=len, reverse=True):
            rest = name.removeprefix(f"{kind}_")
            if rest != name and rest in self.names:
                (kind_zh, kind_en), (zh, en) = self.kinds[kind], self.names[rest]
                return kind_zh + zh, f"{kind_en} {en}"
        return None

    def full(self, name: str) -> Pair | None:
        """The whole name, window and all; None where the parts do not tell."""
        if name in self.names:
            return self.names[name]
        found = WINDOW.match(name)
        base = self.base(found["base"] if found else name)
        if base is None or found is None:
            return base
        days = int(found["days"])
        zh, en = self.prior_window if found["prior"] else self.window
        told = {"days": days, "double": 2 * days}
        return zh.format(**told) + base[0], en.format(name=base[1], **told)


def load_feature_names(conf: Path) -> FeatureNames:
    return load(conf / "models" / "feature_names.yml", FeatureNames)
