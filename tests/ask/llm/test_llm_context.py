"""What a model is told fits its budget, holds what the question needs, and says what it left out."""

import json
import time
from dataclasses import replace
from datetime import date

import pytest

from aiser_jupyter.ask.engine import understand
from aiser_jupyter.ask.learned.model import load
from aiser_jupyter.ask.llm import written
from aiser_jupyter.ask.llm.context import tell
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.catalog import Catalog, Column, Key, Table
from aiser_jupyter.catalog.semantic import ColumnMeaning, Metric, SemanticModel, TableMeaning, VerifiedQuery
from aiser_jupyter.catalog.values import ValueHit, build

TODAY = date(2024, 3, 15)
WORDS = "asset batch claim depot event fault grade house index joint kiosk label meter notice offer parcel quota route shift ticket".split()  # noqa: SIM905


def wide(tables):
    """A database of many tables in a chain, the shop's three at its end."""
    made, keys = [], []
    for number in range(tables - 3):
        name = f"{WORDS[number % 20]}_{WORDS[number // 20 % 20]}_{number}"
        columns = [
            Column("id", "integer", "INTEGER", primary=True),
            *(Column(f"{word}_{number}", "number", "DOUBLE") for word in WORDS[:12]),
        ]
        made.append(Table(name, tuple(columns), row_count=10))
    made += [
        Table("customers", (Column("customer_id", "integer", "INTEGER", primary=True), Column("name", "text", "VARCHAR"), Column("city", "text", "VARCHAR")), row_count=5),
        Table("orders", (Column("order_id", "integer", "INTEGER", primary=True), Column("customer_id", "integer", "INTEGER"), Column("freight", "number", "DOUBLE")), row_count=7, comment="one row an order"),
        Table("extras", tuple(Column(f"extra_{i}", "text", "VARCHAR") for i in range(120)), row_count=1),
    ]  # fmt: skip
    keys.append(Key("orders", ("customer_id",), "customers", ("customer_id",)))
    return Catalog("wide", "duckdb", tuple(made), tuple(keys), build([ValueHit("customers", "city", "Porto Alegre")]))


def told(catalog, question, **more):
    schema, weights = Schema(catalog), load()
    offline = understand(schema, question, TODAY, weights)
    return tell(schema, question, offline, weights, **{"today": TODAY, "budget": 3000, "values": False, **more})


def text(found):
    return "\n".join(message.content for message in found.request.messages)


@pytest.mark.parametrize("budget", [1800, 3000, 6000])
def test_five_hundred_tables_fit_the_budget_with_what_the_question_needs(budget):
    catalog = wide(500)
    started = time.perf_counter()
    found = told(catalog, "total freight by customer name", budget=budget)
    assert time.perf_counter() - started < 30
    assert written.tokens(text(found)) <= budget * 1.05
    assert "orders(order_id integer key, customer_id integer -> customers.customer_id, freight number)" in text(found)
    assert "customers(customer_id integer key, name text, city text)" in text(found)
    shown = sum(f"\n{table.name}(" in text(found) for table in catalog.tables)
    assert f"{500 - shown} of 500 tables are not shown" in found.left_out
    assert found.left_out in text(found)
    assert shown > (2 if budget == 1800 else 20)


def test_a_small_schema_is_told_whole():
    catalog = replace(wide(5), tables=wide(5).tables[-3:-1])
    found = told(catalog, "total freight by customer name")
    assert found.left_out == ""
    assert 'note "one row an order"' in text(found)


def test_a_wide_table_shows_what_the_question_names():
    found = told(wide(6), "how many rows have extra_117 of x?")
    assert "extra_117 text" in text(found)
    assert "and 80 more columns" in text(found)
    assert "of extras not all columns are shown" in found.left_out


def test_the_offline_readings_are_told_without_values():
    found = told(wide(6), "how many customers in porto alegre")
    assert '"porto alegre" is "@value1" in customers.city' in text(found)
    assert "city = '@value1'" in text(found)
    assert '"values": ["@value1"]' in text(found)
    assert "Porto Alegre" not in text(found)
    assert found.values.back("@value1") == "Porto Alegre"


def test_with_consent_they_are_told_as_they_are():
    found = told(wide(6), "how many customers in porto alegre", values=True)
    assert '"porto alegre" is "Porto Alegre" in customers.city' in text(found)
    assert found.values.sent == ["Porto Alegre"]


def test_the_same_question_is_told_in_the_same_words():
    assert text(told(wide(60), "total freight by customer name")) == text(told(wide(60), "total freight by customer name"))


def test_a_semantic_model_gives_metrics_notes_and_checked_questions():
    secret = "SELECT SUM(freight) FROM orders JOIN customers USING (customer_id) WHERE city = 'Bahia Secret'"
    column = ColumnMeaning("freight", synonyms=("carriage",), values=(("17.5", ("the usual",)),))
    model = SemanticModel(
        "wide",
        metrics=(Metric("shipping", "orders", "SUM(orders.freight)", description="what we pay carriers", synonyms=("porterage",)),),
        queries=(VerifiedQuery("freight in Bahia", secret),),
        tables=(TableMeaning("orders", description="only those that were paid", columns=(column,)),),
    )
    schema, weights = Schema(wide(5), model), load()
    offline = understand(schema, "porterage by customer", TODAY, weights)
    assert offline.answered
    assert "SUM(orders.freight)" in offline.sql
    found = tell(schema, "porterage by customer", offline, weights, today=TODAY, budget=4000, values=False)
    assert 'shipping is "SUM(orders.freight)" of orders also called "porterage" note "what we pay carriers"' in text(found)
    assert '"freight in Bahia": "SELECT SUM(freight)' in text(found)
    assert "Bahia Secret" not in text(found)
    assert 'note "only those that were paid"' in text(found)
    assert 'freight number note "also called carriage"' in text(found)
    assert "the usual" not in text(found)
    # The definition stands in the offline reading as SQL; as a plan it is not shown, for a model may write no SQL into one.
    assert f'as "{offline.sql}"' in text(found)
    assert "Defined" not in text(found)


def test_examples_give_way_to_tables_where_there_is_little_room():
    long = " + ".join(f"SUM(freight * {i})" for i in range(60))
    queries = tuple(VerifiedQuery(f"freight number {i}", f"SELECT {long} FROM orders") for i in range(3))
    schema, weights = Schema(wide(5), SemanticModel("wide", queries=queries)), load()
    offline = understand(schema, "freight by customer", TODAY, weights)
    found = tell(schema, "freight by customer", offline, weights, today=TODAY, budget=1800, values=False)
    assert "examples are left out" in found.left_out
    assert "orders(order_id" in text(found)
    assert json.dumps(found.request.schema)
