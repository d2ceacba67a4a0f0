"""Replies about the data and about ourselves: which tables and columns there are, what can be done."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.line import Line
from aiser_jupyter.answer.refusal import refused
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.catalog import Catalog, Table
    from aiser_jupyter.context import Context

SHOWN = 8
WORD = re.compile(r"[^\W\d_]{3,}")
ASKING = frozenset(
    (
        "which",
        "what",
        "where",
        "table",
        "column",
        "field",
        "data",
        "have",
        "has",
        "there",
        "the",
        "for",
        "are",
        "all",
        "any",
        "list",
        "show",
        "about",
        "find",
        "stored",
        "contain",
    )
)


def schema(context: Context, blank: Answer, catalog: Catalog) -> Answer:
    """The columns of the table that was named, the columns that a word was found in, or all tables with their rows."""
    wanted = [noun.singular(w) for w in WORD.findall(blank.question.lower()) if noun.singular(w) not in ASKING and w not in ASKING]
    named = next(
        (
            t
            for t in catalog.tables
            if noun.singular(phrase.words(t.name)) in noun.singular(blank.question.lower()) or noun.singular(phrase.words(t.name)) in wanted
        ),
        None,
    )
    if named is not None:
        return profiled(context, blank, catalog, named)
    hits = [
        f"{t.name}.{c.name}"
        for t in catalog.tables
        for c in t.columns
        if any(w in phrase.words(f"{t.name} {c.name}").split() for w in wanted)
    ]
    if hits:
        line = Line().say("I find it in ").listing(hits[:SHOWN]).say(" and more." if len(hits) > SHOWN else ".")
        return said(blank, line, catalog)
    return tables(context, blank, catalog)


def tables(context: Context, blank: Answer, catalog: Catalog) -> Answer:
    """All tables, the biggest first, each with its rows counted now."""
    if not catalog.tables:
        return said(blank, Line().say("There are no tables on this connection."), catalog)
    counts = [
        exp.select(exp.alias_(exp.Literal.string(t.name), "table_name"), exp.alias_(exp.Count(this=exp.Star()), "row_count")).from_(
            source(t)
        )
        for t in catalog.tables
    ]
    query: exp.Query = counts[0]
    for other in counts[1:]:
        query = exp.union(query, other, distinct=False)
    evidence, found = looked(context, blank, query.sql(dialect=catalog.dialect), catalog, "Tables with their number of rows")
    order = sorted(range(len(catalog.tables)), key=lambda r: (-evidence.cells[1][r], evidence.cells[0][r]))
    line = Line().say("The tables are ")
    for place, row in enumerate(order[:SHOWN]):
        line.say("" if place == 0 else ", ").name(evidence.cells[0][row], strong=True).say(" (")
        line.state(evidence.cell(row, 1), strong=False).say(" row)" if evidence.cells[1][row] == 1 else " rows)")
    return said(found, line.say(" and smaller ones." if len(order) > SHOWN else "."), catalog)


def profile(context: Context, blank: Answer, catalog: Catalog) -> Answer:
    """How full the columns of the named table are; all tables where none is named."""
    named = next((t for t in catalog.tables if noun.singular(phrase.words(t.name)) in blank.question.lower()), None)
    named = named or next((t for t in catalog.tables for c in t.columns if phrase.words(c.name) in blank.question.lower()), None)
    if named is None and len(catalog.tables) == 1:
        named = catalog.tables[0]
    return tables(context, blank, catalog) if named is None else profiled(context, blank, catalog, named)


def profiled(context: Context, blank: Answer, catalog: Catalog, table: Table) -> Answer:
    """One row a column: its type, how many rows there are, how many have a value, how many different ones."""
    rows = [
        exp.select(
            exp.alias_(exp.Literal.string(c.name), "column_name"),
            exp.alias_(exp.Literal.string(c.type), "type"),
            exp.alias_(exp.Count(this=exp.Star()), "row_count"),
            exp.alias_(exp.Count(this=exp.column(c.name, quoted=True)), "filled"),
            exp.alias_(exp.Count(this=exp.Distinct(expressions=[exp.column(c.name, quoted=True)])), "different"),
        ).from_(source(table))
        for c in table.columns
    ]
    query: exp.Query = rows[0]
    for other in rows[1:]:
        query = exp.union(query, other, distinct=False)
    evidence, found = looked(
        context,
        blank,
        query.sql(dialect=catalog.dialect),
        catalog,
        f"Type, filled and different values of each column of {phrase.words(table.name)}",
    )
    line = (
        Line()
        .name(table.name, strong=True)
        .say(" has ")
        .state(evidence.cell(0, 2))
        .say(" row and the columns " if evidence.cells[2][0] == 1 else " rows and the columns ")
    )
    line.listing([c.name for c in table.columns[: SHOWN * 2]]).say(" and more." if len(table.columns) > SHOWN * 2 else ".")
    gaps = [r for r in range(len(table.columns)) if evidence.cells[3][r] < evidence.cells[2][r]]
    if gaps:
        worst = min(gaps, key=lambda r: evidence.cells[3][r])
        line.say(" ").name(table.columns[worst].name, strong=True).say(" is the emptiest: ").state(
            evidence.cell(worst, 3), strong=False
        ).say(" rows have a value.")
    else:
        line.say(" No value is missing.")
    return said(found, line, catalog)


def help_(_: Context, blank: Answer, catalog: Catalog) -> Answer:
    """How to use us, with questions these data can answer."""
    line = Line().say("Ask about your data in plain English; %aiser help lists the commands, and %%sql runs SQL of your own.")
    return said(blank, line, catalog)


def report(_: Context, blank: Answer, catalog: Catalog) -> Answer:
    """The call that makes the document, which a question alone does not start."""
    brief = " ".join(blank.question.split()).replace('"', "'")
    reason = f'a report takes longer than an answer, so it is yours to start: ws.report("{brief}"), or %aiser report {brief}'
    return refused(blank, reason, suggestions=of_catalog(catalog))


def smalltalk(_: Context, blank: Answer, catalog: Catalog) -> Answer:
    """A short word back, with questions these data can answer."""
    return said(blank, Line().say("Ask me about your data, and I will show the query behind each number."), catalog)


def source(table: Table) -> exp.Table:
    """The table in a FROM clause."""
    return exp.table_(table.name, db=table.schema or None, quoted=True)


def looked(context: Context, blank: Answer, sql: str, catalog: Catalog, restated: str) -> tuple[Evidence, Answer]:
    """What a query of ours yields, and the reply that carries it."""
    from aiser_jupyter.query import run

    result = run(context, sql, on=catalog.source, origin="ask")
    evidence = Evidence(result.arrow(), sql, catalog.dialect, catalog.source, context.clock.now())
    return evidence, replace(blank, sql=sql, result=result, restated=restated, confidence=1.0)


def said(blank: Answer, line: Line, catalog: Catalog) -> Answer:
    """The reply that says ``line``, which is checked like every other."""
    assert line.holds(), line.text
    return replace(
        blank,
        answered=True,
        state="answered",
        sentence=line.text,
        sentence_parts=tuple(p for p in line.parts if p.text),
        facts=tuple(line.facts),
        confidence=blank.confidence or blank.intent.confidence,
        suggestions=of_catalog(catalog),
    )
