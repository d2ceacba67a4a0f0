from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.ask.grammar.periods import find, grain, moment, shifted, start_of

TODAY = date(2024, 3, 15)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("revenue last month", date(2024, 2, 1), date(2024, 3, 1)),
        ("revenue last quarter", date(2023, 10, 1), date(2024, 1, 1)),
        ("orders in the past 30 days", date(2024, 2, 14), date(2024, 3, 15)),
        ("orders in the last two years", date(2022, 1, 1), date(2024, 1, 1)),
        ("sales year to date", date(2024, 1, 1), date(2024, 3, 16)),
        ("sales this week", date(2024, 3, 11), date(2024, 3, 18)),
        ("sales yesterday", date(2024, 3, 14), date(2024, 3, 15)),
        ("revenue in Q2 1997", date(1997, 4, 1), date(1997, 7, 1)),
        ("the first half of 2011", date(2011, 1, 1), date(2011, 7, 1)),
        ("in March 1998", date(1998, 3, 1), date(1998, 4, 1)),
        ("since March 2009", date(2009, 3, 1), None),
        ("after 2009", date(2010, 1, 1), None),
        ("before January 5, 1998", None, date(1998, 1, 5)),
        ("on or after January 5, 1998", date(1998, 1, 5), None),
        ("no later than March 1998", None, date(1998, 4, 1)),
        ("between 2010 and 2012", date(2010, 1, 1), date(2013, 1, 1)),
        ("sales January to April 1998", date(1998, 1, 1), date(1998, 5, 1)),
        ("the first four months of 1998", date(1998, 1, 1), date(1998, 5, 1)),
        ("the last 2 quarters of 1997", date(1997, 7, 1), date(1998, 1, 1)),
        ("on 2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
    ],
)
def test_a_period_is_a_half_open_range_of_days(text, start, end):
    (period,) = find(text, TODAY)
    assert (period.start, period.end) == (start, end)


def test_two_years_are_two_periods():
    assert [p.start.year for p in find("units sold per quarter 1997 vs 1996", TODAY)] == [1997, 1996]


def test_an_impossible_date_is_no_period():
    assert find("on 2024-02-31", TODAY) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("monthly revenue", "month"),
        ("orders per quarter", "quarter"),
        ("revenue by year", "year"),
        ("daily orders", "day"),
        ("sales over time", "month"),
    ],
)
def test_the_grain_is_told_by_an_adverb_or_by_each(text, name):
    assert grain(text)[0] == name


def test_no_grain_where_none_is_asked():
    assert grain("revenue last month") is None


@given(st.dates(date(1900, 1, 1), date(2099, 1, 1)), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_a_day_lies_between_the_start_of_its_period_and_the_next(day, unit):
    first = start_of(day, unit)
    assert first <= day < shifted(first, unit, 1)
    assert shifted(shifted(first, unit, 1), unit, -1) == first


@given(st.dates(date(1950, 1, 1), date(2099, 12, 30)))
def test_a_date_in_iso_form_is_that_day(day):
    assert moment(day.isoformat())[0] == day


def test_the_same_period_of_last_year_goes_as_far_as_this_one_has_come():
    this, last = find("revenue this year vs the same period last year", TODAY)
    assert (this.start, last.start, last.end) == (date(2024, 1, 1), date(2023, 1, 1), date(2023, 3, 16))


def test_two_spans_of_months_are_two_periods():
    found = find("revenue January to April 1998 vs January to April 1997", TODAY, apart=True)
    assert [(p.start.year, p.end.month) for p in found] == [(1998, 5), (1997, 5)]
