from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.format.date import grain_of, parse, period, text


@pytest.mark.parametrize(
    ("value", "grain", "said"),
    [
        (date(2026, 10, 5), None, "5 Oct 2026"),
        (datetime(2026, 10, 5, 6, 0, tzinfo=UTC), None, "5 Oct 2026, 06:00 UTC"),
        (datetime.fromisoformat("2026-10-05"), None, "5 Oct 2026"),
        (date(2026, 7, 1), "quarter", "Q3 2026"),
        (date(2025, 1, 1), "month", "Jan 2025"),
        (date(2025, 1, 1), "year", "2025"),
        (date(2026, 10, 5), "week", "week of 5 Oct 2026"),
        ("2025-01", None, "Jan 2025"),
        ("2026-Q3", None, "Q3 2026"),
        ("2026-10-05", None, "5 Oct 2026"),
        ("2026-13", None, "2026-13"),
        ("Berlin", None, "Berlin"),
        (time(9, 5), None, "09:05"),
    ],
)
def test_dates_in_words(value, grain, said):
    assert text(value, grain) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (date(2026, 7, 1), date(2026, 9, 30), "Q3 2026"),
        (date(2024, 2, 1), date(2024, 2, 29), "Feb 2024"),
        (date(2026, 7, 1), date(2026, 8, 30), "1 Jul to 30 Aug 2026"),
        (date(2026, 7, 3), date(2026, 7, 9), "3 to 9 Jul 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 Dec 2025 to 2 Jan 2026"),
        (date(2024, 1, 1), date(2025, 12, 31), "2024 to 2025"),
        (date(2025, 11, 1), date(2026, 1, 31), "Nov 2025 to Jan 2026"),
        (date(2026, 5, 5), date(2026, 5, 5), "5 May 2026"),
    ],
)
def test_periods_are_named_where_they_have_a_name(start, end, said):
    assert period(start, end) == said


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 900))
def test_two_periods_never_share_a_text(start, days):
    end = start + timedelta(days=days)
    assert period(start, end) != period(start, end + timedelta(days=1))
    assert period(start, end) != period(start - timedelta(days=1), end)


def test_the_grain_is_the_coarsest_that_fits():
    assert grain_of([date(2025, m, 1) for m in (1, 2, 3)]) == "month"
    assert grain_of([date(2025, m, 1) for m in (1, 4, 7)]) == "quarter"
    assert grain_of([date(y, 1, 1) for y in (2024, 2025)]) == "year"
    assert grain_of([date(2025, 1, 6), date(2025, 1, 13)]) == "week"
    assert grain_of([date(2025, 1, 6), date(2025, 1, 7)]) == "day"


def test_only_iso_text_is_a_date():
    assert parse("05/10/2026") is None
    assert parse("2026-10-05T06:00:00") == (datetime.fromisoformat("2026-10-05T06:00:00"), None)
