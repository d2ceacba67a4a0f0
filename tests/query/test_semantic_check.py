"""A semantic file on the ground of a catalog: names found, SQL guarded, every mistake with its line."""

import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.catalog.semantic import file
from aiser_jupyter.errors import SemanticError
from aiser_jupyter.query.semantics import checked_of, model_of

SCRIPT = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, country VARCHAR);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), day DATE, amount DOUBLE);
CREATE TABLE "Order Details" ("Order ID" INTEGER, "Quantity" INTEGER, price DOUBLE);
"""


@pytest.fixture(scope="module")
def shop_file(tmp_path_factory):
    import duckdb

    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCRIPT)
    return path


@pytest.fixture
def ws(tmp_path, shop_file):
    made = Workspace(tmp_path)
    made.connect(shop_file, "shop")
    yield made
    made.close()


def written(ws, text):
    path = file.path_in(ws.root)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return checked_of(ws.context, ws.catalog("shop"))


def test_names_and_sql_come_in_the_spelling_of_the_catalog(ws):
    found = written(
        ws,
        "v: 1\nmetrics:\n  sales: sum(ORDERS.Amount)\n  n: count(Orders)\n  lines: {sql: sum(Quantity * price), table: order details}\n"
        "  mean: {ratio: [SALES, N]}\n  pieces: 'sum(\"order details\".quantity)'\n  half: {formula: Sales / 2 + n}\n"
        "tables:\n  ORDERS: {time: Day, label: [ID]}\nfilters: {big: orders.amount > 5}\ndimensions: {land: Customers.COUNTRY}\n",
    )
    assert found.problems == ()
    model = found.model
    assert {one.name: (one.table, one.sql or one.ratio or one.formula) for one in model.metrics} == {
        "sales": ("orders", 'SUM("orders"."amount")'),
        "n": ("orders", 'COUNT("orders".*)'),
        "lines": ("Order Details", 'SUM("Order Details"."Quantity" * "Order Details"."price")'),
        "mean": ("orders", ("sales", "n")),
        "pieces": ("Order Details", 'SUM("Order Details"."Quantity")'),
        "half": ("orders", '"sales" / 2 + "n"'),
    }
    assert (model.tables[0].name, model.tables[0].time, model.tables[0].label) == ("orders", "orders.day", ("id",))
    assert model.filters[0].sql == '"orders"."amount" > 5'
    assert (model.dimensions[0].table, model.dimensions[0].column) == ("customers", "country")


MISTAKES = [
    ("metrics:\n  a: sum(orders.amont)\n", 3, 17, "metric a: there is no column orders.amont. Did you mean amount?"),
    ("metrics:\n  a: sum(order.amount)\n", 3, 10, "metric a: there is no table order. Did you mean orders"),
    ("metrics:\n  a: >-\n    sum(orders.amount\n    * orders.prise)\n", 5, 14, "metric a: there is no column orders.prise."),
    ("metrics:\n  a: sum(id)\n", 3, 10, "metric a: id is a column of customers and orders. Write which: table.column."),
    ("metrics:\n  a: count(*)\n", 3, 6, "metric a: count(*) does not say of which table. Write count(orders)."),
    ("metrics:\n  a: sum(nothing)\n", 3, 10, "metric a: there is no column nothing."),
    ("metrics:\n  a: orders.amount\n", 3, 3, "metric a: it aggregates nothing. Write sum(…), count(…), avg(…)."),
    ("metrics:\n  a: sum(orders.amount) / orders.id\n", 3, 34, "metric a: id stands outside an aggregate."),
    ("metrics:\n  a: sum(orders.amount\n", 3, 17, "metric a: the SQL cannot be read"),
    ("metrics:\n  a: sum((select 1))\n", 3, 10, "metric a: a definition holds no query of its own."),
    ("metrics:\n  a: sum(orders.amount) over ()\n", 3, 3, "metric a: a definition holds no window (OVER)."),
    ("metrics:\n  a: sum(orders.amount); drop table orders\n", 3, 24, "metric a: a definition is one expression; there is a semicolon in it."),
    ("metrics:\n  a: sum(orders.amount) from orders\n", 3, 3, "metric a: a definition is one expression, without SELECT, FROM or WHERE."),
    ("metrics:\n  a: max(getenv(customers.name))\n", 3, 3, "metric a:"),
    ("metrics:\n  a: max(read_text(customers.name))\n", 3, 3, "metric a:"),
    ("metrics:\n  a: max(frobnicate(customers.name))\n", 3, 3, "metric a: there is no function frobnicate() that a query may call in duckdb."),
    ("metrics:\n  a: sum(:x + orders.amount)\n", 3, 3, "metric a: a definition takes no parameters."),
    ("metrics:\n  a: {ratio: [b, c]}\n  b: sum(orders.amount)\n", 3, 18, "metric a: there is no metric 'c'."),
    ("metrics:\n  a: {formula: a + 1}\n", 3, 3, "metric a: it is made of a, which cannot be worked out."),
    ("metrics:\n  a: {formula: b + 1}\n  b: {formula: a + 1}\n", 3, 16, "metric a: it is made of b, which cannot be worked out."),
    ("metrics:\n  a: {formula: sum(b)}\n  b: sum(orders.amount)\n", 3, 3, "metric a: a formula is arithmetic on metrics: + - * / and brackets."),
    ("metrics:\n  a: {sql: sum(orders.amount), filter: orders.day}\n  b: {ratio: [a, c], filter: c}\n  c: count(orders)\n", 4, 22, "metric b: a metric made of others takes no filter."),
    ("metrics:\n  a: {sql: sum(orders.amount), time: orders.dya}\n", 3, 45, "metric a: there is no column orders.dya. Did you mean day?"),
    ("filters:\n  a: sum(orders.amount) > 5\n", 3, 6, "filter a: it is about single rows and cannot hold an aggregate."),
    ("filters:\n  a: 1 = 1\n", 3, 3, "filter a: it names no column."),
    ("dimensions:\n  a: orders.dayy\n", 3, 13, "dimension a: there is no column orders.dayy. Did you mean day?"),
    ("dimensions:\n  a: amount\n", 3, 6, "dimension a: the column amount needs its table."),
    ("tables:\n  ordrs: {}\n  customers: {}\n", 3, 3, "table ordrs: there is no table ordrs. Did you mean orders?"),
    ("tables:\n  orders: {time: amount}\n", 3, 18, "table orders: time amount is no date: it holds values of type number."),
    ("tables:\n  orders:\n    columns:\n      dya: {hidden: true}\n", 5, 7, "table orders: column dya: there is no column orders.dya. Did you mean day?"),
    ("joins: [orders.customer_id < customers.id]\n", 2, 9, "join: a join is many.column = one.column, joined by and."),
    ("joins:\n  - orders.customer_id = customers.idd\n", 3, 36, "join: there is no column customers.idd. Did you mean id?"),
    ("joins:\n  - orders.customer_id = orders.id\n", 3, 5, "join: a join has the columns of one table on the left"),
    ("hierarchies: {a: [orders.day, orders.x]}\n", 2, 38, "hierarchy a: there is no column orders.x."),
    ("queries:\n  - {question: all, sql: delete from orders}\n", 3, 5, "verified query: DELETE writes"),
    ("queries:\n  - {question: all, sql: select * from nowhere}\n", 3, 5, "verified query: "),
    ("queries:\n  - {question: all, sql: select * from 'x.csv'}\n", 3, 5, "verified query: "),
    ("metrics:\n  sales: sum(orders.amount)\n  b: {sql: max(orders.amount), synonyms: [Sales]}\n", 4, 43, "metric b: 'Sales' is also a name of metric sales."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_place(ws, text, line, column, message):
    # A first table of the connection makes the file its own.
    more = "" if "tables:" in text else "tables: {customers: {}}\n"
    found = written(ws, f"v: 1\n{text}{more}")
    assert found.problems, found.model
    first = found.problems[0]
    assert message.casefold() in str(first).casefold()
    assert (first.place.line, first.place.column) == (line, column), str(first)


def test_a_question_stops_at_a_wrong_file_with_all_that_is_wrong(ws):
    written(ws, "v: 1\nmetrics:\n  a: sum(orders.x)\n  b: sum(orders.y)\n")
    with pytest.raises(SemanticError) as caught:
        ws.ask("How many orders are there?")
    assert (caught.value.where, caught.value.exit_status) == (".aiser/semantic.yaml, line 3, column 17", 1)
    assert len(caught.value.problems) == 2
    assert "`%aiser semantic check` lists them" in caught.value.hint


def test_a_file_for_another_connection_is_not_for_this_one(ws):
    assert not written(ws, "v: 1\non: till\nmetrics: {a: sum(orders.amount)}\n").applies
    assert not written(ws, "v: 1\ntables: {invoices: {}}\nmetrics: {a: sum(invoices.total)}\n").applies
    assert written(ws, "v: 1\non: [till, SHOP]\nmetrics: {a: sum(orders.amount)}\n").applies
    assert written(ws, "v: 1\nfiscal_year: 4\n").applies
    assert not model_of(ws.context, ws.catalog("shop")).metrics


def test_a_changed_file_is_read_anew(ws):
    assert written(ws, "v: 1\nmetrics: {a: sum(orders.amount)}\n").model.metric("a").sql == 'SUM("orders"."amount")'
    assert written(ws, "v: 1\nmetrics: {a: max(orders.amount) }\n").model.metric("a").sql == 'MAX("orders"."amount")'
    file.path_in(ws.root).unlink()
    assert not checked_of(ws.context, ws.catalog("shop")).model


def test_a_mistake_in_an_included_file_is_no_error(ws):
    (ws.root / "dbt").mkdir()
    (ws.root / "dbt" / "a.yml").write_text(
        "semantic_models:\n  - name: o\n    model: ref('orders')\n    measures:\n      - {name: m, agg: sum, expr: gone, create_metric: true}\n"
    )
    found = written(ws, "v: 1\ninclude: dbt\ntables: {orders: {}}\n")
    assert found.problems == ()
    (left,) = found.model.unread
    assert (left.what, left.why, str(left.place)) == ("metric m", "there is no column orders.gone", "dbt/a.yml, line 5, column 9")


def test_the_sql_of_a_definition_is_of_the_sources_dialect(tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.executescript("CREATE TABLE t (a INTEGER, day TEXT); INSERT INTO t VALUES (1, '2024-01-05');")
    made = Workspace(tmp_path)
    made.connect(tmp_path / "shop.sqlite", "shop")
    found = written(made, "v: 1\ndimensions: {month: {sql: \"strftime('%m', t.day)\"}}\nmetrics: {n: sum(t.a)}\n")
    assert [str(one) for one in found.problems] == []
    assert found.model.dimensions[0].sql == 'STRFTIME(\'%m\', "t"."day")'
