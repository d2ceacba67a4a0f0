"""Follow-ups along a hierarchy of the semantic model, and along time."""

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.catalog.semantic import file

TODAY = date(2024, 3, 15)
MODEL = """\
v: 1
metrics:
  revenue: sum(sales.amount)
hierarchies:
  goods: [products.category, products.subcategory, products.name]
"""
ROWS = """
CREATE TABLE products (product_id INTEGER PRIMARY KEY, name VARCHAR, category VARCHAR, subcategory VARCHAR);
INSERT INTO products VALUES (1, 'Roadster', 'Bikes', 'Road bikes'), (2, 'Climber', 'Bikes', 'Mountain bikes'),
    (3, 'Lid', 'Clothing', 'Helmets'), (4, 'Jersey A', 'Clothing', 'Jerseys');
CREATE TABLE sales (sale_id INTEGER PRIMARY KEY, product_id INTEGER REFERENCES products (product_id), sold_on DATE, amount DOUBLE);
INSERT INTO sales VALUES (1, 1, DATE '2023-02-01', 100), (2, 2, DATE '2023-05-01', 300), (3, 3, DATE '2024-01-15', 20),
    (4, 4, DATE '2024-02-01', 30), (5, 1, DATE '2024-02-05', 110);
"""
CATEGORIES = [("Bikes", 510.0), ("Clothing", 50.0)]
BIKES = [("Mountain bikes", 300.0), ("Road bikes", 210.0)]
SUBCATEGORIES = [("Mountain bikes", 300.0), ("Road bikes", 210.0), ("Jerseys", 30.0), ("Helmets", 20.0)]
BOTH = [("Bikes", "Mountain bikes", 300.0), ("Bikes", "Road bikes", 210.0), ("Clothing", "Jerseys", 30.0), ("Clothing", "Helmets", 20.0)]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("levels")
    with duckdb.connect(str(folder / "shelf.duckdb")) as connection:
        connection.execute(ROWS)
    space = aiser.Workspace(folder)
    space.connect(str(folder / "shelf.duckdb"), name="shelf")
    path = file.path_in(space.root)
    path.parent.mkdir()
    path.write_text(MODEL)
    yield space
    space.close()


def last(space, *questions):
    """The answer to the last of a chain."""
    found = None
    for question in questions:
        found = space.ask(question, follows=found, today=TODAY, engine="offline")
    return found


def rows(found):
    assert found.answered, found.reason
    return [tuple(row.values()) for row in found.result.rows()]


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (["revenue by category", "drill into Bikes"], BIKES),
        (["revenue by goods", "now drill down into the Bikes"], BIKES),
        (["revenue by category", "drill down"], SUBCATEGORIES),
        (["revenue by category", "drill into Bikes", "drill down"], [("Climber", 300.0), ("Roadster", 210.0)]),
        (["revenue by category", "drill into Bikes", "zoom into Road bikes"], [("Roadster", 210.0)]),
        (["revenue for Bikes", "drill down"], BIKES),
        (["revenue by category", "drill into Bikes", "roll up"], CATEGORIES),
        (["revenue by subcategory", "roll up to category"], CATEGORIES),
        (["revenue by category", "drill into Bikes", "drill into Road bikes", "roll up"], BIKES),
        (["revenue by category", "drill into Bikes", "drill into Road bikes", "roll up to category"], CATEGORIES),
        (["revenue by category", "drill into Bikes", "go back"], CATEGORIES),
        (["revenue by category", "by category then subcategory"], BOTH),
        (["revenue by subcategory", "by category, then by subcategory"], BOTH),
        (["revenue by category", "by category then subcategory", "drill into Bikes"], BIKES),
        (["revenue by category", "by category then subcategory", "roll up"], CATEGORIES),
    ],
)
def test_a_hierarchy_is_gone_down_and_up(shelf, chain, expected):
    assert rows(last(shelf, *chain)) == expected


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (["revenue per year", "drill into 2023"], [(date(2023, 1, 1), 100.0), (date(2023, 4, 1), 300.0)]),
        (["revenue per year", "drill into 2023", "drill down"], [(date(2023, 2, 1), 100.0), (date(2023, 5, 1), 300.0)]),
        (["revenue per month in 2023", "roll up to year"], [(2023, 400.0)]),
        (["revenue per month", "roll up"], [(date(2023, 1, 1), 100.0), (date(2023, 4, 1), 300.0), (date(2024, 1, 1), 160.0)]),
    ],
)
def test_time_is_a_hierarchy_too(shelf, chain, expected):
    assert rows(last(shelf, *chain)) == expected


def test_a_test_that_goes_is_said(shelf):
    found = last(shelf, "revenue by category", "drill into Bikes", "roll up")
    assert "the test on category goes: this is the level above" in found.assumptions
    assert "Bikes" not in found.sql


@pytest.mark.parametrize(
    "chain",
    [
        ["revenue by name", "drill down"],
        ["revenue by category", "roll up"],
        ["revenue by category", "roll up to subcategory"],
        ["revenue by category", "drill into Trains"],
        ["revenue by category", "drill into the Lid"],
        ["revenue per year", "roll up to month"],
    ],
)
def test_where_there_is_no_such_level_nothing_is_made_up(shelf, chain):
    assert last(shelf, *chain).sql is None
