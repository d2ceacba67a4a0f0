from datetime import date

import pytest

from aiser_jupyter.chart.series import color_of, frame, pretty
from aiser_jupyter.chart.table import view
from aiser_jupyter.errors import UsageError
from aiser_jupyter.spec import ChartSpec


def made(rows, **spec):
    return frame(ChartSpec(**{"kind": "horizontal_bar", **spec}), view(rows))


def test_bars_are_sorted_by_value():
    assert made([{"c": "a", "n": 1}, {"c": "b", "n": 3}, {"c": "d", "n": 2}], x="c", y=("n",)).labels == ("b", "d", "a")


def test_a_rising_order_was_meant_and_stays():
    assert made([{"c": "a", "n": 1}, {"c": "b", "n": 2}, {"c": "d", "n": 3}], x="c", y=("n",)).labels == ("a", "b", "d")


@pytest.mark.parametrize(
    "names", [("Mon", "Wed", "Sun"), ("Small", "Medium", "Large"), ("<18", "18-24", "65+"), ("Disagree", "Neutral", "Agree")]
)
def test_names_with_an_order_of_their_own_stand_in_it(names):
    rows = [{"c": name, "n": n} for name, n in zip((names[1], names[2], names[0]), (5, 9, 7), strict=True)]
    assert made(rows, x="c", y=("n",)).labels == names


def test_too_many_labels_are_cut_and_the_rest_is_summed_and_said():
    shown = made([{"c": f"c{i}", "n": 100 - i} for i in range(30)], x="c", y=("n",))
    assert shown.labels[-1] == "Other (18)"
    assert shown.series[0].values[-1] == sum(100 - i for i in range(12, 30))
    assert sum(v or 0 for v in shown.series[0].values) == sum(100 - i for i in range(30))
    assert shown.note == "12 of 30 shown, the rest summed as other"


def test_averages_are_cut_but_never_summed():
    shown = made([{"c": f"c{i}", "avg_price": 100.0 - i} for i in range(30)], x="c", y=("avg_price",))
    assert (len(shown.labels), shown.note) == (12, "12 of 30 shown")


def test_long_rows_become_series_with_gaps():
    rows = [
        {"m": date(2025, 1, 1), "c": "a", "n": 1},
        {"m": date(2025, 2, 1), "c": "a", "n": 2},
        {"m": date(2025, 1, 1), "c": "b", "n": None},
    ]
    shown = made(rows, kind="line", x="m", y=("n",), color="c")
    assert [(s.name, s.values) for s in shown.series] == [("a", (1.0, 2.0)), ("b", (None, None))]
    assert (shown.labels, shown.grain) == (("Jan 2025", "Feb 2025"), "month")


def test_a_null_category_has_a_name():
    assert made([{"c": None, "n": 5}, {"c": "a", "n": 1}], x="c", y=("n",)).labels == ("(empty)", "a")


def test_more_than_six_series_are_the_largest_five_and_the_rest():
    rows = [{"m": f"2025-0{m}", "c": f"c{i}", "n": i} for m in (1, 2) for i in range(1, 10)]
    shown = made(rows, kind="line", x="m", y=("n",), color="c")
    assert [s.name for s in shown.series] == ["c5", "c6", "c7", "c8", "c9", "Other (4)"]
    assert shown.series[-1].values == (10.0, 10.0)


def test_one_series_is_the_accent_and_highlights_make_the_others_grey():
    rows = [{"m": f"2025-0{m}", "c": c, "n": 1} for m in (1, 2) for c in "abc"]
    plain = made(rows, kind="line", x="m", y=("n",), color="c")
    lit = made(rows, kind="line", x="m", y=("n",), color="c", highlight=("b",))
    assert [color_of(plain, i) for i in range(3)] == ["c1", "c2", "c3"]
    assert [color_of(lit, i) for i in range(3)] == ["mark", "mark-accent", "mark"]


def test_of_two_periods_the_later_has_the_accent():
    shown = made([{"r": r, "y": y, "n": 1} for r in "ab" for y in (2024, 2025)], kind="grouped_bar", x="r", y=("n",), color="y")
    assert [color_of(shown, i) for i in range(2)] == ["mark", "mark-accent"]


def test_a_spec_without_columns_teaches():
    with pytest.raises(UsageError, match="needs an x column"):
        made([{"n": 1}], x=None, y=())


@pytest.mark.parametrize(
    ("name", "words"),
    [("net_amount", "Net amount"), ("BillingCountry", "Billing country"), ("total USD (net)", "Total USD (net)"), ("SKU", "SKU")],
)
def test_column_names_become_words(name, words):
    assert pretty(name) == words
