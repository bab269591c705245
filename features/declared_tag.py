"""What all kinds of tags say of themselves, and what those say that rest on a user's feature and score columns."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from features.calibration import Calibrate, Concentration, place_in_rule, says_itself
from features.columns import COLUMNS, at_least, data_classes, most_sensitive
from features.declaration import Bilingual, Declared, version
from features.declared_fields import DateOrDaysSince, LegalBasis, Owner, Purpose, User, is_days_since
from schemas.table import Sensitivity
from schemas.vocabulary import CARE_CONTRACT


class DeclaredTag(Declared):
    """What all kinds of tags say; each kind adds `kind`, `holds` and `holds_not`.

    `holds` and `holds_not` are examples: on the first the tag must hold (with the value `gives`), on the second not.
    `expires_days` ends a hold: so long after its evidence the tag is no longer derived, whatever the rule says.
    `half_life_days` comes after: how fast the weight fades once the tag is lost, for whatever reason.
    `guard` is what to do when from one day to the next everybody holds it, or nobody does.
    `calibrate` names the numbers that may be proposed anew each month; without it none is.
    """

    code: str = Field(pattern=r"^(basic|need|behaviour|value)\.[a-z][a-z0-9_]*$")
    name: Bilingual
    meaning: Bilingual
    unit: str | None = None
    half_life_days: int | None = Field(default=None, ge=1, le=3650)
    expires_days: int | None = Field(default=None, ge=1, le=3650)
    refresh: Literal["daily", "monthly", "trigger"] = "daily"
    owner: Owner
    sensitivity: Sensitivity
    legal_basis: LegalBasis | None = None
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    evidence: Literal["stated", "observed", "inferred", "predicted"]
    guard: Literal["warn", "stop"] = "warn"
    gives: str | None = None
    calibrate: Calibrate | None = None

    # Whether it can only hold or not, so that its value is always `yes`.
    only_holds: ClassVar[bool] = False

    @property
    def layer(self) -> str:
        return self.code.split(".")[0]

    @property
    def says(self) -> dict[str, Any]:
        """What this kind alone declares of who holds it with what value."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[str, ...]:
        """The feature and score columns it rests on, or of user_day the measures."""
        raise NotImplementedError

    @property
    def value_sql(self) -> str:
        """SQL that gives the value as text, or NULL where the tag does not hold."""
        raise NotImplementedError

    @property
    def decides(self) -> dict[str, Any]:
        """The part of the declaration that decides who holds it with what value, and for how long."""
        decided = {"kind": getattr(self, "kind", None), **self.says, "half_life_days": self.half_life_days}
        return decided if self.expires_days is None else {**decided, "expires_days": self.expires_days}

    @property
    def rule_text(self) -> str:
        told = {k: v for k, v in self.decides.items() if k not in ("kind", "half_life_days")}
        return "; ".join(f"{k}: {v}" for k, v in told.items())

    @cached_property
    def rule_version(self) -> str:
        return version(self.decides)

    @cached_property
    def data_classes(self) -> tuple[str, ...]:
        return data_classes(self.columns)

    @model_validator(mode="after")
    def _fits_its_columns(self) -> Self:
        needed = most_sensitive(self.columns)
        if not at_least(self.sensitivity, needed):
            raise ValueError(
                f"tag {self.code}: sensitivity {self.sensitivity} is below that of its columns: expected {needed}"
            )
        if self.needs_example_value != (self.gives is not None):
            raise ValueError(f"tag {self.code}: `gives` says which value its example has; a rule gives yes by itself")
        return self

    @property
    def needs_example_value(self) -> bool:
        return not self.only_holds

    @property
    def calibrated_numbers(self) -> dict[str, float]:
        """The numbers that `calibrate` names, by its keys; ValueError where the tag has no such number."""
        ways = self.calibrate.ways() if self.calibrate else {}
        return {key: self._number(key) for key in ways}

    def _number(self, key: str) -> float:
        kind, _, name = key.partition(".")
        if kind == "half_life_days" and self.half_life_days is not None:
            return self.half_life_days
        if kind == "rule" and (rule := getattr(self, "rule", None)):
            start, end = place_in_rule(rule, name)
            return float(rule[start:end])
        if kind == "percentiles" and name in (labels := getattr(self, "labels", ())[1:]):
            return float(getattr(self, "percentiles", ())[labels.index(name)])
        raise ValueError(f"tag {self.code}: calibrate names {key}, which a tag of this kind does not have")

    @model_validator(mode="after")
    def _calibrates_what_it_may(self) -> Self:
        if self.calibrate is None:
            return self
        if at_least(self.sensitivity, "health"):
            raise ValueError(f"tag {self.code}: numbers of tags about health are medicine and are not calibrated")
        said = (self.name.zh, self.name.en, self.meaning.zh, self.meaning.en, self.code.replace("_", " "))
        for key, reach in self.calibrate.ways().items():
            number = self._number(key)
            if not reach.between[0] <= number <= reach.between[1]:
                raise ValueError(f"tag {self.code}: {key} is {number:g}, not between {list(reach.between)}")
            told = (number, 1 - number) if isinstance(reach, Concentration) else (number,)
            if key != "half_life_days" and any(says_itself(n, *said) for n in told):
                raise ValueError(
                    f"tag {self.code}: its words say {key} to be {number:g}: a promise, which is not calibrated; "
                    "take `calibrate` out, or say in words that no number makes untrue"
                )
        return self

    @model_validator(mode="after")
    def _has_a_legal_basis(self) -> Self:
        if self.legal_basis is None:
            if at_least(self.sensitivity, "health"):
                raise ValueError(
                    f"tag {self.code}: sensitivity {self.sensitivity} wants a legal_basis: separate_consent, or "
                    "care_contract where purposes are care alone; schemas/vocabulary.py lists all"
                )
        elif self.legal_basis == CARE_CONTRACT and set(self.purposes) != {"care"}:
            others = ", ".join(p for p in self.purposes if p != "care")
            raise ValueError(f"tag {self.code}: legal_basis {CARE_CONTRACT} covers care alone, not {others}")
        return self


