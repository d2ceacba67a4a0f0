"""What the semantic model changes in a reading: its metrics, names, filters, dates and joins, each said with its line."""

from datetime import date

import pytest
from sqlglot import exp

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read
from aiser_jupyter.catalog.semantic import file

TODAY = date(2024, 3, 15)
MODEL = """\
v: 1
fiscal_year: april
tables:
  orders: {synonyms: [deals, sales orders]}
  customers:
    synonyms: [accounts]
    label: city
    columns:
      country: {synonyms: [market], values: {Germany: [the homeland], USA: [the States]}}
      name: {hidden: true}
  categories: {hidden: true}
metrics:
  revenue: {sql: sum(order_lines.unit_price * order_lines.quantity), synonyms: [sales, gross turnover], unit: EUR}
  deal count: count(orders)
  average deal size: {ratio: [revenue, deal count], synonyms: [ADS], unit: EUR}
  rebate: {sql: sum(order_lines.unit_price * order_lines.quantity * order_lines.discount)}
  rebate rate: {formula: rebate / revenue, format: share}
  buyers: count(distinct orders.customer_id)
  cheap freight: {sql: sum(orders.freight), filter: orders.freight < 8}
  cheap deals: {sql: count(orders), filter: orders.freight < 8}
  freight spread: max(orders.freight) - min(orders.freight)
dimensions:
  weight class: {sql: "case when products.weight >= 1 then 'heavy' else 'light' end"}
  place: customers.city
hierarchies:
  geography: [customers.country, customers.city]
filters:
  heavy deals: {sql: orders.freight >= 9, synonyms: [big tickets]}
  german accounts: customers.country = 'Germany'
  VIPs: customers.customer_id in (1, 2)
"""


@pytest.fixture(scope="module", params=["shop_file", "sqlite_shop_file"])
def model_shop(request, tmp_path_factory):
    workspace = aiser.Workspace(tmp_path_factory.mktemp("modelled"))
    workspace.connect(str(request.getfixturevalue(request.param)), name="shop")
    path = file.path_in(workspace.root)
    path.parent.mkdir()
    path.write_text(MODEL)
    return workspace


def reading(workspace, question):
    return read(workspace.context, question, today=TODAY)


def rows(workspace, question):
    found = reading(workspace, question)
    assert found.answered, (found.reason, [one.sql for one in found.alternatives])
    return [tuple(row.values()) for row in workspace.sql(found.sql).rows()]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("total revenue", [(282.0,)]),
        ("sales by market", [("Germany", 186.0), ("USA", 80.0), ("Spain", 16.0)]),
        ("gross turnover in 2023", [(116.0,)]),
        ("average deal size", [(pytest.approx(282 / 7),)]),
        ("ADS by market", [("Germany", 46.5), ("USA", 40.0), ("Spain", 16.0)]),
        ("ADS per year", [(2023, 29.0), (2024, pytest.approx(166 / 3))]),
        ("rebate rate by market", [("Germany", pytest.approx(20 / 186)), ("USA", 0.25), ("Spain", 0.0)]),
        ("how many deals", [(7,)]),
        ("deals from the homeland", None),
        ("number of deals in the States", [(2,)]),
        ("buyers by year", [(2023, 3), (2024, 3)]),
        ("cheap freight", [(15.0,)]),
        ("cheap deals by year", [(2023, 2), (2024, 1)]),
        ("freight spread by market", [("Germany", 8.0), ("USA", 6.0), ("Spain", 0.0)]),
        ("revenue by weight class", [("heavy", 110.0), ("light", 172.0)]),
        ("how many accounts by place", [("Boston", 2), ("Berlin", 1), ("Madrid", 1), ("Munich", 1)]),
        ("revenue by geography", [("Germany", 186.0), ("USA", 80.0), ("Spain", 16.0)]),
        ("how many heavy deals", [(3,)]),
        ("revenue of heavy deals", [(86.0,)]),
        ("big tickets by market", [("Germany", 1), ("Spain", 1), ("USA", 1)]),
        ("how many VIPs are there", [(2,)]),
        ("revenue from VIPs", [(236.0,)]),
        ("revenue in fiscal 2024", [(222.0,)]),
        ("revenue in FY23", [(60.0,)]),
        ("revenue in Q1 of FY24", [(40.0,)]),
        ("revenue this fiscal year", [(222.0,)]),
        ("revenue last fiscal quarter", [(None,)]),
        ("revenue this fiscal quarter", [(166.0,)]),
        ("revenue by fiscal year", [(2023, 60.0), (2024, 222.0)]),
        ("list german accounts", [("Berlin",), ("Munich",)]),
        ("share of revenue by market", None),
        ("how many deals that are not heavy deals", [(4,)]),
        ("revenue excluding VIPs", [(46.0,)]),
        ("accounts without heavy deals", [("Berlin",), ("Boston",)]),
        ("accounts with ADS over 35", [("Berlin", pytest.approx(156 / 3)), ("Boston", 40.0)]),
        ("markets with revenue under 50", [("Spain", 16.0)]),
        ("revenue and deal count by market", [("Germany", 186.0, 4), ("USA", 80.0, 2), ("Spain", 16.0, 1)]),
    ],
)
def test_a_defined_question_gets_its_figures(model_shop, question, expected):
    found = rows(model_shop, question)
    if expected is None:
        assert found
    else:
        assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_a_definition_is_said_with_its_line(model_shop):
    found = reading(model_shop, "ADS by market in 2023")
    assert found.assumptions[0] == "average deal size is revenue / deal count, as defined in semantic.yaml line 15"
    assert any("line 15" in step.fragment and step.words == "ADS" for step in found.trace)
    assert found.units == (("average_deal_size", "€"),)
    heavy = reading(model_shop, "how many heavy deals")
    assert heavy.assumptions == ("heavy deals are those where orders.freight >= 9, as defined in semantic.yaml line 28",)
    assert any(step.words == "heavy deals" and "line 28" in step.fragment for step in heavy.trace)


