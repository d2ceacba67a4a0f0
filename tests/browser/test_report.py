"""The demo's report and deck as a reader opens them: from a file, with no network."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from aiser_jupyter.errors import ReportError
from aiser_jupyter.report import browser as chromium
from aiser_jupyter.report.demo import make_demo
from aiser_jupyter.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What lies outside its slide or under its foot: text and charts, not the boxes that hold them.
OUTSIDE = """() => {
  const slide = document.querySelector(".slide.now"), edge = slide.getBoundingClientRect();
  const low = (slide.querySelector("footer") || slide).getBoundingClientRect();
  const bottom = slide.querySelector("footer") ? low.top : edge.bottom;
  const leaves = [...slide.querySelectorAll("*")].filter((e) => !e.closest("footer") && !e.closest("svg") && (e.matches(".chart, svg, td") || [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())));
  return leaves.filter((e) => { const b = e.getBoundingClientRect(); return b.width && (b.right > edge.right + 1 || b.left < edge.left - 1 || b.bottom > bottom + 1); }).map((e) => e.className + " " + e.textContent.slice(0, 60));
}"""
CHARTS = "all => all.map((c) => ({asked: c.dataset.types, drawn: c.dataset.drawn, wide: c.querySelector('.main-svg')?.clientWidth, room: c.clientWidth, marks: c.querySelectorAll('.trace path, .point path, .js-line').length}))"


@pytest.fixture(scope="module")
def demo(tmp_path_factory, browser) -> Path:
    """The demo made as `aiser demo` makes it; the check by Chromium is part of it."""
    folder = tmp_path_factory.mktemp("demo") / "made"
    made = make_demo(folder)
    assert not made.notes
    assert {f.path.name: f.bytes < 2_500_000 for f in made.files} == {"report.html": True, "report.deck.html": True}
    return folder


def opened(page: Page, path: Path, width: int, height: int = 900) -> Page:
    page.set_viewport_size({"width": width, "height": height})
    page.on("console", lambda message: pytest.fail(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def test_the_notebook_asks_six_kinds_of_questions_and_one_without_an_answer(demo):
    cells = json.loads((demo / "demo.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [
        o["data"]["application/vnd.aiser+json"]
        for c in cells
        for o in c.get("outputs", [])
        if "application/vnd.aiser+json" in o.get("data", {})
    ]
    answers = {o["question"]: o["table"]["rows"] for o in outputs if o["type"] == "answer"}
    # Worked out by hand over the sample.
    assert round(answers["total revenue in Q3 2011"][0][0], 2) == 572331.44
    assert answers["top 8 products by revenue in Q3 2011"][0][0] == "Party bunting"
    assert len(answers["top 8 products by revenue in Q3 2011"]) == 8
    assert [row[0] for row in answers["share of revenue by country"][:2]] == ["United Kingdom", "Netherlands"]
    assert len(answers["revenue by month"]) == 12
    assert answers["how many different products were sold in Germany in Q3 2011"] == [[382]]
    assert answers["sales per genre"][0][0] == "Rock"
    assert [o["question"] for o in outputs if o["type"] == "refusal"] == ["did rain hurt sales in September 2011?"]
    assert [o["type"] for o in outputs].count("findings") == 1


def test_every_numbers_own_query_yields_it(demo, tmp_path):
    text = (demo / "report.html").read_text(encoding="utf-8")
    facts = json.loads(re.search(r'id="aiser-facts"[^>]*>(.*?)</script>', text, re.DOTALL)[1])  # pyright: ignore[reportOptionalSubscript] - a page has facts
    ws = Workspace(tmp_path)
    ws.connect(demo / "data" / "retail", name="retail")
    ws.connect(demo / "data" / "chinook.sqlite", name="shop")
    orders = ws.sql("SELECT invoice, order_date, country, sum(revenue) AS revenue FROM sales GROUP BY ALL", on="retail").df()
    assert len(facts) > 100
    found = {}
    for fact in facts:
        key = fact["sql"], fact["source"]
        if key not in found:
            # What was discovered in a result of the notebook is asked of that result.
            result = (
                ws.sql(fact["sql"], on=fact["source"])
                if fact["source"] in ws.connections
                else ws.sql(fact["sql"], frames={"frame": orders})
            )
            found[key] = [value for row in result.rows() for value in row.values()]
        assert any(same(fact["value"], value) for value in found[key]), fact


def same(stated: object, value: object) -> bool:
    """Whether a query's value is the one stated: numbers to the last digits of a double, dates by their day."""
    if isinstance(stated, int | float) and isinstance(value, int | float | Decimal):
        return math.isclose(stated, value, rel_tol=1e-9)
    return str(value)[:10] == str(stated)[:10]


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_the_report_draws_every_chart_as_asked_and_fits(page, demo, width):
    opened(page, demo / "report.html", width)
    charts = page.eval_on_selector_all(".chart", CHARTS)
    assert len(charts) >= 5
    for chart in charts:
        assert chart["drawn"] == chart["asked"]
        assert chart["marks"] > 0
        assert abs(chart["wide"] - chart["room"]) <= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1


