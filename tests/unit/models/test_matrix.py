from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from models.matrix import amount_label, feature_matrix


def test_decimals_booleans_and_all_kinds_of_missing_become_floats_in_the_order_asked_for() -> None:
    frame = pd.DataFrame(
        {
            "spend": [Decimal("1.25"), None],
            "flag": pd.array([True, None], dtype="boolean"),
            "count": pd.array([3, None], dtype="Int64"),
        }
    )
    expected = np.array([[3.0, 1.25, 1.0], [np.nan, np.nan, np.nan]])
    assert np.array_equal(feature_matrix(frame, ["count", "spend", "flag"]), expected, equal_nan=True)


def test_text_and_infinite_columns_are_named_together() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": [np.inf], "c": [1.0]})
    with pytest.raises(ValueError, match=r"2 column.*a \(object, not numeric\), b \(infinite values\)"):
        feature_matrix(frame, ["a", "b", "c"])


@pytest.mark.parametrize("names", [[], ["a", "a"]])
def test_an_empty_or_doubled_list_is_an_error(names: list[str]) -> None:
    with pytest.raises(ValueError, match="empty or names a column twice"):
        feature_matrix(pd.DataFrame({"a": [1.0]}), names)


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_an_amount_that_is_negative_or_missing_is_counted(wrong: float) -> None:
    with pytest.raises(ValueError, match="1 of 2 rows"):
        amount_label(pd.DataFrame({"y": [wrong, 3.0]}), "y", "value")