def test_units_reach_the_sentence(model_shop):
    assert "€282" in model_shop.ask("total revenue", today=TODAY).sentence
    assert "%" in model_shop.ask("rebate rate by market", today=TODAY).sentence


def test_a_metric_may_be_a_day(model_shop):
    model = file.path_in(model_shop.root)
    model.write_text(MODEL.replace("metrics:\n", "metrics:\n  last deal: max(orders.order_date)\n"))
    assert "Feb 2024" in model_shop.ask("last deal by market", today=TODAY).sentence
    model.write_text(MODEL)


def test_what_is_hidden_is_not_asked_about(model_shop, shop):
    assert read(shop.context, "how many categories are there", today=TODAY).answered
    hidden = reading(model_shop, "how many categories are there")
    assert not hidden.answered or "categories" not in hidden.sql
    assert "name" not in reading(model_shop, "list german accounts").sql


def test_the_same_questions_without_the_model(shop):
    assert rows(shop, "total revenue") == [(242.0,)]
    for question in ("ADS by market", "rebate rate by market", "revenue by weight class", "how many VIPs are there", "revenue in FY23"):
        assert not read(shop.context, question, today=TODAY).answered, question


@pytest.mark.parametrize(
    "question",
    ["share of rebate rate by market", "running average deal size by month", "cheap freight by product", "largest ADS"],
)
def test_what_does_not_add_up_is_not_added_up(model_shop, question):
    assert not reading(model_shop, question).answered


def test_a_slip_in_a_defined_name_is_forgiven(model_shop):
    assert rows(model_shop, "avarage deal size by market")[0] == ("Germany", 46.5)


def test_follow_ups_keep_the_definition(model_shop):
    first = reading(model_shop, "revenue by market")
    only = read(model_shop.context, "only 2024", today=TODAY, follows=first)
    assert only.answered
    assert sorted(tuple(row.values()) for row in model_shop.sql(only.sql).rows()) == [("Germany", 126.0), ("USA", 40.0)]


JOINS = """
CREATE TABLE people (pid INTEGER, label VARCHAR, boss INTEGER);
CREATE TABLE visits (visitor INTEGER, seen DATE, billed DATE, cost DOUBLE);
INSERT INTO people VALUES (1, 'Ada', 7), (2, 'Ben', 8);
INSERT INTO visits VALUES (1, '2023-12-31', '2024-01-02', 5), (2, '2024-01-03', '2024-02-01', 6), (1, '2024-01-04', '2024-02-02', 7);
"""


