from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import CannotAnswerError, UsageError
from aiser_jupyter.report.brief import stems, subject

CHINOOK = Path(__file__).parents[2] / "examples" / "data" / "chinook.sqlite"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    ws = Workspace(tmp_path_factory.mktemp("brief"))
    ws.connect(CHINOOK, name="shop")
    return ws


@pytest.fixture(scope="module")
def document(shop):
    return shop.report("Analyse the invoices and what they bring")


def test_the_brief_names_its_table(shop):
    assert subject(shop.catalog(), "how are our invoices doing").name == "Invoice"
    assert subject(shop.catalog(), "tracks and their length").name == "Track"


def test_identifiers_and_words_meet_in_their_stems():
    assert stems("InvoiceLine") == {"invoice", "line"}
    assert stems("the invoices") == {"the", "invoice"}


def test_the_document_has_its_sections_and_intent(document):
    kinds = [section.kind for section in document.sections]
    assert kinds[0] == "executive_summary"
    assert kinds[-1] == "appendix"
    assert "key_findings" in kinds
    assert document.intent == "financial_analysis"


def test_each_number_has_a_query_that_yields_it(document):
    assert document.facts
    with sqlite3.connect(CHINOOK) as con:
        for fact in document.facts:
            values = [value for row in con.execute(fact.sql) for value in row]
            assert any(value == pytest.approx(fact.value) if isinstance(fact.value, float) else value == fact.value for value in values), (
                fact
            )


def test_it_saves_as_one_file(document, tmp_path):
    page = document.save(tmp_path / "brief.html").read_text(encoding="utf-8")
    assert "data-fact=" in page
    assert 'id="aiser-facts"' in page


def test_a_brief_without_words_or_data_is_said(shop, tmp_path):
    with pytest.raises(UsageError, match="empty"):
        shop.report("  ")
    with pytest.raises(UsageError, match="no audience"):
        shop.report("sales", audience="board")
    empty = tmp_path / "empty.sqlite"
    sqlite3.connect(empty).execute("CREATE TABLE t (a INTEGER)")
    ws = Workspace(tmp_path)
    ws.connect(empty)
    with pytest.raises(CannotAnswerError, match="no table here has rows"):
        ws.report("sales")
