"""Tables made for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from aiser_jupyter.discover.table import FRAME, Relation

if TYPE_CHECKING:
    import numpy as np


def relation_of(frame: pd.DataFrame, called: str = "") -> Relation:
    con = duckdb.connect()
    con.register(FRAME, frame)

    def run(sql: str):
        return con.sql(sql).to_arrow_table()

    return Relation(FRAME, "duckdb", FRAME, FRAME, run, run, datetime(2026, 1, 1, tzinfo=UTC), called)


def daily(values, start: str = "2024-01-01") -> pd.DataFrame:
    return pd.DataFrame({"day": pd.date_range(start, periods=len(values)), "price": values})


def autoregressive(random: np.random.Generator, n: int, phi: float) -> np.ndarray:
    out = random.normal(size=n + 100)
    for i in range(1, n + 100):
        out[i] += phi * out[i - 1]
    return out[100:]
