"""Business questions on Northwind and Chinook, with a short model and without: the figures are those of SQL written by hand.

The last part of a fact says whether the grammar finds the figures without the model too.
"""

from datetime import date
from pathlib import Path

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read
from aiser_jupyter.catalog.semantic import file

DATABASES = Path(__file__).parents[3] / "shared" / "data" / "business_qa" / "db"
pytestmark = pytest.mark.skipif(not DATABASES.is_dir(), reason="the sample databases are not beside the repository")

NORTHWIND = """\
v: 1
tables:
  order_details: {synonyms: [order lines], time: orders.order_date}
  customers: {synonyms: [accounts]}
metrics:
  revenue: {sql: sum(order_details.unit_price * order_details.quantity * (1 - order_details.discount)), synonyms: [sales, turnover], unit: USD}
  orders: count(orders)
  average order value: {ratio: [revenue, orders], synonyms: [AOV, basket size], unit: USD}
  days to ship: {sql: avg(orders.shipped_date - orders.order_date), synonyms: [lead time]}
  late orders: {sql: count(orders), filter: orders.shipped_date > orders.required_date}
filters:
  discontinued products: {sql: products.discontinued = 1, synonyms: [delisted items]}
  express orders: orders.ship_via = 1
dimensions:
  destination: orders.ship_country
"""
CHINOOK = """\
v: 1
tables:
  InvoiceLine: {time: Invoice.InvoiceDate}
  Customer: {label: [FirstName, LastName]}
metrics:
  revenue: {sql: sum(InvoiceLine.UnitPrice * InvoiceLine.Quantity), synonyms: [earnings], unit: USD}
  invoices: count(Invoice)
  revenue per invoice: {ratio: [revenue, invoices], unit: USD}
  playing time in hours: sum(Track.Milliseconds) / 3600000.0
filters:
  long tracks: Track.Milliseconds > 600000
"""
LINE = "od.unit_price * od.quantity * (1 - od.discount)"
FACTS = [
    (
        "northwind",
        "average order value by year",
        f"SELECT year(o.order_date), sum({LINE}) / count(DISTINCT o.order_id) FROM orders o JOIN order_details od USING (order_id) GROUP BY 1",
        True,
    ),
    (
        "northwind",
        "basket size by category in 1997",
        (
            f"SELECT c.category_name, sum({LINE}) / count(DISTINCT o.order_id) FROM orders o JOIN order_details od USING (order_id) JOIN products p USING (product_id) "
            "JOIN categories c USING (category_id) WHERE year(o.order_date) = 1997 GROUP BY 1"
        ),
        False,
    ),
    (
        "northwind",
        "turnover of delisted items by destination",
        f"SELECT o.ship_country, sum({LINE}) FROM orders o JOIN order_details od USING (order_id) JOIN products p USING (product_id) WHERE p.discontinued = 1 GROUP BY 1",
        False,
    ),
    (
        "northwind",
        "lead time by shipper",
        "SELECT s.company_name, avg(shipped_date - order_date) FROM orders JOIN shippers s ON ship_via = shipper_id GROUP BY 1",
        True,
    ),
    (
        "northwind",
        "late orders by year",
        "SELECT year(order_date), count(CASE WHEN shipped_date > required_date THEN 1 END) FROM orders GROUP BY 1",
        True,
    ),
    (
        "northwind",
        "express orders per month in 1997",
        "SELECT date_trunc('month', order_date)::DATE, count(*) FROM orders WHERE ship_via = 1 AND year(order_date) = 1997 GROUP BY 1",
        True,  # Speedy Express is the one shipper with that word
    ),
    ("northwind", "how many accounts are there", "SELECT count(*) FROM customers", True),
    (
        "chinook",
        "earnings by genre",
        "SELECT g.Name, sum(l.UnitPrice * l.Quantity) FROM InvoiceLine l JOIN Track t USING (TrackId) JOIN Genre g USING (GenreId) GROUP BY 1",
        False,
    ),
    (
        "chinook",
        "revenue per invoice by billing country",
        "SELECT i.BillingCountry, sum(l.UnitPrice * l.Quantity) / count(DISTINCT i.InvoiceId) FROM Invoice i JOIN InvoiceLine l USING (InvoiceId) GROUP BY 1",
        True,
    ),
    (
        "chinook",
        "playing time in hours by genre",
        "SELECT g.Name, sum(Milliseconds) / 3600000.0 FROM Track JOIN Genre g USING (GenreId) GROUP BY 1",
        False,
    ),
    ("chinook", "how many long tracks are there", "SELECT count(*) FROM Track WHERE Milliseconds > 600000", False),
]


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    made = {}
    for name, text in (("northwind", NORTHWIND), ("chinook", CHINOOK)):
        for modelled in (True, False):
            workspace = aiser.Workspace(tmp_path_factory.mktemp(name))
            workspace.connect(DATABASES / f"{name}.duckdb", name)
            if modelled:
                path = file.path_in(workspace.root)
                path.parent.mkdir()
                path.write_text(text)
            made[name, modelled] = workspace
    yield made
    for workspace in made.values():
        workspace.close()


