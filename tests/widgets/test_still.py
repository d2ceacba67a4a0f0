from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_node import Seen

from aiser_jupyter.widgets.card import card
from aiser_jupyter.widgets.node import TAGS, Node
from aiser_jupyter.widgets.still import still_html, still_text
from aiser_jupyter.widgets.view import CardView, Cell, Grid, Option, Picture, Run, Stage

STATES = ("answered", "refused", "ambiguous", "error", "running")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>{0}</title><text x="1" y="1">{0}</text></svg>'
# What breaks out of text, attributes, comments, style and script elements.
HOSTILE = st.sampled_from(
    (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='x()",
        "</style><b>",
        "</pre></div>",
        "<!--",
        "]]>",
        "&lt;b&gt;",
        "<svg onload=x()>",
        "javascript:x()",
        "<a href=//x>",
    )
)
TEXT = HOSTILE | st.text(alphabet="<>&\"'/= \nabx-!", min_size=1, max_size=20)


def view(state: str, t: str) -> CardView:
    """A view with ``t`` in every place that data can reach."""
    drawn = SVG.format(t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return CardView(
        state=state, question=t, headline=(Run(t), Run(t, "key"), Run(t, "number"), Run(t, "strong")), scope=t, picture=Picture(drawn, t, t),
        grid=Grid((t, t), (False, True), ((Cell(t, t), Cell(t, 1.0)),), t), assumptions=(t,), matched=((t, t),), confidence=0.94, certainty=t, why=t,
        code_note=t, detail=(t,), needs=(t,), suggestions=(t,), options=(Option(t, t), Option(t, t, chosen=True)), followups=(t,),
        stages=(Stage(t, "done", t), Stage(t, "now", t), Stage(t, "next")), share_done=0.61, footer=(t, t), code="x", fixed="",
    )  # fmt: skip


def shape(page: str) -> list[tuple[str, dict[str, str | None]]]:
    return Seen(page.replace("<style>", "").replace("</style>", "", 1)).tags


@pytest.mark.parametrize("state", STATES)
@settings(max_examples=60)
@given(text=TEXT)
def test_no_text_changes_the_structure_of_a_card(state, text):
    assert shape(still_html(view(state, text))) == shape(still_html(view(state, "x")))


@settings(max_examples=60)
@given(text=TEXT)
def test_no_sql_brings_an_element_of_its_own(text):
    for state in STATES:
        page = still_html(replace(view(state, "x"), code=text, fixed=text, place=(0, 3)))
        found = [tag for tag in shape(page) if tag[0] not in {"span", "b"}]
        plain = [
            tag for tag in shape(still_html(replace(view(state, "x"), code="x", fixed="x", place=(0, 1)))) if tag[0] not in {"span", "b"}
        ]
        assert found == plain


@pytest.mark.parametrize("state", STATES)
def test_a_still_card_has_nothing_that_runs_or_loads(state):
    page = still_html(view(state, "x"))
    tags = shape(page)
    assert {tag for tag, _ in tags} <= TAGS - {"button"} | {"style"}
    assert not {name for _, attributes in tags for name in attributes} & {"href", "src", "id", "name", "onclick", "srcdoc", "action"}
    assert "url(" not in page
    assert "@import" not in page


def test_the_sentence_comes_first_and_the_number_is_marked():
    page = still_html(CardView("answered", headline=(Run("There are "), Run("59", "key"), Run(" customers."))))
    assert '<p class="ans">There are <span class="n key">59</span> customers.</p>' in page


def test_the_card_opens_without_script():
    page = still_html(CardView("answered", headline=(Run("x"),), scope="Count of customers", code="SELECT 1", confidence=0.9))
    assert '<details class="how"><summary>' in page
    assert "High: 0.90" in page
    assert '<pre class="code"><span class="sx-k">SELECT</span> <span class="sx-nu">1</span></pre>' in page


def test_carets_stand_under_the_word():
    page = still_html(CardView("error", headline=(Run("x"),), code="SELECT a,\n  bad", place=(12, 15), first_line=1))
    pre = page[page.index("<pre") : page.index("</pre>")]
    assert Seen(pre).text.split("\n")[1:3] == ["2    bad", "     ^^^"]


def test_text_has_all_that_the_card_says():
    text = still_text(
        CardView(
            "answered", headline=(Run("There are "), Run("59", "key"), Run(" customers.")), scope="Count of customers", confidence=0.85, code="SELECT 59",
            grid=Grid(("Name", "Units"), (False, True), ((Cell("a"), Cell("1,000")), (Cell("bcdef"), Cell("2")))), followups=("By country?",), footer=("shop",),
        )
    )  # fmt: skip
    assert text == (
        "There are 59 customers.\n\nName   Units\na      1,000\nbcdef      2\n\nComputed: Count of customers\nConfidence: High, 0.85\nSource: shop\n\n"
        "SELECT 59\n\nAsk next:\n  By country?"
    )


def test_every_state_is_drawn():
    for state in STATES:
        assert isinstance(card(view(state, "x")), Node)
