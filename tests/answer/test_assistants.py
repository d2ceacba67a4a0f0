"""The four assistants: what each says, with numbers that its SQL yields, and what it refuses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.answer import assistants, kpis, star, tiles, topic
from aiser_jupyter.answer.answer import Answer, Part
from aiser_jupyter.answer.assistants import Request
from aiser_jupyter.errors import UnknownNameError
from aiser_jupyter.facts import check

STORE = """
CREATE TABLE regions (id INTEGER PRIMARY KEY, name VARCHAR);
INSERT INTO regions VALUES (1, 'North'), (2, 'South'), (3, 'East');
CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR, category VARCHAR);
INSERT INTO products SELECT i, 'product ' || i, ['tools', 'toys', 'books', 'food'][1 + i % 4] FROM range(40) t(i);
CREATE TABLE sales (id INTEGER PRIMARY KEY, region_id INTEGER REFERENCES regions (id), product_id INTEGER REFERENCES products (id), day DATE, amount DOUBLE, channel VARCHAR, segment VARCHAR);
INSERT INTO sales SELECT i, 1 + i % 3, i % 40, DATE '2024-01-01' + INTERVAL (i % 720) DAY, 50 + hash(i) % 60 + CASE WHEN hash(i * 13) % 3 = 0 THEN 25 ELSE 0 END,
    ['web', 'shop'][CAST(1 + hash(i * 7) % 2 AS INTEGER)], ['large', 'small', 'tiny'][CAST(1 + hash(i * 13) % 3 AS INTEGER)] FROM range(4000) t(i);
CREATE TABLE noise (id INTEGER PRIMARY KEY, amount DOUBLE, kind VARCHAR);
INSERT INTO noise SELECT i, 50 + hash(i * 31) % 1000 / 10.0, ['a', 'b', 'c'][CAST(1 + hash(i * 17) % 3 AS INTEGER)] FROM range(600) t(i);
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    with duckdb.connect(str(folder / "store.duckdb")) as con:
        con.execute(STORE)
    ws = Workspace(folder)
    ws.connect(folder / "store.duckdb", "store")
    yield ws
    ws.close()


def ask(ws, question, assistant, **more):
    return ws.ask(question, assistant=assistant, **more)


def holds(ws, found):
    """Every fact's SQL yields its value, and every number of the sentence is a fact."""
    for fact in found.facts:
        table = ws.sql(fact.sql, on=found.source).arrow()
        assert any(
            cell == pytest.approx(fact.value) if isinstance(fact.value, float) else cell == fact.value
            for cell in table.column(0).to_pylist() + ([row for column in table.columns for row in column.to_pylist()])
        ), fact


def test_an_ordinary_question_goes_the_ordinary_way(store):
    for name in assistants.NAMES:
        found = ask(store, "How many products are there?", name)
        assert found.answered, name
        assert found.result.rows() == [{found.result.columns[0]: 40}], name
    assert ask(store, "How many products are there?", "analyst").exhibits == ()


@pytest.mark.parametrize("name", assistants.NAMES)
def test_a_request_to_change_something_is_refused_by_each(store, name):
    found = ask(store, "Delete all sales from 2024", name)
    assert (found.answered, found.state) == (False, "refused")
    assert store.sql("select count(*) as n from sales").rows() == [{"n": 4000}]


def test_the_analyst_says_what_stands_out_tested(store):
    found = ask(store, "What stands out in sales?", "analyst")
    assert found.answered
    assert found.exhibits
    assert found.sentence == found.exhibits[0].text
    assert any("segment" in e.sql for e in found.exhibits)
    for exhibit in found.exhibits:
        assert store.sql(exhibit.sql, on="store").row_count > 0
    assert check(found.sentence, found.facts, ["2024", "2025"]) == () or found.facts
    holds(store, found)


def test_on_noise_the_analyst_claims_nothing(store):
    found = ask(store, "Is there anything unusual in noise?", "analyst")
    assert (found.answered, found.exhibits) == (True, ())
    assert "stands out" in found.sentence


def test_the_analyst_looks_at_the_answer_before(store):
    before = store.ask("total amount of sales per month")
    assert before.result.row_count == 24
    found = ask(store, "Is this unusual?", "analyst", follows=before)
    assert found.answered
    assert found.sql == before.sql
    few = store.ask("total amount of sales per channel")
    said = ask(store, "is that normal?", "analyst", follows=replace(few))
    assert said.answered


