from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import UsageError
from aiser_jupyter.widgets.figure import figure
from aiser_jupyter.widgets.node import html, node, plain


class Seen(HTMLParser):
    """What a browser's parser finds: tags with attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_an_element_outside_the_lists_is_refused():
    with pytest.raises(UsageError, match="no element 'script'"):
        node("script")
    with pytest.raises(UsageError, match="no attribute 'onclick'"):
        node("p", onclick="x()")
    with pytest.raises(UsageError, match="no attribute 'href'"):
        node("p", href="https://example.org")


@pytest.mark.parametrize(
    "style", ["background:url(https://example.org)", "width:expression(alert(1))", "fill:var(--x,url(x))", "a:b}c{d:e"]
)
def test_a_style_that_loads_or_leaves_its_rule_is_refused(style):
    with pytest.raises(UsageError, match="no attribute 'style'"):
        node("rect", style=style)


@given(st.text(), st.text())
def test_text_and_attributes_come_back_as_they_were(said, label):
    label = label.replace("\r", "").replace("\0", "")
    said = said.replace("\r", "").replace("\0", "")
    seen = Seen(html(node("p", "x", said, aria_label=label)))
    assert seen.tags == [("p", {"class": "x", "aria-label": label})]
    assert seen.text == said


def test_a_still_page_has_no_button():
    tree = node("div", "", node("button", "chip", "Next?", action="ask", type="button"), node("button", "", "Stop", action="stop"))
    assert html(tree) == '<div><span class="chip aiser-ask">Next?</span></div>'


def test_the_wire_form_is_json_with_action_and_sort_key():
    tree = node("td", "r", "1,200", value=1200.0)
    assert json.loads(json.dumps(plain(tree))) == ["td", {"class": "r"}, ["1,200"], "", 1200.0]


def test_a_drawing_keeps_marks_and_words_and_loses_everything_else():
    drawn = figure(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="x()"><script>x()</script><foreignObject><p>x</p></foreignObject>'
        '<text x="1" style="fill:var(--ink,#14213D);font-size:13px">a &lt; b</text><rect fill="red" href="x" style="fill:url(#a)"/></svg>'
    )
    assert html(drawn) == (
        '<svg viewBox="0 0 9 9"><text x="1" style="fill:var(--ink,#14213D);font-size:13px">a &lt; b</text><rect fill="red"/></svg>'
    )
