"""What text cells mean, for any column: the value is the one that was written, or the column stays text."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.sources.textual import typed, typed_rows

LISTS = {"min_size": 1, "max_size": 8}
few = settings(max_examples=25, deadline=None)


def read(cells, name="c"):
    rows, notes = typed_rows(pa.table({name: pa.array(cells, pa.string())}))
    return rows[name].to_pylist(), str(rows.schema.field(name).type), [note.text for note in notes]


@few
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), **LISTS))
def test_text_is_never_another_text(cells):
    found, kind, _ = read(cells)
    if kind == "string":
        assert found == cells


@few
@given(st.lists(st.integers(-(10**37), 10**37), **LISTS))
def test_whole_numbers_are_exact(numbers):
    found, kind, _ = read([str(number) for number in numbers])
    assert [int(value) for value in found] == numbers
    assert kind != "double"


@few
@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**28), max_value=10**28), **LISTS))
def test_fractions_are_exact_or_the_nearest_double(numbers):
    cells = [f"{number:f}" for number in numbers]
    found, kind, _ = read(cells)
    if kind == "double":
        assert found == [float(cell) for cell in cells]
    elif kind != "string":
        assert [Decimal(value) for value in found] == numbers


@few
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), **LISTS))
def test_a_double_comes_back_as_it_was_written(numbers):
    cells = [repr(number) for number in numbers]
    found, kind, _ = read(cells)
    assert found == (cells if kind == "string" else numbers) or kind.startswith("decimal")


@few
@given(st.lists(st.integers(-(10**9), 10**9), **LISTS), st.sampled_from(["${}", "{} €", "EUR {}", "{}£"]), st.booleans())
def test_money_is_exact_in_either_country(cents, form, comma):
    def cell(value):
        text = f"{abs(value) / 100:,.2f}"
        text = text.replace(",", "_").replace(".", ",").replace("_", ".") if comma else text
        return ("-" if value < 0 else "") + form.format(text)

    found, kind, notes = read([cell(value) for value in cents])
    assert found == [Decimal(value).scaleb(-2) for value in cents]
    assert kind.startswith("decimal128")
    assert notes[0].startswith("money, decimal comma" if comma else "money, decimal point")


@few
@given(st.lists(st.integers(-(10**7), 10**7), **LISTS), st.sampled_from(["{} %", "{}%"]))
def test_shares_are_the_nearest_double(hundredths, form):
    found, kind, _ = read([form.format(f"{Decimal(value).scaleb(-2):f}") for value in hundredths])
    assert kind == "double"
    assert found == [float(Decimal(value).scaleb(-4)) for value in hundredths]


@few
@given(
    st.lists(st.integers(0, 40_000), min_size=1, max_size=12),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%B %d, %Y", "%Y-%m-%d"]),
)
def test_days_are_right_or_text(offsets, form):
    days = [date(1970, 1, 1) + timedelta(offset) for offset in offsets]
    cells = [day.strftime(form) for day in days]
    found, kind, notes = read(cells)
    if kind == "string":
        assert form[1] in "dm"
        assert all(day.day <= 12 for day in days)
        assert "cannot be told" in notes[0]
        assert found == cells
    else:
        assert found == days


@few
@given(st.lists(st.from_regex(r"0[0-9]{3,9}", fullmatch=True), **LISTS))
def test_codes_with_leading_zeros_stay_text(codes):
    assert read(codes) == (codes, "string", ["kept as text: a code with leading zeros"])


@pytest.mark.parametrize("name", ["zip", "ZIP code", "postcode", "plz", "phone", "Phone Number", "iban", "ean", "customer_phone"])
def test_codes_by_name_stay_text(name):
    assert read(["10115", "80331"], name)[:2] == (["10115", "80331"], "string")


@pytest.mark.parametrize("name", ["amount", "tip", "headphones", "shipping", "zipper_count"])
def test_names_that_only_sound_like_codes_are_numbers(name):
    assert read(["10115", "80331"], name)[:2] == ([10115, 80331], "int64")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["Yes", "no", None], [True, False, None]),
        (["Y", "N"], [True, False]),
        (["Y", "Y"], ["Y", "Y"]),
        (["ja", "Nein"], [True, False]),
        (["(120.00)", "3.50"], [Decimal("-120.00"), Decimal("3.50")]),
        (["(1)", "(2)"], ["(1)", "(2)"]),
        (["$5", "€5"], ["$5", "€5"]),
        (["$1,234", "$5"], [1234, 5]),
        (["€1.234", "€5"], [1234, 5]),
        (["12", "13 %"], ["12", "13 %"]),
        (["1,234", "5,678"], ["1,234", "5,678"]),
        (["1,5", "2"], [1.5, 2.0]),
        (["1,234,567", "1"], [1234567, 1]),
        (["25/12/10", "24/12/10"], ["25/12/10", "24/12/10"]),
        (["31/12/99", "01/02/10"], [date(1999, 12, 31), date(2010, 2, 1)]),
        (["1e400", "1"], ["1e400", "1"]),
        (["9" * 39, "1"], ["9" * 39, "1"]),
        (["+4930123456", "+4989123456"], ["+4930123456", "+4989123456"]),
        (["-5", "+7"], [-5, 7]),
        (["NA", "1", ""], [None, 1, None]),
    ],
)
def test_columns_one_by_one(cells, expected):
    assert read(cells)[0] == expected


def test_one_column_settles_the_marks_of_the_others():
    import duckdb

    cells = {"sure": ["1,5", "2,25"], "either": ["1,234", "5,678"], "dots": ["1.234", "5.678"]}
    with duckdb.connect() as connection:
        connection.register("raw", pa.table(cells))
        found = typed(connection, "raw", list(cells), delimiter=";")
        rows = connection.sql(found.select).to_arrow_table()
    assert rows.to_pydict() == {"sure": [1.5, 2.25], "either": [1.234, 5.678], "dots": [1234, 5678]}
