import itertools
from datetime import date

import pytest

from aiser_jupyter.ask.interpret import interpret
from aiser_jupyter.ask.learned.model import load
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.catalog import Catalog, Column, ColumnStatistics, Key, Table
from aiser_jupyter.catalog.values import ValueHit, build

KINDS = ("north", "south", "old", "new", "small", "large", "spare", "foreign", "local", "daily", "monthly", "yearly", "draft", "final", "public", "private", "fast", "slow", "cold", "warm", "wet", "dry", "upper", "lower", "inner")  # fmt: skip
THINGS = ("ship", "crew", "port", "cargo", "invoice", "patient", "doctor", "ward", "course", "lecture", "teacher", "stadium", "match", "player", "album", "song", "road", "bridge", "sensor", "reading")  # fmt: skip


@pytest.fixture(scope="module")
def wide():
    names = [f"{kind}_{thing}" for kind in KINDS for thing in THINGS]
    seen = ColumnStatistics(5, 0, 5, 1, 50)

    def table(name):
        columns = [Column(f"{name}_id", "integer", "INTEGER", primary=True, unique=True, statistics=seen)]
        columns += [Column(c, "text", "TEXT", statistics=seen) for c in ("name", "city", "status", "remark")]
        columns += [Column(c, "number", "REAL", statistics=seen) for c in ("price", "weight", "rating", "capacity")]
        return Table(name, (*columns, Column("parent_id", "integer", "INTEGER", statistics=seen)), row_count=5)

    keys = tuple(Key(child, ("parent_id",), parent, (f"{parent}_id",)) for parent, child in itertools.pairwise(names))
    hits = [ValueHit(name, "city", "Oslo") for name in names]
    return Schema(Catalog("wide", "sqlite", tuple(map(table, names)), keys, build(hits)))


@pytest.mark.parametrize("name", ["north_ship", "daily_teacher", "inner_reading", "spare_bridge"])
def test_the_right_one_of_500_tables_is_counted(wide, name):
    assert len(wide.tables) == 500
    best = interpret(wide, f"How many {name.replace('_', ' ')}s are there?", load(), date(2026, 1, 1))[0]
    assert best.sql.startswith("SELECT COUNT(")  # of rows, or of their keys, which is as many
    assert best.sql.endswith(f" FROM {name}")


def test_a_column_that_all_500_tables_have_is_taken_from_the_table_named(wide):
    best = interpret(wide, "What is the average price of cold albums?", load(), date(2026, 1, 1))[0]
    assert best.sql == "SELECT AVG(price) AS average_price FROM cold_album"


def test_names_that_many_tables_share_link_none_of_them(wide):
    assert wide.graph.path(("north_ship", "north_patient")).cost == 5  # along the keys of the five tables between
    assert wide.graph.path(("north_ship", "inner_reading")) is None
