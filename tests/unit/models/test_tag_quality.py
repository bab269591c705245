"""Tags rightly held, wrongly held and missed, counted by hand."""

import pandas as pd

from models.tag_quality import TagQuality, tag_quality


def test_holders_are_counted_as_by_hand():
    held = pd.Series(["yes", "yes", "yes", None, None, None])
    true = pd.Series(["yes", "yes", None, "yes", "yes", None])
    evident = pd.Series([True, False, True, True, False, True])
    quality = tag_quality(held, true, evident)
    assert quality == TagQuality(users=6, held=3, right=2, true=4, evident=2, found=1)
    assert (quality.precision, quality.recall, quality.recall_of_all, quality.base_rate) == (2 / 3, 1 / 2, 2 / 4, 4 / 6)


def test_another_value_than_the_true_one_is_wrong_and_not_found():
    held, true = pd.Series(["25-34", "35-44", None]), pd.Series(["25-34", "25-34", "65+"])
    quality = tag_quality(held, true, pd.Series([True, True, False]))
    assert quality == TagQuality(users=3, held=2, right=1, true=3, evident=2, found=1)


def test_a_tag_nobody_holds_is_neither_good_nor_bad():
    nobody = tag_quality(pd.Series([None, None]), pd.Series(["yes", None]), pd.Series([False, False]))
    assert (nobody.precision, nobody.recall, nobody.meets("condition")) == (None, None, None)


def test_both_targets_must_be_reached():
    assert TagQuality(100, 10, 9, 10, 10, 8).meets("condition") is True
    assert TagQuality(100, 10, 9, 10, 10, 7).meets("condition") is False
    assert TagQuality(100, 10, 9, 10, 10, 8).meets("stated") is False
