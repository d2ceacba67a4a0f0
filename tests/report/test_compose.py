from __future__ import annotations

import nbformat
from nbformat import v4

from aiser_jupyter.answer.answer import Answer, Part
from aiser_jupyter.answer.intent import Intent
from aiser_jupyter.report.blocks import Bullets, Callout, Figure, Kpis, Levels, Picture, Plain, Prose, Query, Table
from aiser_jupyter.report.compose import compose
from aiser_jupyter.report.refs import REF

KPI = """SELECT 'revenue' AS figure, 120.0 AS value, 100.0 AS previous, 'Q2 2026' AS base, '$' AS unit, 'up' AS better, [80.0, 100.0, 120.0] AS trend, 1 AS base_at
UNION ALL SELECT 'returns', 7.5, 6.0, 'Q2 2026', '%', 'down', NULL, NULL"""


def blocks(document, kind):
    return [block for section in document.sections for block in section.blocks if isinstance(block, kind)]


def test_headings_make_sections_and_the_name(notebook, answered):
    document = compose(notebook("# Trading review\n\nHello.", "## What sold", answered()))
    assert document.metadata["name"] == document.title == "Trading review"
    assert [s.title for s in document.sections] == ["Trading review", "What sold", "How far to trust this report", "Appendix"]
    assert [s.kind for s in document.sections] == ["executive_summary", "data_insights", "confidence", "appendix"]


def test_an_answer_is_a_figure_with_facts_notes_and_its_query(notebook, answered):
    document = compose(notebook("## What sold", answered()))
    (figure,) = blocks(document, Figure)
    assert figure.title == f"Chair led with [[{figure.id}.n0]] in revenue"
    assert document.fact(f"{figure.id}.n0").text == "$310"
    assert figure.key == f"[[{figure.id}.n0]]"
    assert figure.level == "High"
    assert [note.heading for note in figure.notes] == ["Asked", "Computed", "Assumed"]
    (query,) = blocks(document, Query)
    assert figure.source is not None
    assert figure.source.query == query.id
    assert 'SUM("revenue")' in query.sql or "sum(revenue)" in query.sql
    (levels,) = blocks(document, Levels)
    assert levels.rows[0][1] == "High"


def test_every_number_in_a_table_is_a_fact_of_its_query(notebook, answered):
    document = compose(notebook("## What sold", answered()))
    (figure,) = blocks(document, Figure)
    assert figure.table is not None
    numbers = [cell for row in figure.table.rows for cell in row if REF.fullmatch(cell)]
    assert len(numbers) == 4
    values = [document.fact(cell[2:-2]).value for cell in numbers]
    assert values == [310.25, 200.5, 55.0, 7.0]


def test_a_sentence_with_a_number_of_its_own_is_left_out(notebook, answered):
    answer = answered(sentence="It led with 99.", sentence_parts=(Part("It led with 99."),))
    document = compose(notebook("## What sold", answer))
    (figure,) = blocks(document, Figure)
    assert figure.title == "top products by revenue"
    assert "A sentence was left out, because a number in it has no query." in document.confidence.reasons


def test_tags_steer_headline_summary_decision_and_hiding(notebook, answered):
    document = compose(
        notebook(
            "# Review",
            ("**Decision needed by 15 Oct**\nBuy more.\nIt sells.", ["decision"]),
            "## What sold",
            (answered(), ["headline", "summary"]),
            (answered(question="hidden"), ["hide"]),
        )
    )
    assert document.title.startswith("Chair led with [[")
    (bullets,) = blocks(document, Bullets)
    assert bullets.items == (f"{document.title}.",)
    (callout,) = blocks(document, Callout)
    assert (callout.label, callout.text) == ("Decision needed by 15 Oct", "Buy more.\nIt sells.")
    assert len(blocks(document, Figure)) == 1


def test_kpi_cells_make_tiles_whose_numbers_have_their_own_queries(notebook, ws):
    document = compose(notebook("# Review", (ws.sql(KPI), ["kpi", "headline"])))
    (row,) = blocks(document, Kpis)
    revenue, returns = row.items
    assert (revenue.label, revenue.verdict, revenue.rising, revenue.trend, revenue.base_at) == (
        "Revenue",
        "better",
        True,
        (80.0, 100.0, 120.0),
        1,
    )
    assert document.fact(revenue.delta[2:-2]).text == "+20\u202f%"
    assert (returns.verdict, document.fact(returns.delta[2:-2]).text) == ("worse", "+1.5\u202fpp")
    for fact in document.facts:
        assert ws.sql(fact.sql).rows() == [{next(iter(ws.sql(fact.sql).columns)): fact.value}], fact.id
    assert "ring is Q2 2026" in row.note
    assert REF.sub("N", document.title) == "Revenue grew N to N; returns grew N"


