# ruff: noqa: DTZ001  # moments of a table without zones
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from aiser_jupyter.chart.table import MOST_VALUES, view
from aiser_jupyter.errors import UsageError


def values(seen, name):
    return seen.column(name).values  # noqa: PD011  # ours, not those of pandas


class Result:
    def arrow(self):
        return pa.table({"day": [date(2026, 1, 1), None], "net": [Decimal("1.50"), Decimal("2.25")], "name": ["a", "b"]})


def test_a_result_is_read_through_arrow_with_types_and_statistics():
    seen = view(Result())
    assert [(c.name, c.type, c.distinct) for c in seen.columns] == [("day", "date", 1), ("net", "number", 2), ("name", "text", 2)]
    assert values(seen, "net") == (1.5, 2.25)
    assert (seen.column("net").low, seen.column("net").high) == (1.5, 2.25)
    assert seen.row_count == 2
    assert not seen.sampled


def test_pandas_polars_arrow_and_dicts_give_the_same_view():
    polars = pytest.importorskip("polars")
    columns = {"genre": ["Rock", "Jazz"], "revenue": [3.0, 1.0]}
    rows = [{"genre": "Rock", "revenue": 3.0}, {"genre": "Jazz", "revenue": 1.0}]
    views = [view(t) for t in (pd.DataFrame(columns), polars.DataFrame(columns), pa.table(columns), rows)]
    assert all(v.columns == views[0].columns for v in views)


def test_a_grouped_pandas_series_keeps_its_index_as_a_column():
    grouped = pd.DataFrame({"genre": ["a", "a", "b"], "n": [1, 2, 3]}).groupby("genre").n.sum()
    assert view(grouped).names == ("genre", "n")


def test_stated_statistics_win_over_the_sample_of_the_json_shape():
    columns = [{"name": "day", "type": "date", "distinct": 24, "min": "2024-01-01", "max": "2025-12-01"}]
    seen = view({"columns": columns, "rows": [{"day": "2024-01-01"}], "row_count": 24})
    assert (seen.column("day").distinct, seen.column("day").high, seen.sampled) == (24, date(2025, 12, 1), True)


def test_nan_infinity_and_unreadable_dates_become_gaps():
    seen = view(pa.table({"v": [1.0, float("nan"), float("inf")]}))
    assert values(seen, "v") == (1.0, None, None)
    assert values(view({"columns": [{"name": "d", "type": "date"}], "rows": [{"d": "soon"}]}), "d") == (None,)


def test_a_long_table_keeps_a_sample_of_values_and_the_count_of_rows():
    seen = view(pa.table({"v": list(range(MOST_VALUES * 2))}))
    assert len(values(seen, "v")) == MOST_VALUES
    assert (seen.row_count, seen.column("v").high, seen.sampled) == (MOST_VALUES * 2, MOST_VALUES * 2 - 1, True)


def test_an_unknown_column_names_those_that_are_there():
    with pytest.raises(UsageError, match="no column 'net'") as caught:
        view([{"gross": 1}]).column("net")
    assert "gross" in caught.value.hint


def test_what_is_no_table_is_refused():
    with pytest.raises(UsageError, match="A int is no table"):
        view(3)


def test_moments_stay_moments():
    assert values(view([{"at": datetime(2026, 1, 1, 8)}]), "at") == (datetime(2026, 1, 1, 8),)
