"""Figures from what a notebook's cells left: an answer, a result, a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.facts.check import stated
from aiser_jupyter.format import date as date_words
from aiser_jupyter.report import refs, tables
from aiser_jupyter.report.blocks import Callout, Figure, Note, Source
from aiser_jupyter.report.ledger import moment, source
from aiser_jupyter.report.tables import escape_refs

if TYPE_CHECKING:
    from aiser_jupyter.report.blocks import Table
    from aiser_jupyter.report.ledger import Ledger
    from aiser_jupyter.report.payload import FindingData, Payload, TableData

# The card says high, medium or low at the same bounds.
HIGH, MEDIUM = 0.8, 0.5
LONGEST_TITLE = 90
# What discovery calls a result or frame in its queries.
FRAME = "frame"
CLAUSE = re.compile(r"; |, |\. ")
# Findings that end somewhere: their last number is the news.
MOVES = frozenset({"trend", "change_point", "forecast"})
# What a restatement keeps: its first filter, up to what it is per.
SCOPE = re.compile(r"(?<!,) ((?:in|on|outside|for|from(?= \d)|with|without|where) [^,\[\]]+?)(?=,| per |$)")


def level(confidence: float | None) -> str:
    """How sure, in a word; empty where nothing was claimed."""
    if confidence is None:
        return ""
    return "High" if confidence >= HIGH else "Medium" if confidence >= MEDIUM else "Low"


def of_answer(output: Payload, ledger: Ledger) -> Figure:
    """An answer: its sentence is the title, its query and how it was read are the notes."""
    id = ledger.figure_id()  # noqa: A001  # the field's name
    ids = ledger.take(id, output.facts)
    names = [*stated_in(output.question), *named_in(output.table)]
    sentence = traced(refs.quote(sentence_of(output, ids), names), ledger, id) or refs.quote(
        escape_refs(output.question), stated_in(output.question)
    )
    single = output.table is not None and output.table.row_count == 1 and output.chart is None
    table = None if single else data(output, ledger, id)
    title, rest = split(sentence, chart_title(output, ledger, id))
    query = ledger.query(output.sql, title, timing(output))
    ran = day(output.as_of)
    notes = [Note("Asked", escape_refs(output.question)), Note("Computed", escape_refs(output.restated) + ".")]
    if rest:
        notes.insert(0, Note("In full", rest))
    if output.assumptions:
        notes.append(Note("Assumed", escape_refs(" ".join(ended(a) for a in output.assumptions))))
    return Figure(
        id,
        title,
        subtitle=ended(escape_refs(output.restated)).rstrip(".") if single else caption(output),
        chart=output.chart,
        table=table,
        level=level(output.confidence),
        reason=why(output),
        source=source(query, output.sql, output.dialect, output.source, ran),
        notes=tuple(notes),
        key=key(title, ledger),
    )


def of_result(output: Payload, ledger: Ledger) -> Figure:
    """A query's result under its chart's finding, else its name."""
    id = ledger.figure_id()  # noqa: A001  # the field's name
    table = data(output, ledger, id)
    title = chart_title(output, ledger, id) or escape_refs(tables.pretty(output.name)) or "What the query gives"
    query = ledger.query(output.sql, title, timing(output))
    ran = day(output.as_of)
    return Figure(id, title, caption(output), output.chart, table, source=source(query, output.sql, output.dialect, output.source, ran))


def data(output: Payload, ledger: Ledger, id: str) -> Table | None:  # noqa: A002  # the field's name
    """An output's rows, each number a fact under ``id``."""
    if output.table is None:
        return None
    return tables.table(
        output.table,
        ledger,
        id,
        sql=output.sql,
        dialect=output.dialect,
        source=output.source,
        as_of=output.as_of,
        others=output.column_sql,
    )


def of_finding(item: FindingData, output: Payload, ledger: Ledger) -> Figure:
    """A finding: the claim, its chart, how sure and why."""
    id = ledger.figure_id()  # noqa: A001  # the field's name
    ledger.take(id, item.facts)
    claim = traced(refs.quote(escape_refs(item.title), item.names), ledger, id)
    statement = traced(refs.quote(escape_refs(item.statement), item.names), ledger, id)
    title = (claim or statement or f"{item.kind.replace('_', ' ').capitalize()} in {output.name}").rstrip(".")
    query = ledger.query(item.sql, title)
    as_of = str(item.facts[0].get("as_of", "")) if item.facts else output.as_of
    return Figure(
        id,
        title,
        subtitle=escape_refs(item.chart.subtitle) if item.chart else "",
        chart=item.chart,
        table=tables.table(item.table, ledger, id, sql=item.sql, dialect=output.dialect or "duckdb", source=output.source, as_of=as_of)
        if item.table
        else None,
        level=level(item.confidence),
        reason="It passed its own test and the false-discovery control over the whole scan.",
        source=source(query, item.sql, "duckdb", output.source, day(as_of))
        if output.source != FRAME
        else Source(query, "a result of this notebook", day(as_of)),
        notes=(Note("In full", statement),) if statement and statement.rstrip(".") != title else (),
        key=key(claim, ledger, last=item.kind in MOVES) or key(statement, ledger),
        finding=True,
    )