def test_a_refusal_is_said_plainly(notebook):
    refused = Answer(
        "rain?",
        answered=False,
        intent=Intent("refuse"),
        reason="No table holds weather.",
        missing=("rain",),
        suggestions=("Total revenue?",),
    )
    (callout,) = blocks(document := compose(notebook("## Weather", refused)), Callout)
    assert (callout.kind, callout.label, callout.text) == ("refusal", "rain?", "No table holds weather.")
    assert callout.lists == (("What I need", ("rain",)), ("What I can answer now", ("Total revenue?",)))
    assert document.confidence.reasons == ("A question has no answer in this data, and says so.",)


def test_findings_make_a_section_with_what_to_do(notebook, ws):
    rows = "SELECT DATE '2026-01-01' + CAST(range AS INTEGER) AS day, range * 2.0 + (range * 37 % 11) AS sales FROM range(200)"
    document = compose(notebook("## What stands out", ws.discover(ws.sql(rows))))
    assert document.sections[1].kind == "key_findings"
    figures = blocks(document, Figure)
    assert figures
    assert all(figure.finding and figure.source for figure in figures)
    assert any(section.kind == "recommendations" for section in document.sections)


def test_nothing_found_is_said_without_a_number_of_its_own(notebook, ws):
    document = compose(notebook("## What stands out", ws.discover(ws.sql("SELECT range AS id, range * 7919 % 101 AS v FROM range(60)"))))
    (callout,) = blocks(document, Callout)
    assert (callout.kind, callout.label) == ("nothing", "Nothing stands out")
    assert not any(c.isdigit() for c in callout.text)


def test_an_authors_number_is_kept_and_said(notebook):
    document = compose(notebook("# Review\n\nThe plan was $600k for one year, 2026."))
    (prose, *_) = blocks(document, Prose)
    assert prose.authored
    assert "author's own words" in document.confidence.reasons[0]


def test_headings_in_code_and_brackets_are_text(notebook):
    document = compose(notebook("# Review [[x]]\n\n```python\n# no heading\n```\n\nSee [[page]].\n\n## What [[y]] sold\n\nText"))
    assert [s.label for s in document.sections] == ["Summary", "What [\u2060[y]] sold"]
    assert "# no heading" in document.sections[0].blocks[0].text
    assert document.title == "Review [\u2060[x]]"


def test_other_outputs_are_shown_and_never_run(notebook):
    frame = "<table border=1><tr><th>a</th><th>n</th></tr><tr><td><b>x</b></td><td>1.5</td></tr></table>"
    figure = {"data": [{"type": "bar", "x": [1], "y": [2]}], "layout": {"title": {"text": "<b>Mine</b>"}, "width": 5000}}
    document = compose(
        notebook(
            "## Mine", {"text/html": frame}, {"image/png": "aGk="}, {"text/plain": "3 rows"}, {"application/vnd.plotly.v1+json": figure}
        )
    )
    (table,) = blocks(document, Table)
    assert (table.columns, table.rows, table.numeric) == (("a", "n"), (("x", "1.5"),), (False, True))
    assert [type(block) for block in document.sections[1].blocks] == [Table, Picture, Plain, Figure]
    (chart,) = blocks(document, Figure)
    assert chart.title == "Mine"
    assert chart.chart is not None
    assert "title" not in chart.chart.figure["layout"]
    assert chart.chart.figure["layout"]["template"] != chart.chart.dark["layout"]["template"]


def test_the_same_run_has_the_same_id(notebook):
    made = notebook(
        "# Review",
        metadata={"period": ["since", "until"], "parameters": {"since": "2026-07-01", "until": "2026-09-30", "country": "Spain"}},
    )
    made.metadata["papermill"] = {"parameters": {"country": "France"}, "start_time": "2026-10-05T06:00:00+00:00"}
    first, second = compose(made).metadata, compose(nbformat.reads(nbformat.writes(made), 4)).metadata
    assert first["run"] == second["run"]
    assert (first["period"], first["parameters"], first["as_of"]) == ("Q3 2026", {"country": "France"}, "5 Oct 2026, 06:00 UTC")


def test_an_empty_notebook_is_an_empty_report():
    document = compose(v4.new_notebook())
    assert (document.title, document.facts, document.confidence.level) == ("Report", (), "None")
