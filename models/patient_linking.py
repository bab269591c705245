"""Which patients of different accounts are likely one human being: Fellegi and Sunter's weights, learned by Splink."""

from __future__ import annotations

import logging

import duckdb
import pandas as pd
import pyarrow as pa
import splink.comparison_level_library as levels
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_library import CustomComparison, ExactMatch

_SEED = 7
_SAMPLED_PAIRS = 2_000_000
# Of true pairs, how many share a contact, the birth date and the sex, all of them stated: to begin from, not a result.
_PLAIN_SHARE = 0.6
_SCHEMA = pa.schema(
    {
        "patient_id": pa.string(),
        "birth_date": pa.string(),
        "birth_year": pa.int32(),
        "sex": pa.string(),
        "contact": pa.string(),
        "contacts": pa.list_(pa.string()),
        "user_ids": pa.list_(pa.string()),
        "is_holder": pa.bool_(),
    }
)
# Two holders are for silver.identity to tell; and whom one holder names twice are two for whoever knows them.
_MAY_BE_ONE = "NOT (l.is_holder AND r.is_holder) AND NOT list_has_any(l.user_ids, r.user_ids)"
_BORN_ALIKE = f"l.birth_date = r.birth_date AND {_MAY_BE_ONE}"
_REACHED_ALIKE = f"l.contacts = r.contacts AND {_MAY_BE_ONE}"
_FIRST_CONTACT_ALIKE = f"l.contact = r.contact AND {_MAY_BE_ONE}"
_PLAINLY_ONE = f"{_BORN_ALIKE} AND l.sex = r.sex AND list_has_any(l.contacts, r.contacts)"


def linked_patients(patients: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """patient_id, linked_patient_id, probability of the pairs at or above the threshold, the smaller id first.

    `patients` has a row for each patient: patient_id, birth_date (as text), birth_year, sex, the contacts of the
    accounts and the user_ids of the persons that act for it, is_holder; None is not known. The weights are learned
    from the same rows, without labels. One thread and a seed: the same rows give the same pairs.
    """
    rows = patients.sort_values("patient_id", ignore_index=True)
    rows["contact"] = [min(c) if len(c) else None for c in rows["contacts"]]
    table = pa.Table.from_pandas(rows[_SCHEMA.names], schema=_SCHEMA, preserve_index=False)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("patient", table)
        if not _any_pair(connection, _PLAINLY_ONE):
            # There is nobody to learn from.
            return _told(pd.DataFrame(columns=["patient_id_l", "patient_id_r", "match_probability"]))
        linker = Linker(DuckDBAPI(connection=connection).register(table), _settings(), log_level=logging.ERROR)
        _learn(linker, [rule for rule in (_BORN_ALIKE, _FIRST_CONTACT_ALIKE) if _any_pair(connection, rule)])
        found = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
        return _told(connection.table(found.physical_name).df())


def _settings() -> SettingsCreator:
    born = CustomComparison(
        output_column_name="birth",
        comparison_levels=[
            levels.CustomLevel("birth_year_l IS NULL OR birth_year_r IS NULL").configure(is_null_level=True),
            levels.CustomLevel("birth_date_l = birth_date_r"),
            # A consultation states an age, and that is often a year off. What holds where nobody can be learned from.
            levels.CustomLevel(
                "(birth_date_l IS NULL OR birth_date_r IS NULL) AND abs(birth_year_l - birth_year_r) <= 1"
            ).configure(m_probability=0.05, u_probability=0.02),
            levels.ElseLevel(),
        ],
    )
    reached = CustomComparison(
        output_column_name="contacts",
        comparison_levels=[
            levels.CustomLevel("len(contacts_l) = 0 OR len(contacts_r) = 0").configure(is_null_level=True),
            levels.CustomLevel("list_has_any(contacts_l, contacts_r)").configure(m_probability=0.9),
            levels.ElseLevel().configure(m_probability=0.1),
        ],
    )
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="patient_id",
        comparisons=[born, ExactMatch("sex"), reached],
        blocking_rules_to_generate_predictions=[
            CustomRule(_BORN_ALIKE),
            CustomRule(_REACHED_ALIKE, arrays_to_explode=["contacts"]),
        ],
        retain_matching_columns=False,
    )


def _any_pair(connection: duckdb.DuckDBPyConnection, rule: str) -> bool:
    pair = f"SELECT 1 FROM patient l JOIN patient r ON l.patient_id < r.patient_id AND {rule} LIMIT 1"
    return bool(connection.execute(pair).fetchall())


def _learn(linker: Linker, rules: list[str]) -> None:
    """How often pairs agree by chance, and how often when they are one, by rules that some pairs hold to."""
    training = linker.training
    training.estimate_probability_two_random_records_match([CustomRule(_PLAINLY_ONE)], recall=_PLAIN_SHARE)
    training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=_SEED)
    for rule in rules:
        training.estimate_parameters_using_expectation_maximisation(CustomRule(rule))


def _told(found: pd.DataFrame) -> pd.DataFrame:
    pairs = found[["patient_id_l", "patient_id_r"]].to_numpy(dtype=str)
    pairs.sort(axis=1)
    told = pd.DataFrame({"patient_id": pairs[:, 0], "linked_patient_id": pairs[:, 1]})
    told["probability"] = found["match_probability"].to_numpy(dtype="float64").round(6)
    return told.sort_values(["patient_id", "linked_patient_id"], ignore_index=True)