def test_findings_over_an_answer_run_on_the_source(store):
    before = store.ask("How many sales are there?")
    if before.answered:
        before = Answer(
            "rows",
            answered=True,
            intent=before.intent,
            sql="SELECT segment, amount FROM sales",
            dialect="duckdb",
            source="store",
            result=store.sql("SELECT segment, amount FROM sales"),
        )
    found = ask(store, "What stands out here?", "analyst", follows=before)
    assert found.exhibits
    for exhibit in found.exhibits:
        assert exhibit.sql.upper().startswith("WITH ")
        assert store.sql(exhibit.sql, on="store").row_count > 0


@pytest.fixture(scope="module")
def other(tmp_path_factory, store):
    """The sales in SQLite."""
    folder = tmp_path_factory.mktemp("other")
    rows = store.sql("SELECT id, CAST(day AS VARCHAR) AS day, amount, segment FROM sales").df()
    with closing(sqlite3.connect(folder / "store.db")) as con:
        con.execute("CREATE TABLE sales (id INTEGER PRIMARY KEY, day TEXT, amount REAL, segment TEXT)")
        con.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", rows.values.tolist())
        con.commit()
    ws = Workspace(folder)
    ws.connect(f"sqlite:///{folder / 'store.db'}", "other")
    yield ws
    ws.close()


def test_findings_over_an_answer_of_another_engine_run_on_that_engine(other):
    sql = "SELECT segment, amount FROM sales ORDER BY id"
    result = other.sql(sql, on="other")
    before = replace(other.ask("How many sales are there?", on="other"), sql=sql, result=result)
    assert before.dialect == "sqlite"
    found = ask(other, "What stands out here?", "analyst", follows=before)
    assert found.exhibits
    for exhibit in found.exhibits:
        assert exhibit.dialect == "sqlite"
        assert "FROM sales" in exhibit.sql.replace('"', "")
        assert other.sql(exhibit.sql, on="other").row_count > 0
    holds(other, found)


def test_the_designer_draws_a_dashboard_of_real_queries(store):
    found = ask(store, "Design a dashboard for sales", "designer")
    kinds = [e.chart.kind for e in found.exhibits]
    assert kinds[0] == "kpi"
    assert "line" in kinds
    assert {"bar", "horizontal_bar"} & set(kinds)
    total = store.sql("select sum(amount) as s from sales").rows()[0]["s"]
    assert found.exhibits[0].result.rows()[0]["total amount"] == pytest.approx(total)
    for exhibit in found.exhibits:
        rows = store.sql(exhibit.sql, on="store")
        assert rows.row_count == exhibit.result.row_count
        assert set(exhibit.chart.y) <= set(exhibit.result.columns)
    by_region = next(e for e in found.exhibits if e.title == "Total amount by segment")
    assert sum(row[by_region.result.columns[-1]] for row in by_region.result.rows()) == pytest.approx(total)
    assert check(found.sentence, found.facts) == ()


def test_the_tiles_fill_their_rows(store):
    found = tiles.tiles(store.context, topic.topic(store.catalog(), "sales"))
    rows = {}
    for tile in found:
        rows.setdefault(tile.row, []).append(tile.columns)
    assert all(sum(widths) == 12 for widths in rows.values())
    assert list(rows) == sorted(rows)


def test_the_designer_shows_the_answer_before_and_others_beside_it(store):
    before = store.ask("total amount of sales per month")
    found = ask(store, "How should I show this?", "designer", follows=before)
    assert found.chart.kind == "line"
    assert found.result is before.result
    assert len({e.chart.kind for e in found.exhibits}) == len(found.exhibits) > 1


def test_the_designer_asks_the_analyst_for_the_rows(store):
    found = ask(store, "How should I show total amount of sales per channel?", "designer")
    assert found.answered
    assert found.result.row_count == 2
    assert any("Asked the analyst" in str(step) for step in found.steps)


@pytest.mark.parametrize("name", ["designer", "advisor"])
def test_what_is_not_in_the_data_gets_no_picture_and_no_advice(store, name):
    question = "Dashboard for weather" if name == "designer" else "What should we do about weather?"
    found = ask(store, question, name)
    assert (found.answered, found.exhibits, found.missing) == (False, (), ("weather",))


def test_the_advisor_recommends_what_a_tested_finding_supports(store):
    found = ask(store, "What should we do about sales?", "advisor")
    figures = [e for e in found.exhibits if e.kind == "kpi"]
    advice = [e for e in found.exhibits if e.kind == "recommendation"]
    assert figures
    assert advice
    for exhibit in advice:
        assert exhibit.sql
        assert store.sql(exhibit.sql, on="store").row_count > 0
        assert exhibit.text
    assert found.sentence.startswith(advice[0].title)
    assert any("Asked the analyst" in str(step) for step in found.steps)
    total = store.sql("select sum(amount) as s from sales").rows()[0]["s"]
    assert figures[0].facts[0].value == pytest.approx(total)
    holds(store, found)


