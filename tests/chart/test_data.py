# ruff: noqa: DTZ001  # a place on an axis has no zone
import statistics
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aiser_jupyter.chart import tables, ticks
from aiser_jupyter.chart.bar_data import running_shares, shares, waterfall_floor, waterfall_steps
from aiser_jupyter.chart.point_data import grid, histogram, quartiles
from aiser_jupyter.chart.series import frame
from aiser_jupyter.chart.svg_lines import apart
from aiser_jupyter.chart.table import view
from aiser_jupyter.chart.textfit import shorten, width, wrap
from aiser_jupyter.spec import ChartSpec

NUMBERS = st.floats(min_value=-1e6, max_value=1e6).map(lambda value: round(value, 4))


def framed(rows, **spec):
    return frame(ChartSpec(**spec), view(rows))


@example([31530.0, -0.0001])
@given(st.lists(NUMBERS, min_size=1, max_size=200))
def test_every_value_falls_into_one_bin(values):
    edges, counts = histogram(values)
    assert sum(counts) == len(values)
    assert len(edges) == len(counts) + 1
    assert edges[0] <= min(values) + 1e-6 * max(1, abs(min(values)))
    assert max(values) <= edges[-1] + 1e-6 * max(1, abs(max(values)))


@given(st.lists(NUMBERS, min_size=4, max_size=60))
def test_quartiles_are_those_of_the_standard_library(values):
    expected = statistics.quantiles(values, n=4, method="inclusive")
    assert quartiles(values)[1:4] == pytest.approx(expected, abs=1e-6)


@given(NUMBERS, NUMBERS)
def test_ticks_cover_the_values_in_round_steps(a, b):
    low, high = min(a, b), max(a, b)
    marks = ticks.numbers(low, high)
    assert marks[0] <= low + 1e-6 * max(high - low, abs(low))
    assert marks[-1] >= high - 1e-6 * max(high - low, abs(high))
    assert 2 <= len(marks) <= 12


def test_whole_numbers_get_whole_ticks():
    assert ticks.numbers(5, 7, whole=True) == [5, 6, 7]


@given(st.lists(st.floats(min_value=0, max_value=200), min_size=1, max_size=6))
def test_end_labels_are_moved_apart_in_order(wanted):
    moved = apart(wanted, 16, 200)
    ordered = sorted(moved)
    assert all(b - a >= 16 - 1e-6 for a, b in pairwise(ordered))
    assert max(moved) <= 200 + 1e-6
    assert sorted(range(len(wanted)), key=lambda i: wanted[i]) == sorted(range(len(wanted)), key=lambda i: moved[i])


def test_dates_say_the_year_once():
    points = [datetime(2025, m, 1) for m in (11, 12)] + [datetime(2026, 1, 1)]
    assert ticks.short_dates(points, "month") == ["Nov 25", "Dec", "Jan 26"]
    assert [words for _, words in ticks.calendar(datetime(2026, 1, 1, 8), datetime(2026, 1, 1, 20), 5)] == [
        "09:00",
        "12:00",
        "15:00",
        "18:00",
    ]


@given(st.text(max_size=80), st.floats(min_value=20, max_value=300))
def test_shortened_words_fit(text, room):
    assert width(shorten(text, room)) <= room
    assert all(width(line) <= room for line in wrap(text, room))


def test_words_wrap_before_they_are_cut():
    assert wrap("Inbound freight out to tender", 110) == ["Inbound freight", "out to tender"]


def test_a_waterfall_sums_and_knows_its_totals():
    rows = [{"i": i, "v": v} for i, v in (("from", 100.0), ("a", 8.0), ("b", -3.0), ("to", 105.0))]
    steps = waterfall_steps(framed(rows, kind="waterfall", x="i", y=("v",)))
    assert [(s.low, s.high, s.tone) for s in steps] == [
        (0, 100, "mark"),
        (100, 108, "mark-pos"),
        (105, 108, "mark-neg"),
        (0, 105, "mark-accent"),
    ]
    assert 0 < waterfall_floor(steps) < 100


def test_a_waterfall_through_zero_is_not_cut():
    rows = [{"i": i, "v": v} for i, v in (("open", 1.2), ("in", 4.4), ("out", -6.6), ("more", 0.5))]
    steps = waterfall_steps(framed(rows, kind="waterfall", x="i", y=("v",)))
    assert steps[2].low == pytest.approx(-1.0)
    assert waterfall_floor(steps) == 0


def test_shares_sum_to_a_hundred_and_run_to_one():
    rows = [{"r": r, "m": m, "n": n} for r, m, n in (("N", "a", 1), ("N", "b", 3), ("S", "a", 5))]
    made = framed(rows, kind="percent_bar", x="r", y=("n",), color="m")
    columns = list(zip(*shares(made), strict=True))
    assert [sum(v or 0 for v in column) for column in columns] == pytest.approx([100, 100])
    assert running_shares(framed(rows, kind="pareto", x="r", y=("n",)))[-1] == pytest.approx(1)


def test_a_cohort_is_shown_as_share_of_its_first():
    rows = [{"cohort": "2025-01", "month": k, "customers": n} for k, n in ((0, 200), (1, 150), (2, 50))]
    shown = grid(ChartSpec("cohort", x="month", y=("customers",), color="cohort"), view(rows))
    assert (shown.values, shown.text(0, 1)) == (((1.0, 0.75, 0.25),), "75\u202f%")


def test_the_data_table_is_escaped_aligned_and_exact():
    rows = [{"name": "<b>x</b>", "revenue_usd": 1234.5, "order_id": 17}]
    text = tables.table_html(ChartSpec("table", title="Sales"), rows)
    assert "<td>&lt;b&gt;x&lt;/b&gt;</td>" in text
    assert '<th scope="col" class="r">Revenue, $</th>' in text
    assert '<td class="r">1,234.50</td>' in text or '<td class="r">1,234.5</td>' in text
    assert '<caption class="vh">Sales.</caption>' in text
    assert "<td>17</td>" in text


def test_a_long_data_table_says_what_it_shows():
    assert "5 of 30 rows." in tables.table_html(ChartSpec("table"), [{"n": i} for i in range(30)], rows=5)
