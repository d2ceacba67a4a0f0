from __future__ import annotations

import pytest

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.errors import CancelledError, QueryError, UnknownNameError
from aiser_jupyter.query.failures import caret, explain


class Books:
    """A source that knows one table."""

    name = "shop"
    dialect = "postgres"

    def tables(self):
        return (Table("orders", (Column("customer_id", "integer", "INT"), Column("quantity", "integer", "INT"))),)


def told(message, sql):
    return explain(RuntimeError(message), sql, Books(), ["orders"], [])


@pytest.mark.parametrize(
    "message",
    [
        'Binder Error: Referenced column "quantty" not found in FROM clause!\nCandidate bindings: "quantity"',
        "no such column: quantty",
        'column "quantty" does not exist\nLINE 1: SELECT "quantty"',
        'column o.quantty does not exist\nHINT:  Perhaps you meant to reference the column "o.quantity".',
        "(1054, \"Unknown column 'quantty' in 'field list'\")",
        "(1054, \"Unknown column 'o.quantty' in 'SELECT'\")",
        "(207, b\"Invalid column name 'quantty'.DB-Lib error message 20018\")",
        'ORA-00904: "O"."QUANTTY": invalid identifier',
        "SQL compilation error: error line 1 at position 7 invalid identifier 'QUANTTY'",
        "400 Unrecognized name: quantty at [1:8]",
        "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `quantty` cannot be resolved.",
    ],
)
def test_an_unknown_column_is_marked_in_what_was_typed(message):
    error = told(message, "select 'quantty',\n  o.quantty\nfrom orders o")
    assert isinstance(error, UnknownNameError)
    assert error.candidates[0] == "quantity"
    assert error.where == "line 2:   o.quantty\n            ^^^^^^^"


@pytest.mark.parametrize(
    "message",
    [
        "Catalog Error: Table with name ordrs does not exist!",
        "no such table: ordrs",
        'relation "ordrs" does not exist',
        "(1146, \"Table 'shop.ordrs' doesn't exist\")",
        "(208, b\"Invalid object name 'dbo.ordrs'.\")",
        'ORA-00942: table or view "SHOP"."ORDRS" does not exist',
        "SQL compilation error:\nObject 'SHOP.PUBLIC.ORDRS' does not exist or not authorized.",
        "[TABLE_OR_VIEW_NOT_FOUND] The table or view `ordrs` cannot be found.",
    ],
)
def test_an_unknown_table_is_marked_in_what_was_typed(message):
    error = told(message, "select 1\nfrom ordrs -- ordrs")
    assert isinstance(error, UnknownNameError)
    assert error.candidates == ("orders",)
    assert error.where == "line 2: from ordrs -- ordrs\n             ^^^^^"


@pytest.mark.parametrize(
    ("message", "sql", "where"),
    [
        (
            'invalid input syntax for type integer: "many"\nLINE 1: SELECT "quantity" + \'many\' FROM "orders"\n                            ^',
            "select quantity +\n 'many' from orders",
            "line 2:  'many' from orders\n         ^^^^^^",
        ),
        (
            'operator does not exist: integer ~~ unknown\nLINE 1: SELECT * FROM "orders" WHERE "quantity" LIKE \'a\'\n                                     ^',
            "select * from orders\nwhere quantity like 'a'",
            "line 2: where quantity like 'a'\n              ^^^^^^^^",
        ),
        (
            "(1064, \"You have an error in your SQL syntax; check the manual for the right syntax to use near 'LATERAL (SELECT 1)' at line 1\")",
            "select * from orders,\nlateral (select 1)",
            "line 2: lateral (select 1)\n        ^^^^^^^",
        ),
        ("(102, b\"Incorrect syntax near 'QUALIFY'.\")", "select 1 qualify 2", "line 1: select 1 qualify 2\n                 ^^^^^^^"),
        ("division by zero", "select 1 / 0", ""),
        ('type mismatch\nLINE 1: SELECT "a", "a"\n                    ^', "select a, a", ""),  # which of the two is not sure
    ],
)
def test_a_position_of_the_engine_becomes_one_in_what_was_typed(message, sql, where):
    error = told(message, sql)
    assert type(error) is QueryError
    assert error.where == where


def test_an_interrupt_is_no_failure():
    assert isinstance(told("Interrupted by user", "select 1"), CancelledError)


def test_a_long_line_is_cut_so_that_the_mark_stays_in_sight():
    line, mark = caret(f"select {'a, ' * 60} nme from t", "nme").split("\n")
    assert line[mark.index("^") :].startswith("nme")
    assert len(line) < 140


def test_a_table_of_two_schemas_is_offered_with_each():
    class Two(Books):
        def tables(self):
            return (Table("thing", (), "a"), Table("thing", (), "b"), Table("things", (), ""))

    error = explain(RuntimeError('relation "thing" does not exist'), "select * from thing", Two(), ["thing"], [])
    assert isinstance(error, UnknownNameError)
    assert error.hint == "Did you mean a.thing or b.thing?"


def test_a_name_is_not_offered_instead_of_itself():
    error = told("no such column: quantity", "select e.quantity from orders o, e")
    assert isinstance(error, UnknownNameError)
    assert error.hint == "Columns: customer_id, quantity."
