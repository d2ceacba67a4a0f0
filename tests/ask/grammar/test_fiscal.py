from datetime import date

import pytest

from aiser_jupyter.ask.grammar import fiscal
from aiser_jupyter.catalog.semantic import FiscalYear

TODAY = date(2024, 5, 20)
JULY, APRIL_START, FEBRUARY = FiscalYear(7), FiscalYear(4, "start"), FiscalYear(2)


@pytest.mark.parametrize(
    ("text", "year", "start", "end"),
    [
        ("revenue in FY24", JULY, date(2023, 7, 1), date(2024, 7, 1)),
        ("revenue in FY 2024", JULY, date(2023, 7, 1), date(2024, 7, 1)),
        ("revenue for fiscal year 2024", APRIL_START, date(2024, 4, 1), date(2025, 4, 1)),
        ("fiscal 1997", JULY, date(1996, 7, 1), date(1997, 7, 1)),
        ("FY'98", JULY, date(1997, 7, 1), date(1998, 7, 1)),
        ("Q1 FY24", JULY, date(2023, 7, 1), date(2023, 10, 1)),
        ("fourth quarter of fiscal 2024", JULY, date(2024, 4, 1), date(2024, 7, 1)),
        ("FY24 Q2", FEBRUARY, date(2023, 5, 1), date(2023, 8, 1)),
        ("fiscal Q3 2024", JULY, date(2024, 1, 1), date(2024, 4, 1)),
        ("last fiscal year", JULY, date(2022, 7, 1), date(2023, 7, 1)),
        ("this fiscal year", JULY, date(2023, 7, 1), date(2024, 7, 1)),
        ("last fiscal quarter", FEBRUARY, date(2024, 2, 1), date(2024, 5, 1)),
        ("current fiscal quarter", FEBRUARY, date(2024, 5, 1), date(2024, 8, 1)),
        ("fiscal year to date", JULY, date(2023, 7, 1), date(2024, 5, 21)),
        ("FYTD", APRIL_START, date(2024, 4, 1), date(2024, 5, 21)),
    ],
)
def test_a_fiscal_period_is_found(text, year, start, end):
    (found,), rest = fiscal.find(text, TODAY, year)
    assert (found.start, found.end) == (start, end)
    assert len(rest) == len(text)
    assert not rest[slice(*found.span)].strip()


@pytest.mark.parametrize("text", ["revenue in 2024", "Q1 2024", "fiscal policy", "last quarter", "fyodor 24"])
def test_a_calendar_period_is_left_alone(text):
    assert fiscal.find(text, TODAY, JULY) == ([], text)


def test_without_a_fiscal_year_nothing_is_fiscal():
    assert fiscal.find("FY24", TODAY, None) == ([], "FY24")


@pytest.mark.parametrize(
    ("text", "grain", "year", "months"),
    [
        ("by fiscal year", "year", JULY, 6),
        ("by fiscal year", "year", APRIL_START, -3),
        ("by fiscal quarter", "quarter", JULY, 0),
        ("by fiscal quarter", "quarter", FEBRUARY, -1),
        ("by year", "year", JULY, 0),
        ("by fiscal year", "year", FiscalYear(1), 0),
        ("by month in fiscal 2024", "month", JULY, 0),
    ],
)
def test_a_date_is_moved_into_its_fiscal_year(text, grain, year, months):
    assert fiscal.shift(text, grain, year) == months
