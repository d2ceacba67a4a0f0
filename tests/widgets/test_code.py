from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.widgets.code import coloured
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
