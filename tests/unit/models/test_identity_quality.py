"""Pairs put together rightly, wrongly or not at all, counted by hand."""

import pandas as pd

from models.identity_quality import Share, found_shares, link_shares, pair_shares


def test_pairs_are_counted_as_by_hand():
    # Ours: {a b c} {d} {e f}; true: {a b} {c d} {e f}.
    ours, true = pd.Series(list("xxxyzz")), pd.Series([1, 1, 2, 2, 3, 3])
    precision, recall = pair_shares(ours, true)
    assert (precision, recall) == (Share(2, 4), Share(2, 3))
    assert precision.value == 0.5


def test_nobody_with_two_accounts_is_no_perfect_score():
    assert [s.value for s in pair_shares(pd.Series(["x", "y"]), pd.Series([1, 2]))] == [None, None]


def test_found_and_false_hubs():
    assert found_shares({"a", "b", "c"}, {"a", "d"}) == (Share(1, 2), Share(2, 3))


def test_links_of_patients_are_counted_without_pairs_of_holders():
    # One human being is the holders a and b and the member c, another is the member d; e is nobody's double.
    truth = pd.DataFrame(
        {"patient_id": list("abcde"), "person": [1, 1, 1, 2, 3], "is_holder": [True, True, False, False, True]}
    )
    links = pd.DataFrame({"patient_id": ["a", "c", "a"], "linked_patient_id": ["c", "d", "x"]})
    assert link_shares(links, truth) == (Share(1, 3), Share(1, 2))
