"""Each state of a card as a page shows it: nothing runs over, every word is readable, in light and dark, from a phone to a desk."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from aiser_jupyter.widgets.still import still_html
from aiser_jupyter.widgets.view import CardView, Note, Option, Run, Stage
from aiser_jupyter.widgets.views import of_answer
from aiser_jupyter.workspaces import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHINOOK = Path(__file__).parents[2] / "examples" / "data" / "chinook.sqlite"
# Text below this contrast is hard to read (WCAG 2.2, 1.4.3).
LEAST = 4.5
# The contrast of each text with the nearest filled ground behind it; the lowest first.
CONTRAST = """() => {
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.9) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.querySelectorAll('.aiser *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('style, title') || !e.getClientRects().length) continue;
    const drawn = e.namespaceURI.endsWith('svg');
    const shape = drawn && e.closest('.th');
    const back = shape ? rgb(getComputedStyle(shape.querySelector('circle:not(.ring), rect, polygon')).fill) : ground(e);
    const [a, b] = [light(rgb(drawn ? getComputedStyle(e).fill : getComputedStyle(e).color)), light(back)].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), e.textContent.trim().slice(0, 40)]);
  }
  return found.sort((x, y) => x[0] - y[0]).slice(0, 3);
}"""


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    """A card of every state and audience, opened."""
    folder = tmp_path_factory.mktemp("looks")
    shutil.copy(CHINOOK, folder / "chinook.sqlite")
    ws = Workspace(folder)
    ws.connect(folder / "chinook.sqlite", name="chinook")
    answered = of_answer(ws.ask("number of customers per company"))
    found = {
        "answered": replace(answered, opened=True),
        "unsure": replace(answered, opened=True, confidence=0.7, remember="Remember this reading", badge="Verified query: customers"),
        "executive": replace(answered, audience="executive"),
        "engineer": replace(answered, audience="engineer", engine=(("Plan", "full scan: Customer " * 9),)),
        "refused": of_answer(ws.ask("did rain hurt revenue in September")),
        "ambiguous": of_answer(ws.ask("how many tracks does Iron Maiden have")),
        "error": CardView(
            "error",
            headline=(Run("There is no column "), Run("countri", "strong")),
            code="SELECT countri FROM sales",
            place=(7, 14),
            fixed="SELECT country FROM sales",
        ),
        "running": CardView(
            "running",
            headline=(Run("Revenue per month"),),
            stages=(Stage("Read", "done", "0.1 s"), Stage("Run", "now")),
            share_done=0.4,
            code="SELECT 1",
        ),
    }
    ws.close()
    assert (found["ambiguous"].state, found["refused"].state) == ("ambiguous", "refused")
    assert any(not note.ok for note in answered.checks)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_every_state_is_readable_and_fits(page, views, theme, width):
    page.set_viewport_size({"width": width, "height": 800})
    for name, view in views.items():
        ground = "#FFFFFF" if theme == "light" else "#0F172A"
        page.set_content(f'<html data-theme="{theme}"><body style="margin:8px;background:{ground}">{still_html(view)}</body></html>')
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{name} runs over by {over} px"
        worst = page.evaluate(CONTRAST)
        assert worst[0][0] >= LEAST, f"{name}: {worst}"
        small = page.evaluate(
            "[...document.querySelectorAll('.fig svg text')].filter(t => t.getClientRects().length).map(t => t.getBoundingClientRect().height)"
        )
        assert all(height >= 10 for height in small), f"{name}: letters of a figure are too small"


def test_words_and_steps_light_up_with_what_belongs_to_them(page, views):
    page.set_content(f'<html data-theme="light"><body>{still_html(views["answered"])}</body></html>')
    word = page.locator(".q .t2")
    colour = "element => getComputedStyle(element).backgroundColor"
    assert page.locator(".mt .t2").evaluate(colour) == "rgba(0, 0, 0, 0)"
    word.hover()
    soft = "rgb(228, 238, 249)"
    assert page.locator(".mt .t2").evaluate(colour) == soft
    assert page.locator("pre.code .t2").first.evaluate(colour) == soft
    assert page.locator(".mt .t1").evaluate(colour) == "rgba(0, 0, 0, 0)"
    page.locator(".graph .s3").focus()
    assert page.locator(".thoughts .s3").evaluate(colour) == soft
    assert page.locator(".graph").get_attribute("aria-label").startswith("5 steps: 1. Read the question; 2. Ran the query (from 1)")


def test_the_keyboard_reaches_words_steps_and_folds(page, views):
    page.set_content(f'<html data-theme="light"><body>{still_html(views["answered"])}</body></html>')
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('class') || document.activeElement.tagName"))
    assert {"SUMMARY", "w t1", "w t2", "th plain s1", "th deductive s2"} <= set(reached)


def test_a_note_and_a_reading_cannot_bring_elements(page):
    hostile = "<img src=x onerror=alert(1)>"
    view = CardView(
        "ambiguous",
        headline=(Run(hostile),),
        options=(Option(hostile, hostile, hostile, sure=hostile, number=1),),
        checks=(Note(hostile, ok=False, sql=hostile),),
    )
    page.set_content(still_html(view))
    assert page.locator("img").count() == 0
