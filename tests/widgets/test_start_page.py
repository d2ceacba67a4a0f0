from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from test_node import Seen

import aiser_jupyter as aiser
from aiser_jupyter.discover.finding import Finding
from aiser_jupyter.discover.findings import Findings
from aiser_jupyter.spec import ChartSpec
from aiser_jupyter.widgets.findings import chance, counted, findings_html
from aiser_jupyter.widgets.start_page import empty, nearby, opening, size, start_page
from aiser_jupyter.widgets.still import page

ROOT = Path(__file__).parents[2]


def said(html: str) -> str:
    return Seen(html).text.partition("Ask your data")[2]


def test_with_data_it_says_what_is_open_and_what_to_ask():
    ws = aiser.Workspace()
    ws.connect(ROOT / "examples" / "data" / "chinook.sqlite")
    html = start_page(ws)
    assert "chinook is open: 11 tables, 412 rows in Invoice, 1 Jan 2021 to 22 Dec 2025." in said(html)
    for question in ws.suggest()[:3]:
        assert f'<span class="lk aiser-ask">{question}</span>' in html


def test_noise_yields_nothing_and_says_so(tmp_path):
    rows = "\n".join(f"{i},{(i * 7919) % 101}" for i in range(1, 301))
    (tmp_path / "noise.csv").write_text(f"item,amount\n{rows}\n")
    ws = aiser.Workspace(tmp_path)
    ws.add(tmp_path / "noise.csv")
    text = said(start_page(ws))
    assert "300 rows in noise" in text
    assert "Nothing stands out" in text


def test_a_hostile_table_name_stays_text(tmp_path):
    ws = aiser.Workspace(tmp_path)
    (tmp_path / "t.csv").write_text('"<script>alert(1)</script>",n\nx,1\ny,2\n')
    ws.add(tmp_path / "t.csv", name="<img src=x onerror=alert(1)>")
    tags = {tag for tag, _ in Seen(start_page(ws)).tags}
    assert not tags & {"script", "img"}


def test_findings_stand_with_effect_certainty_next_step_and_sql():
    finding = Finding(
        kind="difference", title="A < B", statement="A is 1, B is 2.", columns=("a",), where={}, direction=1, effect=1.0, unit="", p_value=0.001,
        q_value=0.0123, support=9, confidence=0.97, impact=0.5, score=0.5, recommendation="Compare them.", sql="SELECT 1",
    )  # fmt: skip
    html = findings_html(Findings((finding,), 41, "1 finding from 41 tests."))
    assert "<h4>One thing I found in your data</h4>" in html
    assert "<h4>A &lt; B</h4>" in html
    assert "<dt>Certainty</dt><dd><b>High.</b> q = 0.012 after 41 tests</dd><dt>Next</dt><dd>Compare them.</dd>" in html
    assert '<span class="sx-k">SELECT</span>' in html
    assert chance(0.0004) == "below 0.001"


def test_six_findings_are_drawn_and_the_rest_folded():
    spec = ChartSpec(kind="horizontal_bar", x="level", y=("value",), highlight=("N",))
    finding = Finding(
        kind="difference", title="A", statement="N is 3.", columns=("a",), where={}, direction=1, effect=1.0, unit="", p_value=0.001,
        q_value=0.01, support=9, confidence=0.97, impact=0.5, score=0.5, recommendation="Compare.", sql="SELECT 1", chart=spec,
    )  # fmt: skip
    few, many = pa.table({"level": ["N", "S"], "value": [3.0, 1.0]}), pa.table({"level": list(map(str, range(13))), "value": [1.0] * 13})
    html = findings_html(Findings((finding,) * 8, 41, "8 findings.", ask=lambda _: few))
    assert html.count("<svg") == 6
    assert "<summary>2 more</summary>" in html
    assert "<svg" not in findings_html(Findings((finding,), 41, "1 finding.", ask=lambda _: many))


def test_without_data_it_offers_the_files_that_lie_here(tmp_path, monkeypatch):
    for name in ("b.csv", "a.duckdb", "my sales.xlsx", "notes.txt", "z.parquet"):
        (tmp_path / name).write_bytes(b"x" * 1500)
    monkeypatch.chdir(tmp_path)
    html = start_page(aiser.Workspace(tmp_path))
    assert [path.name for path in nearby(tmp_path)] == ["a.duckdb", "b.csv", "my sales.xlsx"]
    assert "Found in this folder: %aiser connect a.duckdb 1.5 kB, %aiser add b.csv 1.5 kB, %aiser add" in said(html)
    assert '<span class="lk aiser-line">%aiser add b.csv</span>' in html


def test_the_extensions_page_names_no_folder():
    assert "Found in this folder" not in page(empty())


@pytest.mark.parametrize(("length", "words"), [(12, "12 bytes"), (1500, "1.5 kB"), (318_000_000, "318 MB")])
def test_sizes_are_short(tmp_path, length, words):
    path = tmp_path / "x.csv"
    with path.open("wb") as file:
        file.truncate(length)
    assert size(path) == words


def test_a_name_with_a_space_is_quoted():
    assert opening(Path("my sales.csv")) == '%aiser add "my sales.csv"'


def test_counts_are_words():
    assert (counted(1, "question", " to try"), counted(3, "thing", "")) == ("One question to try", "Three things")