def test_on_noise_there_is_nothing_to_recommend(store):
    found = ask(store, "What do you recommend on noise?", "advisor")
    assert found.answered
    assert found.sentence.startswith("Nothing to recommend")
    assert not [e for e in found.exhibits if e.kind == "recommendation"]


def test_the_last_full_period_is_compared(store):
    about = topic.topic(store.catalog(), "sales")
    found = kpis.kpi(store.context, about.star, about.metrics[0])
    months = store.sql("select date_trunc('month', day) as m, sum(amount) as s from sales group by 1 order by 1").rows()
    # The days end on 20 December 2025, so December is not full.
    assert found.change == pytest.approx(months[-2]["s"] / months[-3]["s"] - 1)
    assert "Nov 2025" in found.line.text
    assert check(found.line.text, found.facts, found.line.names) == ()


def test_a_star_never_repeats_a_row(store):
    catalog = store.catalog()
    of = star.star(catalog, catalog.table("sales"))
    assert {table.name for table, _ in of.reach} == {"sales", "regions", "products"}
    assert {table.name for table, _ in star.star(catalog, catalog.table("regions")).reach} == {"regions"}


def test_sql_reviews_with_places(store):
    found = ask(
        store,
        "review this:\nselect r.name, sum(p.id)\nfrom regions r join sales s on s.region_id = r.id join products p on p.id = s.product_id\ngroup by 1",
        "sql",
    )
    assert found.answered
    assert found.exhibits[0].place.startswith("line 1, column ") or found.exhibits[0].place.startswith("line ")
    assert "more than once" in found.sentence
    assert found.result is None


def test_sql_reviews_the_answer_before_and_its_own(store):
    before = store.ask("total amount of sales per channel")
    found = ask(store, "review this", "sql", follows=before)
    assert (found.answered, found.sql) == (True, before.sql)
    own = ask(store, "total amount of sales per channel", "sql")
    assert own.result.row_count == 2
    assert any("Reviewed the query" in str(step) for step in own.steps)


def test_sql_explains_and_lays_out(store):
    found = ask(store, "explain select channel, sum(amount) from sales where day >= date '2024-06-01' group by 1", "sql")
    assert "per channel" in found.restated
    assert found.exhibits[0].kind == "plan"
    laid = ask(store, "format select a.id,a.amount from sales a where a.amount>5 and a.channel='web'", "sql")
    assert laid.sql.splitlines()[0].startswith("SELECT")
    assert (
        store.sql(laid.sql, on="store").row_count
        == store.sql("select a.id,a.amount from sales a where a.amount>5 and a.channel='web'", on="store").row_count
    )


def test_faster_is_honest_where_there_is_nothing(store):
    found = ask(store, "make this faster: select count(*) from regions", "sql")
    assert found.answered
    assert "found no form" in found.sentence
    assert found.sql == "select count(*) from regions"
    unsure = ask(store, "make this faster: select id from sales limit 5", "sql")
    assert "LIMIT without ORDER BY" in unsure.sentence


def test_an_unknown_table_is_said_with_the_nearest(store):
    with pytest.raises(UnknownNameError) as caught:
        ask(store, "review select * from salse", "sql")
    assert "sales" in caught.value.hint


def test_words_without_a_statement_are_refused(store):
    found = ask(store, "make this faster", "sql")
    assert (found.answered, found.state) == (False, "refused")
    assert "no SQL" in found.reason


def test_assistants_do_not_ask_one_another_in_circles(store):
    request = Request("dashboard for sales", "store", asked_by=("advisor", "analyst", "designer"))
    found = assistants.ask_assistant(store.context, request, "designer", "How many regions are there?")
    assert (found.answered, found.exhibits) == (True, ())


class Plainly:
    def __init__(self, text):
        self.text = text

    def sentence(self, context, answer):
        return self.text


def test_another_wording_holds_only_with_our_numbers(store):
    found = store.ask("How many regions are there?")
    right = assistants.worded(store.context, found, Plainly("We have 3 regions."))
    assert (right.sentence, right.sentence_parts) == ("We have 3 regions.", (Part("We have 3 regions."),))
    wrong = assistants.worded(store.context, found, Plainly("We have 4 regions."))
    assert wrong.sentence == found.sentence
    assert "without a query" in str(wrong.steps[-1])
    assert assistants.worded(store.context, found, None) is found


def test_the_parts_are_plain_json_and_text(store):
    import json

    found = ask(store, "dashboard for sales", "designer")
    told = found.as_json()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["exhibits"][0]["kind"] == "kpi"
    assert found.exhibits[1].title in repr(found)