class ColumnTag(DeclaredTag):
    """A tag that rests on one row per user of feature and score columns.

    `holds` and `holds_not` are users, as `column: value`; what is not named is 0, false or empty. `evidence_on` is the
    column that says from when the evidence is, a date or a `days_since_…`: `expires_days` counts from it, and where
    it is empty the tag does not hold.
    """

    evidence_on: DateOrDaysSince | None = None
    holds: User
    holds_not: User

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The columns that the rule names."""
        raise NotImplementedError

    @property
    def says_sql(self) -> str:
        """The value where nothing has expired."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[str, ...]:
        dated = () if self.evidence_on is None else ("as_of_date", self.evidence_on)
        return tuple(sorted({*self.rests_on, *dated}))

    @property
    def decides(self) -> dict[str, Any]:
        decided = super().decides
        return decided if self.evidence_on is None else {**decided, "evidence_on": self.evidence_on}

    @property
    def value_sql(self) -> str:
        if self.evidence_on is None:
            return self.says_sql
        counted = is_days_since(COLUMNS[self.evidence_on])
        age = self.evidence_on if counted else f"datediff(as_of_date, {self.evidence_on})"
        return f"CASE WHEN {age} <= {self.expires_days} THEN {self.says_sql} END"

    @model_validator(mode="after")
    def _expires_from_somewhere(self) -> Self:
        if (self.expires_days is None) != (self.evidence_on is None) and not self.dates_itself:
            raise ValueError(
                f"tag {self.code}: expires_days and evidence_on go together: so long after the day in which column "
                "does it end?"
            )
        return self

    @property
    def dates_itself(self) -> bool:
        """Whether the kind knows by itself from when its evidence is."""
        return False


def quoted(label: str | None) -> str:
    """A label as SQL."""
    return "CAST(NULL AS STRING)" if label is None else f"'{label}'"
