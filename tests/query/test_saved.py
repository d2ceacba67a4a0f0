from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import StateError, UsageError
from aiser_jupyter.query.saved import SavedQueries, SavedQuery, read
from aiser_jupyter.state import State


@pytest.fixture
def queries(tmp_path):
    return SavedQueries(State(tmp_path / ".aiser"))


def test_a_query_is_a_file_to_read(queries, tmp_path):
    query = SavedQuery("monthly-revenue", "SELECT sum(amount)\nFROM orders\nWHERE day >= :since", "shop", "Revenue\nof a month", ("since",))
    path = queries.save(query)
    assert path == tmp_path / ".aiser" / "queries" / "monthly-revenue.sql"
    assert path.read_text("utf-8") == (
        "-- on: shop\n-- description: Revenue of a month\n-- params: since\nSELECT sum(amount)\nFROM orders\nWHERE day >= :since\n"
    )
    assert queries.get("monthly-revenue") == SavedQuery(query.name, query.sql, "shop", "Revenue of a month", ("since",))
    assert [path.name for path in path.parent.iterdir()] == ["monthly-revenue.sql"]


def test_a_file_written_by_hand_is_a_query(queries, tmp_path):
    queries.save(SavedQuery("a", "SELECT 1"))
    folder = tmp_path / ".aiser" / "queries"
    (folder / "hand.sql").write_bytes("\ufeff-- ON : shop\r\n-- why: because\r\nSELECT 'ä' -- on: bank\r\n".encode())
    (folder / "not a name.sql").write_text("x")
    (folder / "notes.txt").write_text("x")
    assert queries.names() == ["a", "hand"]
    assert queries.get("hand") == SavedQuery("hand", "-- why: because\nSELECT 'ä' -- on: bank", "shop")
    assert queries.get("a") == SavedQuery("a", "SELECT 1")
    (folder / "bad.sql").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StateError, match="cannot be read"):
        queries.get("bad")


def test_replaces_renames_and_deletes(queries):
    queries.save(SavedQuery("Top", "SELECT 1"))
    with pytest.raises(UsageError, match="'Top' already"):
        queries.save(SavedQuery("top", "SELECT 2"))
    queries.save(SavedQuery("top", "SELECT 2"), replace=True)
    assert [(query.name, query.sql) for query in queries.all()] == [("top", "SELECT 2")]
    queries.rename("top", "TOP")
    queries.rename("TOP", "bottom")
    assert queries.names() == ["bottom"]
    queries.save(SavedQuery("other", "SELECT 3"))
    with pytest.raises(UsageError, match="already"):
        queries.rename("other", "bottom")
    queries.delete("bottom")
    with pytest.raises(UsageError) as caught:
        queries.get("othr")
    assert "Did you mean 'other'" in caught.value.hint
    with pytest.raises(UsageError, match="no SQL"):
        queries.save(SavedQuery("empty", "  \n"))


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".hidden", "a.sql", "con", "LPT1", "a b", "a\n", "x" * 101, "é"])
def test_a_name_cannot_leave_the_folder(queries, name, tmp_path):
    for call in (lambda: queries.save(SavedQuery(name, "SELECT 1")), lambda: queries.get(name), lambda: queries.delete(name)):
        with pytest.raises(UsageError, match="cannot be the name"):
            call()
    assert list(tmp_path.iterdir()) == []


LINE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=30)


@given(st.lists(LINE, min_size=1, max_size=4).map("\n".join).filter(str.strip), st.sampled_from([None, "shop"]), LINE)
def test_what_is_written_is_read(sql, on, description):
    query = SavedQuery("q", sql.strip(), on, " ".join(description.split()))
    again = read("q", query.text())
    assert again.text() == query.text()
    if not sql.lstrip().lower().startswith("--"):
        assert again == query


def test_without_a_folder_nothing_is_kept():
    with pytest.raises(StateError, match="keeps nothing"):
        SavedQueries(State()).save(SavedQuery("a", "SELECT 1"))
    assert SavedQueries(State()).names() == []
