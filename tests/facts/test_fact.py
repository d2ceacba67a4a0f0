from datetime import UTC, date, datetime
from decimal import Decimal

from aiser_jupyter.facts import fact

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)


def made(value, **more):
    return fact(value, sql="SELECT 1", source="shop", as_of=NOW, **more)


def test_a_fact_is_worded_by_its_unit():
    assert made(742_031, unit="$").text == "$742k"
    assert made(date(2026, 7, 1), grain="quarter").text == "Q3 2026"
    assert made(1997, grain="year").text == "1997"
    assert made(value=True).text == "yes"


def test_decimals_become_plain_numbers():
    assert made(Decimal("12.00")).value == 12
    assert made(Decimal("12.50")).value == 12.5


def test_the_id_depends_on_value_and_query_alone():
    assert made(3).id == made(3).id
    assert made(3).id != made(4).id
    assert made(3).id == "f" + made(3).id[1:]
    assert len(made(3).id) == 11
