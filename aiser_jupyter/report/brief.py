"""A brief to a document: the questions its tables can answer and what stands out in them, laid out as a notebook's report is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import CannotAnswerError, UsageError
from aiser_jupyter.report.compose import compose

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from aiser_jupyter.catalog import Catalog, Table
    from aiser_jupyter.context import Context
    from aiser_jupyter.report.document import Document

AUDIENCES = ("executive", "analyst")
QUESTIONS = 5


def report(context: Context, brief: str, *, audience: str = "executive", on: str | None = None) -> Document:
    """The document on ``brief``, from the connection ``on``; an ``analyst`` also gets the columns that were looked at.

    Raises UsageError for an empty brief or an unknown audience, CannotAnswerError where no table has rows.
    """
    from aiser_jupyter.answer.intent import classify
    from aiser_jupyter.query.profile import profile

    if not brief.strip():
        raise UsageError("The brief is empty.", hint='Say what the report is about: ws.report("Sales by country").')
    if audience not in AUDIENCES:
        raise UsageError(f"There is no audience {audience!r}.", hint=f"Audiences: {', '.join(AUDIENCES)}.")
    catalog = profile(context, on)
    table = subject(catalog, brief)
    document = compose(notebook(context, brief, catalog, table, columns=audience == "analyst"))
    return replace(document, intent=classify(brief).business)


def subject(catalog: Catalog, brief: str) -> Table:
    """The table that the brief names most words of; of several, the one with amounts and dates, then the largest."""
    from aiser_jupyter.answer.suggestions import amounts, dates

    tables = [table for table in catalog.tables if table.row_count]
    if not tables:
        raise CannotAnswerError("There is nothing to report on: no table here has rows.", hint="Add data first: ws.add('sales.csv').")
    asked = stems(brief)

    def worth(table: Table) -> tuple[int, int, int, str]:
        name = stems(table.name)
        # A word of the name that the brief does not say speaks for another table: Invoice before InvoiceLine.
        named = 4 * len(name & asked) - 2 * len(name - asked) + sum(bool(stems(column.name) & asked) for column in table.columns)
        return (-named, -len(amounts(table)) - len(dates(table)), -(table.row_count or 0), table.name)

    return min(tables, key=worth)


def stems(text: str) -> set[str]:
    """The words of a text or identifier, in lower case and without a plural's s."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())
    return {word.removesuffix("s") for word in words if len(word) > 2}


def notebook(context: Context, brief: str, catalog: Catalog, table: Table, *, columns: bool) -> NotebookNode:
    """The notebook that an analyst would have run for the brief, with its outputs."""
    import nbformat

    from aiser_jupyter.answer.build import answer
    from aiser_jupyter.answer.suggestions import of_table
    from aiser_jupyter.discover.scan import discover

    v4 = nbformat.v4
    found = [reply for question in of_table(table)[:QUESTIONS] if (reply := answer(context, question, on=catalog.source)).answered]
    cells = [v4.new_markdown_cell(f"# {brief.strip()}")]
    cells += [_cell(v4, reply, "summary") for reply in found[:1]]
    if found[1:]:
        cells += [v4.new_markdown_cell("## The numbers"), *(_cell(v4, reply) for reply in found[1:])]
    cells += [v4.new_markdown_cell("## What stands out"), _cell(v4, discover(context, table.name, on=catalog.source))]
    if columns:
        names = ", ".join(f"`{column.name}`" for column in table.columns)
        cells.append(v4.new_markdown_cell(f"Looked at: `{table.name}` with {names}.", metadata={"tags": ["appendix"]}))
    return v4.new_notebook(cells=cells)


def _cell(v4: Any, value: Any, *tags: str) -> NotebookNode:
    from aiser_jupyter.report.payload import MIME, payload

    output = v4.new_output("display_data", data={"text/plain": repr(value), MIME: payload(value)})
    return v4.new_code_cell("", outputs=[output], metadata={"tags": list(tags)})
