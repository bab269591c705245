"""A model asked about every user, wherever the rows are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

Scorer = Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]


def score_users(users: DataFrame, features: Sequence[str], scorer: Scorer, schema: str) -> DataFrame:
    """The scorer's rows for all users: it gets their user_id and the features as floats, in Arrow batches.

    Raises ValueError naming every feature that the users have no column for: the model was trained on others.
    """
    missing = [name for name in features if name not in users.columns]
    if missing:
        raise ValueError(
            f"{len(missing)} feature(s) of the champion are no longer computed: {', '.join(missing)}; train anew"
        )
    wanted = [F.col("user_id"), *(F.expr(f"CAST(`{c}` AS DOUBLE)").alias(c) for c in features)]
    return users.select(*wanted).mapInPandas(scorer, schema)
