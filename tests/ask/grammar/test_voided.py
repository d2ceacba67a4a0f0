"""Documents that were called off, told by a letter before their number: left out, counted, their share; and data that tells them otherwise."""

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar.voided import told
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 1, 10)
# 400 bills of two lines; each tenth is called off, under a number of its own with a letter before it.
LINES = """CREATE TABLE {name} (BillNo VARCHAR, SoldAt TIMESTAMP, Item VARCHAR, Quantity INTEGER, UnitPrice DOUBLE, BuyerID INTEGER, Country VARCHAR);
INSERT INTO {name} SELECT CASE WHEN b % 10 = 0 THEN '{letters}' ELSE '' END || (40000 + b), TIMESTAMP '2024-01-01' + to_hours(CAST(b * 20 AS INTEGER)), 'Thing ' || (b % 7),
  CASE WHEN b % 10 = 0 THEN -2 ELSE 1 + b % 5 END, 2.5 + l, CASE WHEN b % 17 = 0 THEN NULL ELSE 100 + b % 40 END, CASE b % 3 WHEN 0 THEN 'Norway' ELSE 'Spain' END
  FROM range(1, 401) t(b), range(2) u(l);
"""
SCRIPTS = {
    "till": LINES.format(name="till", letters="C"),
    "notes": LINES.format(name="notes", letters="CN"),
    "back": LINES.format(name="back", letters="R"),
    "plain": LINES.format(name="plain", letters=""),
    "state": LINES.format(name="state", letters="C") + "ALTER TABLE state ADD COLUMN Status VARCHAR; UPDATE state SET Status = CASE WHEN Quantity < 0 THEN 'Cancelled' ELSE 'Done' END;",
}  # fmt: skip
ASKED = [
    ("till", "How many bills did we write, not counting cancelled ones?", "SELECT count(DISTINCT BillNo) FROM till WHERE BillNo NOT LIKE 'C%'"),
    ("till", "number of bills by country, cancellations excluded", "SELECT Country, count(DISTINCT BillNo) FROM till WHERE BillNo NOT LIKE 'C%' GROUP BY 1"),
    ("till", "revenue in March 2024 without cancellations", "SELECT sum(Quantity * UnitPrice) FROM till WHERE BillNo NOT LIKE 'C%' AND month(SoldAt) = 3"),
    ("till", "revenue by month net of cancellations", "SELECT date_trunc('month', SoldAt)::DATE, sum(Quantity * UnitPrice) FROM till GROUP BY 1"),
    ("till", "bills per weekday that weren't cancelled", "SELECT dayname(SoldAt), count(DISTINCT BillNo) FROM till WHERE BillNo NOT LIKE 'C%' GROUP BY 1"),
    ("till", "how many bills were cancelled in 2024?", "SELECT count(DISTINCT BillNo) FROM till WHERE BillNo LIKE 'C%' AND year(SoldAt) = 2024"),
    ("till", "what share of all bills were cancelled?", "SELECT 100.0 * count(DISTINCT BillNo) FILTER (BillNo LIKE 'C%') / count(DISTINCT BillNo) FROM till"),
    ("till", "cancellation rate by country", "SELECT Country, 100.0 * count(DISTINCT BillNo) FILTER (BillNo LIKE 'C%') / count(DISTINCT BillNo) FROM till GROUP BY 1"),
    ("till", "Units by item. Ignore cancellations.", "SELECT Item, sum(Quantity) FROM till WHERE BillNo NOT LIKE 'C%' GROUP BY 1"),
    ("till", "average value of an uncancelled bill", "SELECT sum(Quantity * UnitPrice) / count(DISTINCT BillNo) FROM till WHERE BillNo NOT LIKE 'C%'"),
    ("notes", "number of bills, credit notes left out", "SELECT count(DISTINCT BillNo) FROM notes WHERE BillNo NOT LIKE 'CN%'"),
    ("till", "units by country, leave the returns/cancellations out", "SELECT Country, sum(Quantity) FROM till WHERE BillNo NOT LIKE 'C%' GROUP BY 1"),
    ("till", "revenue by country with returns counted as negative", "SELECT Country, sum(Quantity * UnitPrice) FROM till GROUP BY 1"),
    ("back", "units by country excluding returns", "SELECT Country, sum(Quantity) FROM back WHERE BillNo NOT LIKE 'R%' GROUP BY 1"),
]  # fmt: skip
# A letter that means something else, numbers without one, and data that says in words what was called off.
SILENT = [
    ("notes", "how many bills were cancelled?"),
    ("till", "how many bills were voided?"),
    ("till", "how many buyers returned in the next month?"),
    ("plain", "number of bills, cancellations excluded"),
    ("state", "number of bills, cancelled ones excluded"),
    ("till", "how many buyers have cancelled twice"),
    ("till", "cancelled or returned bills"),
    ("till", "average bill per item net of cancellations"),
]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory):
    folder, names = tmp_path_factory.mktemp("voided"), {}
    workspace = aiser.Workspace(str(folder))
    for name, script in SCRIPTS.items():
        with duckdb.connect(str(folder / f"{name}.duckdb")) as connection:
            connection.execute(script)
        names[name] = workspace.connect(str(folder / f"{name}.duckdb"), name=name).name
    return workspace


def plain(row):
    return tuple(round(float(v), 6) if isinstance(v, (int, float)) else str(v) for v in row)


@pytest.mark.parametrize(("data", "question", "sql"), ASKED)
def test_documents_called_off(ledgers, data, question, sql):
    reading = read(ledgers.context, question, on=data, today=TODAY)
    assert reading.answered, reading.reason
    given, wanted = ([plain(row.values()) for row in ledgers.sql(text, on=data).rows()] for text in (reading.sql, sql))
    assert sorted(given) == sorted(wanted)
    assert any("starts with" in one for one in reading.assumptions)


@pytest.mark.parametrize(("data", "question"), SILENT)
def test_another_letter_or_a_state_in_words_is_left_alone(ledgers, data, question):
    assert told(schema_of(profile(ledgers.context, data)), question) is None


def test_all_documents_are_no_answer_where_none_are_known_to_be_called_off(ledgers):
    assert not read(ledgers.context, "how many bills were cancelled?", on="plain", today=TODAY).answered


def test_what_was_left_out_stays_so_in_a_follow_up(ledgers):
    first = read(ledgers.context, "number of bills by country, cancellations excluded", on="till", today=TODAY)
    then = read(ledgers.context, "only Norway", on="till", today=TODAY, follows=first)
    wanted = ledgers.sql("SELECT count(DISTINCT BillNo) FROM till WHERE BillNo NOT LIKE 'C%' AND Country = 'Norway'", on="till").rows()
    assert then.answered
    assert next(iter(ledgers.sql(then.sql, on="till").rows()[0].values())) == "Norway" or len(ledgers.sql(then.sql, on="till").rows()) == 1
    assert next(iter(wanted[0].values())) in ledgers.sql(then.sql, on="till").rows()[0].values()
