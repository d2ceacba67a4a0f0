import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import UsageError
from aiser_jupyter.format.number import text


@pytest.mark.parametrize(
    ("value", "unit", "short", "exact"),
    [
        (13_510_042, "$", "$13.5M", "$13,510,042"),
        (742_031, "$", "$742k", "$742,031"),
        (12_000_000, "$", "$12M", "$12,000,000"),
        (12_010_000, "$", "$12.0M", "$12,010,000"),
        (1.5, "$", "$1.50", "$1.50"),
        (12.396, "%", "12.4\u202f%", "12.396\u202f%"),
        (0.224, "share", "22\u202f%", "22.4\u202f%"),
        (99.97, "%", "99.97\u202f%", "99.97\u202f%"),
        (0.02, "%", "0.02\u202f%", "0.02\u202f%"),
        (100, "%", "100\u202f%", "100\u202f%"),
        (1.3, "pp", "1.3\u202fpp", "1.3\u202fpp"),
        (-0.6, "", "−0.6", "−0.6"),
        (-742_031, "$", "−$742k", "−$742,031"),
        (169_014, "", "169k", "169,014"),
        (8730, "orders", "8,730 orders", "8,730 orders"),
        (1, "categories", "1 category", "1 category"),
        (999_999, "", "1.00M", "999,999"),
        (9999.6, "", "10.0k", "9,999.6"),
        (2328.6, "", "2,329", "2,328.6"),
        (0.1 + 0.2, "", "0.3", "0.3"),
        (Decimal("1267.50"), "", "1,268", "1,267.5"),
        (2_500_000_000, "", "2.5bn", "2,500,000,000"),
        (0, "$", "$0", "$0"),
    ],
)
def test_numbers_read_as_the_style_guide_says(value, unit, short, exact):
    assert text(value, unit=unit) == short
    assert text(value, unit=unit, style="exact") == exact


def test_missing_values_are_a_dash():
    assert text(None) == text(math.nan, unit="$") == "–"
    assert text(-math.inf) == "−∞"


def test_a_difference_has_its_sign():
    assert text(1.3, unit="pp", signed=True) == "+1.3\u202fpp"
    assert text(-1.3, unit="pp", signed=True) == "−1.3\u202fpp"


def test_a_locale_that_is_not_there_says_so():
    with pytest.raises(UsageError, match="locale 'de'"):
        text(1, locale="de")


@given(st.integers(-(10**15), 10**15))
def test_exact_integers_keep_every_digit(value):
    assert int(text(value, style="exact").replace(",", "").replace("−", "-")) == value


@given(st.floats(-9e11, 9e11, allow_nan=False))
def test_short_numbers_are_within_half_a_percent(value):
    shown = text(value).replace(",", "").replace("−", "-")
    scale = {"k": 1e3, "M": 1e6, "n": 1e9}.get(shown[-1], 1)
    back = float(shown.rstrip("kMbn")) * scale
    assert math.isclose(back, value, rel_tol=0.0051, abs_tol=1e-300)


@given(st.floats(0.000001, 99.999999))
def test_a_percentage_is_never_rounded_to_none_or_all(value):
    assert text(value, unit="%") not in {"0\u202f%", "100\u202f%", "0.0\u202f%", "100.0\u202f%"}