def test_a_number_shows_its_query(page, demo):
    opened(page, demo / "report.html", 1280)
    number = page.locator("h1 data").first
    number.click()
    pop = page.locator("#aiser-pop")
    assert pop.is_visible()
    facts = {fact["id"]: fact for fact in json.loads(page.locator("#aiser-facts").text_content() or "")}
    assert facts[number.get_attribute("data-fact")]["sql"] in pop.inner_text()
    page.keyboard.press("Escape")
    assert not pop.is_visible()


def test_an_sql_chip_opens_its_query(page, demo):
    opened(page, demo / "report.html", 1280)
    chip = page.locator("figure a.sql").first
    chip.click()
    assert page.locator(chip.get_attribute("href")).get_attribute("open") is not None


def test_the_theme_turns_and_the_charts_with_it(page, demo):
    opened(page, demo / "report.html", 1280)
    colour = "document.querySelector('.chart .point path, .chart .js-line').style.fill + getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.locator("button.theme").click()
    page.wait_for_function(f"({colour}) !== {json.dumps(light)}")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 23, 42)"


def test_the_deck_keeps_everything_on_its_slides(page, demo):
    opened(page, demo / "report.deck.html", 1280, 720)
    slides = page.locator(".slide").count()
    assert slides >= 8
    for i in range(1, slides + 1):
        assert page.evaluate("[...document.querySelectorAll('.slide')].indexOf(document.querySelector('.slide.now')) + 1") == i
        assert page.evaluate(OUTSIDE) == [], f"slide {i}"
        page.keyboard.press("ArrowRight")
    charts = page.eval_on_selector_all(
        ".chart",
        "all => all.map((c) => [c.dataset.types, c.dataset.drawn, c.dataset.width, c.querySelector('.main-svg').getAttribute('width')])",
    )
    assert charts
    assert all(asked == drawn and width == svg for asked, drawn, width, svg in charts)
    page.keyboard.press("Home")
    page.keyboard.press("Escape")
    assert page.locator(".slide:visible").count() == slides


def test_a_chart_drawn_as_another_type_fails_the_run(demo, browser):
    content = (demo / "report.html").read_bytes()
    chromium.check("report.html", content)
    with pytest.raises(ReportError, match="asked for as waterfall and drawn as bar"):
        chromium.check("report.html", content.replace(b'data-types="bar"', b'data-types="waterfall"', 1))


def test_the_pdf_is_tagged_a4(demo, browser):
    printed = chromium.printed((demo / "report.html").read_bytes())
    assert printed.startswith(b"%PDF-")
    assert b"/MarkInfo" in printed
    assert b"/StructTreeRoot" in printed
