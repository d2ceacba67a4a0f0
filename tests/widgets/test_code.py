from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.widgets.code import coloured, laid_out
from aiser_jupyter.widgets.node import Node


def kinds(sql: str) -> list[tuple[str, str]]:
    return [(part.attributes[0][1], str(part.children[0])) for part in coloured(sql) if isinstance(part, Node)]


def test_words_are_coloured_by_what_they_are():
    sql = "select \"from\", sum(x) from t -- why\nwhere d >= date '2026-07-01' limit 8"
    assert kinds(sql) == [
        ("sx-k", "select"),
        ("sx-f", "sum"),
        ("sx-k", "from"),
        ("sx-co", "-- why"),
        ("sx-k", "where"),
        ("sx-k", "date"),
        ("sx-st", "'2026-07-01'"),
        ("sx-k", "limit"),
        ("sx-nu", "8"),
    ]


@given(st.text(alphabet="selct FROM'\"`-/*\n1.e()[]", max_size=60))
def test_no_character_is_lost(sql):
    assert "".join(p if isinstance(p, str) else str(p.children[0]) for p in coloured(sql)) == sql


def test_a_long_statement_gets_one_clause_a_line():
    sql = (
        "SELECT LEFT(a, 2), EXTRACT(year FROM d), 'x from y' FROM (SELECT 1 FROM u WHERE 1 = 1) AS t LEFT OUTER JOIN v ON t.id = v.id INNER JOIN w USING (id) "
        "WHERE b = ' where ' GROUP BY a ORDER BY 2 DESC NULLS LAST LIMIT 5"
    )
    assert laid_out(sql).split("\n") == [
        "SELECT LEFT(a, 2), EXTRACT(year FROM d), 'x from y'",
        "FROM (SELECT 1 FROM u WHERE 1 = 1) AS t",
        "LEFT OUTER JOIN v ON t.id = v.id",
        "INNER JOIN w USING (id)",
        "WHERE b = ' where '",
        "GROUP BY a",
        "ORDER BY 2 DESC NULLS LAST",
        "LIMIT 5",
    ]


def test_a_short_statement_stays_on_its_line():
    assert laid_out("SELECT count(*) FROM t WHERE a = 1") == "SELECT count(*) FROM t WHERE a = 1"


@given(st.text(alphabet="selct FROMjoinLEFT'\"`-/*1.e()[]", min_size=73, max_size=140))
def test_laying_out_changes_only_spaces(sql):
    assert "".join(laid_out(sql).split()) == "".join(sql.split())
