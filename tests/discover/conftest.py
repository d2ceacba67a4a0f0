from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest

from aiser_jupyter.discover.evidence import Evidence
from aiser_jupyter.discover.table import FRAME, Relation

if TYPE_CHECKING:
    from collections.abc import Callable


def relation_of(frame: pd.DataFrame) -> Relation:
    con = duckdb.connect()
    con.register(FRAME, frame)

    def run(sql: str):
        return con.sql(sql).to_arrow_table()

    return Relation(FRAME, "duckdb", FRAME, FRAME, run, run, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def evidence() -> Callable[[pd.DataFrame], Evidence]:
    return lambda frame: Evidence(relation_of(frame))


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


def daily(values, start: str = "2024-01-01") -> pd.DataFrame:
    return pd.DataFrame({"day": pd.date_range(start, periods=len(values)), "price": values})


def autoregressive(random: np.random.Generator, n: int, phi: float) -> np.ndarray:
    out = random.normal(size=n + 100)
    for i in range(1, n + 100):
        out[i] += phi * out[i - 1]
    return out[100:]