def rounded(rows):
    return sorted(
        tuple(round(float(v), 6) if isinstance(v, float) or type(v).__name__ == "Decimal" else v for v in row.values()) for row in rows
    )


@pytest.mark.parametrize(("name", "question", "sql", "known"), FACTS)
def test_the_model_gives_the_figures(shops, name, question, sql, known):
    workspace = shops[name, True]
    found = read(workspace.context, question, today=date(1998, 5, 6))
    assert found.answered, found.reason
    assert rounded(workspace.sql(found.sql).rows()) == rounded(workspace.sql(sql).rows())
    assert found.confidence >= 0.75
    without = read(shops[name, False].context, question, today=date(1998, 5, 6))
    same = without.answered and rounded(shops[name, False].sql(without.sql).rows()) == rounded(workspace.sql(sql).rows())
    assert same is known


# Names that the grammar has a reading of its own for, each defined otherwise.
OTHERWISE = """\
v: 1
tables:
  customers: {synonyms: [accounts]}
metrics:
  revenue: {sql: sum(order_details.unit_price * order_details.quantity), synonyms: [turnover], unit: USD}
  orders: count(orders)
  average order value: {ratio: [revenue, orders], synonyms: [AOV]}
  days to ship: {sql: avg(orders.shipped_date - orders.order_date + 1), synonyms: [lead time]}
  average freight: avg(orders.freight + 1)
  late orders: {sql: count(orders), filter: orders.shipped_date > orders.required_date + 1}
  headcount: count(distinct employees.title)
  new customers: count(distinct orders.ship_name)
  repeat rate of discontinued goods: sum(products.discontinued) / 10.0
filters:
  discontinued products: products.discontinued = 0
"""
GUESSED = [
    ("AOV", "SELECT sum(unit_price * quantity) / count(DISTINCT order_id) FROM order_details"),
    (
        "average order value per customer",
        "SELECT c.company_name, sum(unit_price * quantity) / count(DISTINCT order_id) FROM order_details JOIN orders USING (order_id) JOIN customers c USING (customer_id) GROUP BY 1",
    ),
    ("average lead time", "SELECT avg(shipped_date - order_date + 1) FROM orders"),
    (
        "average lead time per shipper",
        "SELECT s.company_name, avg(shipped_date - order_date + 1) FROM orders JOIN shippers s ON ship_via = shipper_id GROUP BY 1",
    ),
    ("days to ship by year", "SELECT year(order_date), avg(shipped_date - order_date + 1) FROM orders GROUP BY 1"),
    ("lead time by year", "SELECT year(order_date), avg(shipped_date - order_date + 1) FROM orders GROUP BY 1"),
    ("average freight per customer", "SELECT c.company_name, avg(freight + 1) FROM orders JOIN customers c USING (customer_id) GROUP BY 1"),
    ("how many late orders", "SELECT count(*) FROM orders WHERE shipped_date > required_date + 1"),
    ("late-orders by year", "SELECT year(order_date), count(CASE WHEN shipped_date > required_date + 1 THEN 1 END) FROM orders GROUP BY 1"),
    ("headcount by country", "SELECT country, count(DISTINCT title) FROM employees GROUP BY 1"),
    ("new customers by year", "SELECT year(order_date), count(DISTINCT ship_name) FROM orders GROUP BY 1"),
    (
        "repeat rate of discontinued goods by category",
        "SELECT category_name, sum(discontinued) / 10.0 FROM products JOIN categories USING (category_id) GROUP BY 1",
    ),
    ("how many discontinued products", "SELECT count(*) FROM products WHERE discontinued = 0"),
    ("how many acounts are there", "SELECT count(*) FROM customers"),
]


@pytest.fixture(scope="module")
def redefined(tmp_path_factory):
    workspace = aiser.Workspace(tmp_path_factory.mktemp("redefined"))
    workspace.connect(DATABASES / "northwind.duckdb", "northwind")
    path = file.path_in(workspace.root)
    path.parent.mkdir()
    path.write_text(OTHERWISE)
    yield workspace
    workspace.close()


@pytest.mark.parametrize(("question", "sql"), GUESSED)
def test_a_definition_stands_before_any_guess(redefined, question, sql):
    found = read(redefined.context, question, today=date(1998, 5, 6))
    assert found.answered, found.reason
    assert rounded(redefined.sql(found.sql).rows()) == rounded(redefined.sql(sql).rows())