def of_refusal(output: Payload) -> Callout:
    """A question without an answer here: why, what is needed, what can be asked instead."""
    lists = (("What I need", output.missing), ("Could also mean", output.alternatives), ("What I can answer now", output.suggestions))
    text = escape_refs(output.reason or "I can't answer this with the data here.")
    return Callout(
        "refusal", escape_refs(output.question), text, tuple((name, tuple(escape_refs(i) for i in items)) for name, items in lists if items)
    )


def sentence_of(output: Payload, ids: dict[str, str]) -> str:
    """The answer's sentence with its numbers as references; its strong words in bold."""
    if not output.parts:
        return refs.link(escape_refs(output.sentence), ())
    words: list[str] = []
    for part in output.parts:
        fact = part.get("fact")
        text = f"[[{ids[str(fact)]}]]" if fact in ids else escape_refs(str(part.get("text", "")))
        words.append(text)
    return "".join(words)


def why(output: Payload) -> str:
    """Why an answer is as sure as it is."""
    if output.assumptions:
        return "It assumes " + " and ".join(escape_refs(a.strip().rstrip(".")) for a in output.assumptions[:2]) + "."
    sure = level(output.confidence) == "High" or not output.alternatives
    return "Each name in the question is one in the data." if sure else "The question has other readings."


def stated_in(question: str) -> list[str]:
    """The numbers that a question itself says."""
    return [found.text for found in stated(question)]


def named_in(table: TableData | None) -> list[str]:
    """The text cells of a result that hold digits: names, not numbers."""
    return (
        sorted({str(cell) for row in table.rows for cell in row if isinstance(cell, str) and any(c.isdigit() for c in cell)})
        if table
        else []
    )


def traced(text: str, ledger: Ledger, id: str) -> str:  # noqa: A002  # the field's name
    """``text`` with its numbers linked, or nothing where one has no fact; what was left out is noted."""
    linked = refs.link(text, ledger.of(id))
    loose = refs.untraced(linked, ledger.of(id))
    if loose:
        ledger.left_out.append(f"A sentence was left out: no query yields {', '.join(loose)}.")
        return ""
    return linked


def key(text: str, ledger: Ledger, *, last: bool = False) -> str:
    """The reference to the first (or last) number of ``text``, for a slide to set large."""
    named = [name for literal, name in refs.REF.findall(text) if not literal]
    numbers = [f"[[{name}]]" for name in named if isinstance(ledger.facts[name].value, int | float)]
    return numbers[-1 if last else 0] if numbers else ""


def split(sentence: str, short: str) -> tuple[str, str]:
    """A title, and the sentence where the title is only a part of it: its longest beginning that ends a clause and states a number, else ``short``."""
    if length(sentence) <= LONGEST_TITLE:
        return sentence.rstrip(". "), ""
    ends = (match.start() for match in CLAUSE.finditer(sentence))
    starts = [sentence[:end] for end in ends if length(sentence[:end]) <= LONGEST_TITLE and refs.REF.search(sentence[:end])]
    title = starts[-1] if starts else short or sentence.partition(". ")[0].rstrip(". ")
    return title, "" if title == sentence.rstrip(". ") else sentence


def length(text: str) -> int:
    """About how many letters a reader sees."""
    return len(refs.REF.sub("00000", text))


def chart_title(output: Payload, ledger: Ledger, id: str) -> str:  # noqa: A002  # the field's name
    """The finding that the chart's own title says, where each of its numbers is a fact."""
    if output.chart is None or not output.chart.title:
        return ""
    said = refs.quote(refs.link(escape_refs(output.chart.title), ledger.of(id)), named_in(output.table))
    return "" if refs.digits(said, ledger.of(id)) else said


def caption(output: Payload) -> str:
    """What a chart shows, and of which rows."""
    if output.chart is None:
        return ""
    kept = SCOPE.search(output.restated)
    return escape_refs(output.chart.subtitle + (f", {kept[1]}" if kept else ""))


def ended(text: str) -> str:
    """A sentence with a capital and its full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def day(as_of: str) -> str:
    """The day a query ran."""
    return date_words.day(moment(as_of)) if as_of else ""


def timing(output: Payload) -> str:
    """The engine a query ran on."""
    return {"duckdb": "DuckDB", "sqlite": "SQLite", "postgres": "PostgreSQL", "mysql": "MySQL"}.get(output.dialect, output.dialect)
