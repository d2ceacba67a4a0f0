from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from aiser_jupyter.errors import NotYetError, ReportError, UsageError
from aiser_jupyter.facts import Fact
from aiser_jupyter.report import export
from aiser_jupyter.report.blocks import Bullets, Prose
from aiser_jupyter.report.document import Document, Section

ROOT = Path(__file__).parents[2]
FACT = Fact("n", 12.4, "12.4\u202f%", "%", "SELECT 12.4", "shop", datetime(2026, 10, 5, tzinfo=UTC))


class Page(HTMLParser):
    """Elements by name, with their attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.stack = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))
        self.stack.append(self.elements[-1])

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for element in self.stack[-1:]:
            element[2].append(data)

    def all(self, tag):
        return [(attrs, "".join(text)) for name, attrs, text in self.elements if name == tag]

    def json(self, name):
        return json.loads(next(text for attrs, text in self.all("script") if attrs.get("id") == name))


@pytest.fixture
def executed(notebook, answered):
    return notebook(
        "# Review <b>bold</b>\n\n[x](javascript:alert(1)) ![y](https://example.com/z.png) <script>alert(2)</script>",
        "## What sold",
        (answered(), ["headline"]),
    )


@pytest.fixture(params=["html", "deck"])
def page(request, executed):
    return Page(export.export(executed, request.param).decode())


def test_every_number_element_is_a_fact_with_its_value_and_query(page):
    facts = {fact["id"]: fact for fact in page.json("aiser-facts")}
    numbers = page.all("data")
    assert numbers
    for attrs, text in numbers:
        fact = facts[attrs["data-fact"]]
        assert attrs["value"] == str(fact["value"])
        assert text == fact["text"]
        assert fact["sql"]
        assert set(fact) == {"v", "id", "value", "unit", "text", "sql", "source", "as_of"}


def test_hostile_data_stays_text(page):
    assert not page.all("img")
    assert not [attrs for _, attrs, _ in page.elements if any(name.startswith("on") for name in attrs)]
    allowed = re.compile(r"(main|s\d+|s\d+-h|q\d+|aiser-[a-z]+)\Z")
    assert all(allowed.match(attrs["id"]) for _, attrs, _ in page.elements if "id" in attrs)
    assert not [attrs for _, attrs, _ in page.elements if "name" in attrs and attrs["name"] not in {"viewport", "referrer", "generator"}]
    assert all(attrs.get("href", "#").startswith("#") for _, attrs, _ in page.elements)


def test_each_script_is_in_the_policy_and_nothing_else_is(page):
    policy = next(attrs["content"] for attrs, _ in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in policy
    scripts = [text for attrs, text in page.all("script") if "type" not in attrs]
    assert len(scripts) == 2
    for text in scripts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


def test_the_chart_is_there_once_with_its_type_and_table(page):
    (chart,) = [attrs for attrs, _ in page.all("div") if "data-plot" in attrs]
    assert chart["data-types"] == "bar"
    assert chart["aria-label"]
    assert set(page.json("aiser-plots")) == {chart["data-plot"]}


def test_sizes_stay_small(executed):
    assert len(export.export(executed, "html")) < 2_000_000
    assert len(export.export(executed, "deck")) < 2_000_000


def test_a_document_of_facts_and_words_saves_in_every_format(tmp_path):
    document = Document(
        "Revenue grew [[n]]",
        sections=(Section("executive_summary", "Revenue grew [[n]]", (Bullets(("It grew **[[n]]**.",)),)),),
        facts=(FACT,),
    )
    for ending, wanted in (
        (".html", "12.4\u202f%</data></b>"),
        (".deck.html", "1 / 2"),
        (".md", "- It grew **12.4\u202f%**."),
        (".ipynb", "12.4\u202f%"),
    ):
        text = document.save(tmp_path / f"report{ending}").read_text(encoding="utf-8")
        assert wanted in text.replace("2 / 2", "1 / 2")
    nbformat.validate(nbformat.read(tmp_path / "report.ipynb", 4))


@pytest.mark.parametrize("ending", [".html", ".deck.html", ".md", ".ipynb"])
def test_a_number_without_a_fact_is_not_printed(tmp_path, ending):
    document = Document("Growth", sections=(Section("executive_summary", "Growth", (Bullets(("It grew 13 %.",)),)),), facts=(FACT,))
    with pytest.raises(ReportError, match="states 13 %"):
        document.save(tmp_path / f"report{ending}")
    assert not list(tmp_path.iterdir())


def test_tiles_carry_sign_triangle_word_and_base(notebook, ws):
    rows = "SELECT 'returns' AS figure, 7.5 AS value, 6.0 AS previous, 'Q2' AS base, '%' AS unit, 'down' AS better, [5.0, 6.0, 7.5] AS trend, 1 AS base_at"
    text = export.export(notebook("# Review", (ws.sql(rows), ["kpi"])), "html").decode()
    tile = text[text.index('<div class="kpi">') : text.index("</dl>")]
    assert re.search(r'<b class="neg"><svg [^>]*class="tri"[^>]*>.*?<data [^>]*>\+1.5\u202fpp</data>, worse</b>', tile, re.DOTALL)
    assert re.search(r'class="base">vs Q2, <data [^>]*>6\u202f%</data>', tile)
    assert 'class="sp-base"' in tile


def test_an_authors_number_is_marked():
    document = Document("Growth", sections=(Section("data_insights", "Plan", (Prose("The plan said $600k in 2026.", authored=True),)),))
    from aiser_jupyter.report.html import render

    assert (
        '<span class="loose" title="The author&#39;s own number: no query here yields it">$600k</span> in 2026.'
        in render(document).decode()
    )


def test_a_reference_to_no_fact_is_an_error(tmp_path):
    with pytest.raises(ReportError, match="'zz'"):
        Document("Up [[zz]]").save(tmp_path / "report.md")


@pytest.mark.parametrize(
    ("name", "error"), [("a.pptx", NotYetError), ("a.xlsx", NotYetError), ("a.docx", NotYetError), ("a.zip", UsageError), ("a", UsageError)]
)
def test_other_formats_say_what_there_is(tmp_path, name, error):
    with pytest.raises(error) as caught:
        Document("Growth").save(tmp_path / name)
    assert ".html" in caught.value.hint


def test_the_same_document_gives_the_same_bytes_in_any_process(executed, tmp_path):
    path = tmp_path / "executed.ipynb"
    executed.metadata["papermill"] = {"start_time": "2026-10-05T06:00:00+00:00"}
    nbformat.write(executed, path)
    program = "import sys, hashlib, nbformat; from aiser_jupyter.report import export; nb = nbformat.read(sys.argv[1], 4); print([hashlib.sha256(export.export(nb, k)).hexdigest() for k in ('html', 'deck', 'md')])"
    seen = {
        subprocess.run(
            [sys.executable, "-c", program, str(path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_the_markdown_holds_the_tables_and_the_queries(executed):
    text = export.export(executed, "md").decode()
    assert text.startswith("# Chair led with $310 in revenue\n")
    assert "| Product | Revenue |\n| --- | ---: |\n| Chair | 310.25 |" in text
    assert "```sql\n" in text


def test_nbconverts_own_command_finds_the_template(executed):
    # As `jupyter nbconvert --template aiser` does, with the wheel's data on its path.
    from nbconvert import HTMLExporter

    text, _ = HTMLExporter(template_name="aiser", extra_template_basedirs=[str(ROOT / "templates")]).from_notebook_node(executed)
    assert 'id="aiser-facts"' in text


def test_every_template_escapes():
    for path in (ROOT / "templates" / "aiser").glob("*.j2"):
        source = path.read_text(encoding="utf-8")
        outside = re.sub(r"\{% autoescape true %\}.*?\{% endautoescape %\}", "", source, flags=re.DOTALL)
        assert "{{" not in outside, path.name
        assert "|safe" not in source.replace(" ", ""), path.name