def test_declared_joins_and_default_dates(tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "v.duckdb")) as connection:
        connection.execute(JOINS)
    workspace = aiser.Workspace(tmp_path)
    workspace.connect(tmp_path / "v.duckdb", "v")
    assert not read(workspace.context, "total cost by label in 2024", today=TODAY).answered
    path = file.path_in(tmp_path)
    path.parent.mkdir()
    path.write_text(
        "v: 1\njoins: [visits.visitor = people.pid]\ntables: {visits: {time: billed}, people: {label: label}}\n"
        "metrics: {cost: sum(visits.cost), early cost: {sql: sum(visits.cost), time: visits.seen}}\n"
    )
    assert rows(workspace, "cost by people in 2024") == [("Ada", 12.0), ("Ben", 6.0)]
    assert rows(workspace, "early cost by people in 2024") == [("Ada", 7.0), ("Ben", 6.0)]
    assert reading(workspace, "cost in 2024").assumptions[-1] == "dates are visits.billed"
    assert rows(workspace, "cost seen in 2023") == [(5.0,)]


def test_a_semantic_source_is_its_own_model(monkeypatch, tmp_path):
    import dataclasses

    from aiser_jupyter.ask.engine import schema_of, understand
    from aiser_jupyter.ask.learned.model import load
    from aiser_jupyter.catalog import Catalog, Column, Table
    from aiser_jupyter.catalog.semantic import Metric, Place, SemanticModel
    from aiser_jupyter.query.semantics import check

    columns = (Column("status", "text", "string"), Column("total", "number", "number"), Column("day", "timestamp", "time"))
    catalog = Catalog("cube", "duckdb", (Table("orders", columns),))
    given = SemanticModel("cube", (Metric("total", "orders", '"total"', "Total; sum"),))
    given = dataclasses.replace(given, metrics=tuple(dataclasses.replace(one, whole=True, place=Place("cube")) for one in given.metrics))
    model = check(given, catalog).model
    found = understand(schema_of(catalog, model), "total by status", TODAY, load())
    assert found.sql == "SELECT status, total AS total FROM orders GROUP BY status ORDER BY total DESC"


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres", "mysql", "tsql", "snowflake", "bigquery", "oracle", "spark"])
def test_a_definition_is_written_in_each_dialect(dialect):
    from sqlglot import parse_one

    from aiser_jupyter.ask.engine import schema_of, understand
    from aiser_jupyter.ask.learned.model import load
    from aiser_jupyter.catalog import Catalog, Column, Key, Table
    from aiser_jupyter.catalog.semantic.read import read as read_file
    from aiser_jupyter.query.semantics import check

    orders = Table("Orders", (Column("Id", "integer", "int", primary=True), Column("Day", "date", "date"), Column("Kind", "text", "text")))
    lines = Table("Order Lines", (Column("OrderId", "integer", "int"), Column("Amount", "number", "float")))
    catalog = Catalog("shop", dialect, (orders, lines), (Key("Order Lines", ("OrderId",), "Orders", ("Id",)),))
    quote = {"mysql": "`{}`", "bigquery": "`{}`", "spark": "`{}`", "tsql": "[{}]"}.get(dialect, '"{}"').format("Order Lines")
    model, problems = read_file(
        f"v: 1\nmetrics:\n  takings: {{sql: 'sum({quote}.Amount)', filter: Orders.Kind <> 'gift'}}\n  deals: count(Orders)\n  size: {{ratio: [takings, deals]}}\n"
        "fiscal_year: july\n",
        "semantic.yaml",
    )
    assert problems == []
    checked = check(model, catalog)
    assert [str(one) for one in checked.problems] == []
    found = understand(schema_of(catalog, checked.model), "size by fiscal year", TODAY, load())
    assert found.answered, found.reason
    tree = parse_one(found.sql, dialect=dialect)
    assert {table.name for table in tree.find_all(exp.Table)} == {"Orders", "Order Lines"}
    assert found.sql.upper().count("COUNT(DISTINCT") == 1
    assert "gift" in found.sql
