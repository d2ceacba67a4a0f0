from __future__ import annotations

from aiser_jupyter.format.listing import Listing

TABLES = Listing("Tables", ("Table", "Rows"), [("orders", 1234567), ("<b>x</b>", None)])


def test_text_lines_up_and_counts_are_readable():
    assert repr(TABLES).splitlines() == ["Tables", "Table          Rows", "orders    1,234,567", "<b>x</b>          –"]


def test_html_is_escaped_and_numbers_stand_right():
    html = TABLES._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert '<td class="r">1,234,567</td>' in html


def test_its_length_is_its_rows():
    assert len(TABLES) == 2
