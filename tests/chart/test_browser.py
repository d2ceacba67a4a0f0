import json

import pytest

from aiser_jupyter.chart import bundle, paint
from aiser_jupyter.chart.choose import choose
from aiser_jupyter.chart.figure import figure, trace_types
from aiser_jupyter.chart.still import png
from aiser_jupyter.chart.svg import svg
from aiser_jupyter.chart.theme import TOKENS

pytestmark = pytest.mark.browser

# Texts of one chart whose boxes cover each other by more than two px in both directions.
OVERLAPS = """svg => {
  const boxes = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => [t.textContent, t.getBoundingClientRect()]);
  const hit = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5;
  return boxes.flatMap(([s, a], i) => boxes.slice(i + 1).filter(([, b]) => hit(a, b)).map(([t]) => s + ' | ' + t));
}"""
OUTSIDE = """svg => { const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect(); return b.right > frame.right + 2 || b.left < frame.left - 2; }).map(t => t.textContent); }"""


def opened(browser, body, width=720):
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests, errors = [], []
    page.on("request", lambda r: requests.append(r.url))
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.set_content(f"<!doctype html><meta charset=utf-8><body style='margin:0'>{body}</body>")
    return page, requests, errors


def test_the_drawn_trace_types_are_those_asked_for_and_the_theme_can_change(kinds, browser):
    figures = {kind: figure(choose(rows, question), rows) for kind, (rows, question) in kinds.items() if kind != "table"}
    types = {trace.type for made in figures.values() for trace in made.data}
    assert bundle.bundle(types) == "cartesian"
    page, requests, errors = opened(browser, "".join(f'<div id="{kind}"></div>' for kind in figures))
    page.add_script_tag(content=bundle.script(types))
    page.add_script_tag(content=paint.script() + ";window.aiserDress = aiserDress")
    for kind, made in figures.items():
        drawn = page.evaluate(
            "([id, f]) => Plotly.newPlot(id, f.data, f.layout).then(gd => gd._fullData.map(t => t.type))",
            [kind, json.loads(made.to_json())],
        )
        assert drawn == [trace.type for trace in made.data], kind
        assert set(drawn) <= trace_types(choose(*kinds[kind]).kind)
    assert page.evaluate("Plotly.validate(horizontal_bar.data, horizontal_bar.layout)") is None
    page.evaluate("() => aiserDress(horizontal_bar, 'dark')")
    colors = page.evaluate("[...new Set([...horizontal_bar.querySelectorAll('.point path')].map(p => p.style.fill))]")
    assert sorted(colors) == sorted(rgb(TOKENS["dark"][token]) for token in ("mark-accent", "mark"))
    assert (requests, errors) == ([], [])
    page.close()


def rgb(color):
    return f"rgb({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_what_the_small_bundle_draws_is_what_we_think(browser):
    page, _, _ = opened(browser, "")
    page.add_script_tag(content=bundle.script({"bar"}))
    assert page.evaluate("Plotly.version") == bundle.VENDORED
    assert set(page.evaluate("Object.keys(Plotly.PlotSchema.get().traces)")) == bundle.CARTESIAN
    page.close()


@pytest.mark.parametrize("width", [350, 640])
def test_no_words_of_a_still_chart_cover_each_other_or_stand_out(kinds, browser, width):
    drawn = {kind: svg(choose(rows, question), rows, width=width) for kind, (rows, question) in kinds.items() if kind != "table"}
    page, requests, errors = opened(
        browser, "".join(f'<div id="{kind}" style="margin:40px">{text}</div>' for kind, text in drawn.items()), width + 80
    )
    found = {kind: page.locator(f"#{kind} svg").evaluate(OVERLAPS) + page.locator(f"#{kind} svg").evaluate(OUTSIDE) for kind in drawn}
    assert {kind: words for kind, words in found.items() if words} == {}
    assert (requests, errors) == ([], [])
    page.close()


def test_a_chart_is_a_picture_of_its_own(kinds):
    rows, question = kinds["horizontal_bar"]
    picture = png(choose(rows, question), rows, width=400, scale=1)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 432
