"""Values, column names and titles are text in everything that shows them: judged by a parser of HTML and by a real browser."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import duckdb
import nbformat
import pyarrow.parquet as pq
import pytest
from hostile import HERE, MARKUP, REASON, payloads

from aiser_jupyter import Workspace
from aiser_jupyter.errors import AiserError
from aiser_jupyter.report.run import run_notebook

CASES = list(dict.fromkeys([*payloads("cell_html"), *MARKUP]))
LIVE = {
    "script",
    "iframe",
    "object",
    "embed",
    "base",
    "form",
    "link",
    "meta",
    "applet",
    "frame",
    "frameset",
    "audio",
    "video",
    "input",
    "marquee",
    "button",
    "img",
    "a",
    "math",
    "textarea",
}
LOADS = {"href", "src", "srcdoc", "action", "formaction", "xlink:href", "poster", "data", "background", "ping", "srcset"}


class Tags(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    handle_startendtag = handle_starttag


def live(page, allowed=frozenset()):
    """What could run, load or lead elsewhere, beyond the elements that the page has whatever the data."""
    found = []
    for tag, attributes in Tags(page).found:
        bad = [
            name
            for name in attributes
            if name.startswith("on") or (name in LOADS and not str(attributes[name]).startswith(("#", "data:image/")))
        ]
        bad += [name for name in attributes if name.startswith("data-commandlinker") or "javascript:" in str(attributes[name]).lower()]
        bad += ["style"] if "url(" in str(attributes.get("style", "")) or "expression" in str(attributes.get("style", "")) else []
        if bad or (tag in LIVE and tag not in allowed):
            found.append((tag, attributes))
    return found


@pytest.fixture
def ws(tmp_path):
    space = Workspace(tmp_path)
    path = tmp_path / "odd.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE cells (note VARCHAR, amount INTEGER)")
        connection.executemany("INSERT INTO cells VALUES (?, ?)", [[case, 10 + 7 * number] for number, case in enumerate(CASES)])
        for number, case in enumerate(CASES):
            if "\0" in case:
                continue
            name = f'"{case.replace(chr(34), chr(34) * 2)}{number}"'
            connection.execute(f'CREATE TABLE named_{number} AS SELECT note AS {name}, amount AS {name[:-1]}_n" FROM cells LIMIT 5')
            connection.execute(f"COMMENT ON TABLE named_{number} IS '{case.replace(chr(39), chr(39) * 2)}'")
    space.connect(path, "odd")
    yield space
    space.close()


def shown(ws):
    """Every page of HTML that comes of such data, by what it is."""
    from aiser_jupyter.chart.svg import svg

    result = ws.sql("SELECT * FROM cells")
    yield "result", result._repr_html_()
    yield "tables", ws.tables()._repr_html_()
    yield "history", ws.history()._repr_html_()
    for number, case in enumerate(CASES):
        if "\0" in case:
            continue
        table = f"named_{number}"
        named = ws.sql(f"SELECT * FROM {table}")
        yield f"named {number}", named._repr_html_()
        yield f"described {number}", ws.describe(table)._repr_html_()
    for question in (
        "total amount by note in cells",
        "how many cells are there",
        *(f"how many cells have note {case}" for case in CASES[:12]),
    ):
        yield question, ws.ask(question)._repr_mimebundle_()["text/html"]
    yield "findings", ws.discover("cells")._repr_html_()
    for kind in ("bar", "horizontal_bar", "pie", "line", "table"):
        try:
            yield f"svg {kind}", svg(ws.chart_spec(result, kind), result.arrow())
        except (AiserError, TypeError, ValueError, LookupError):
            continue


def test_no_page_has_an_element_or_attribute_that_data_brought(ws):
    pages = dict(shown(ws))
    assert len(pages) > 2 * len(CASES)
    found = {name: bad for name, page in pages.items() if (bad := live(page))}
    assert found == {}


def test_a_result_has_the_same_elements_whatever_its_text(ws):
    plain = [(tag, sorted(attributes)) for tag, attributes in Tags(ws.sql("SELECT 'x' AS a, 1 AS b")._repr_html_()).found]
    for case in CASES:
        if "\0" in case:
            continue
        page = ws.sql("SELECT :q AS a, 1 AS b", params={"q": case})._repr_html_()
        assert [(tag, sorted(attributes)) for tag, attributes in Tags(page).found if tag != "br"] == plain, case


def watched(browser, tmp_path, pages):
    """Open pages in a browser and give what ran, what was asked of the network, and what leads anywhere."""
    context = browser.new_context()
    context.add_init_script(
        "window.__ran = []; for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = text => window.__ran.push(name)"
    )
    asked, threw = [], []
    context.on("request", lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None)
    found = {}
    page = context.new_page()
    page.on("pageerror", lambda error: threw.append(str(error)))
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    for name, path in pages.items():
        page.goto(path.as_uri())
        page.wait_for_timeout(150)
        page.evaluate("document.querySelectorAll('[onclick],[onmouseover],[onfocus],details').forEach(one => one.click && one.click())")
        bad = page.evaluate(
            """() => [...document.querySelectorAll('*')].flatMap(one => [
                ...[...one.attributes].filter(a => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value) || a.name.startsWith('data-commandlinker')).map(a => `${one.tagName} ${a.name}=${a.value}`.slice(0, 90)),
                ...(['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'FORM', 'APPLET', 'MARQUEE', 'VIDEO', 'AUDIO'].includes(one.tagName) ? [one.tagName] : []),
                ...((one.tagName === 'A' || one.tagName === 'IMG' || one.tagName === 'LINK') && /evil/.test(one.getAttribute('href') + one.getAttribute('src')) ? [one.outerHTML.slice(0, 90)] : []),
            ])"""
        )
        ran = page.evaluate("window.__ran")
        if bad or ran:
            found[name] = (bad, ran)
    context.close()
    return found, asked, threw


@pytest.mark.browser
def test_nothing_of_it_runs_in_a_browser(ws, browser, tmp_path):
    pages = {}
    (tmp_path / "pages").mkdir()
    body = "\n".join(f"<section>{page}</section>" for page in dict(shown(ws)).values())
    whole = tmp_path / "pages" / "all.html"
    whole.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{body}", "utf-8")
    pages["all"] = whole
    found, asked, threw = watched(browser, tmp_path, pages)
    assert (found, asked, threw) == ({}, [], [])


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """The reports of a notebook whose every cell shows hostile data, run by papermill."""
    folder = tmp_path_factory.mktemp("report")
    import pyarrow as pa

    pq.write_table(pa.table({"note": CASES, "amount": [10 + 7 * number for number in range(len(CASES))]}), folder / "cells.parquet")
    named = pa.table({f"{case}{number}": ["a", "b"] for number, case in enumerate(CASES)} | {"amount": [1, 2]})
    pq.write_table(named, folder / "named.parquet")
    title = "<img src=x onerror=alert(1)> <script>alert(2)</script> [x](javascript:alert(3)) ![y](http://evil.example/y.png)"
    code = [
        "%load_ext aiser_jupyter", "%aiser add cells.parquet", "%aiser add named.parquet", "%sql select * from cells", "%sql --chart select substr(note, 1, 26) as note, sum(amount) as amount from cells group by 1 order by 2 limit 8", "%sql select * from named",
        '%sql --chart select left(note, 18) as "<img src=x onerror=alert(1)>", sum(amount) as "</script><b>" from cells group by 1 order by 2 limit 5', "%%ask\ntotal amount by note in cells", "%%ask\nhow many cells are there", "%aiser tables", "%aiser describe cells",
    ]  # fmt: skip
    cells = [nbformat.v4.new_markdown_cell(f"# {title}\n\n## {title}\n\n{title}")]
    cells += [
        nbformat.v4.new_code_cell(f"who = {json.dumps(CASES[0])}", metadata={"tags": ["parameters"]}),
        *map(nbformat.v4.new_code_cell, code),
    ]
    path = folder / "n.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}, "title": title, "author": title}
        ),
        path,
    )
    made = run_notebook(path, {"who": CASES[1]}, folder / "out", ["html", "deck", "md", "ipynb"], check=False)
    return {file.path.name: file.path for file in made.files}


@pytest.mark.slow
def test_no_report_has_an_element_that_data_brought(reported):
    for name in ("report.html", "report.deck.html"):
        page = reported[name].read_text("utf-8")
        assert "default-src 'none'" in page
        # The page's own scripts and styles are fixed; what data brings stands in JSON or in text.
        own = [tag for tag, attributes in Tags(page).found if tag == "script" and attributes.get("src")]
        assert own == []
        found = [(tag, attributes) for tag, attributes in live(page, allowed=frozenset({"script", "meta", "button", "input", "a"}))]
        assert [one for one in found if one[0] != "meta"] == [], name
        assert [
            attributes for tag, attributes in Tags(page).found if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh"
        ] == []
        assert not re.search(r"<script(?![^>]*type=\"application/json\")[^>]*>[^<]*alert\(", page)
    text = re.sub(
        r"^```sql\n.*?^```$", "", reported["report.md"].read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
    )  # SQL is shown as code
    for line in text.splitlines():
        if "evil.example/y.png" in line:  # the author's own Markdown, which a .md file gives back as it was written
            continue
        assert not re.search(
            r"(?<!\\)<(?:script|img|svg|iframe|object|embed|base|form|link|style|a|button|body|meta|video|details|input|marquee|math|noscript|select|div|x)\b",
            re.sub(r"`[^`]*`", "", line),
            re.IGNORECASE,
        ), line[:200]


@pytest.mark.browser
@pytest.mark.slow
def test_no_report_runs_any_of_it_in_a_browser(reported, browser, tmp_path):
    found, asked, threw = watched(browser, tmp_path, {name: path for name, path in reported.items() if name.endswith(".html")})
    assert (found, asked, threw) == ({}, [], [])


@pytest.mark.skipif(not HERE, reason=REASON)
def test_every_row_of_the_corpus_is_shown():
    assert set(payloads("cell_html")) <= set(CASES)
    assert len(payloads("cell_html")) >= 31
