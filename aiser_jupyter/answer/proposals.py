"""Questions worth asking next: from the tables, from what stands out, from what was looked at, each one checked to be answerable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.answer.suggestions import amounts, dates, labels, of_table
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.format import noun
from aiser_jupyter.query.history import seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aiser_jupyter.catalog import Catalog, Table
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.finding import Finding
    from aiser_jupyter.settings import Audience

MOST = 8
TABLES = 3
RECENT = 50
# A question that the engine reads with less confidence is no suggestion.
SURE = 0.6


def suggest(
    context: Context, on: str | None = None, *, findings: Iterable[Finding] = (), audience: Audience | None = None
) -> tuple[str, ...]:
    """Up to eight questions that the engine reads with confidence, no two of them by the same query.

    ``findings`` come first, then the tables looked at lately, then those that say most. An ``audience`` of executive (the setting's where
    None) is offered totals, rankings and reasons before rows and averages.
    """
    from aiser_jupyter.ask.engine import schema_of, understand
    from aiser_jupyter.ask.learned.model import load
    from aiser_jupyter.query.profile import profile

    catalog = profile(context, on)
    schema, model, today = schema_of(catalog), load(), context.clock.today()
    tables = ranked(catalog, lately(context, catalog))
    asked = [q for finding in findings for q in of_finding(catalog, finding)]
    for part in (headlines, of_table) if (audience or context.settings.audience) == "executive" else (of_table, headlines):
        asked += turns([list(part(table)) for table in tables[:TABLES]])
    pointers = {words(column) for key in catalog.keys for column in key.columns}
    asked = [question for question in asked if not any(f" {name} " in f"{question} " for name in pointers)]
    kept: dict[str, str] = {}
    for question in dict.fromkeys(asked):
        reading = understand(schema, question, today, model)
        if reading.answered and reading.confidence >= SURE:
            kept.setdefault(reading.sql, question)
        if len(kept) == MOST:
            break
    return tuple(kept.values())


def ranked(catalog: Catalog, recent: dict[str, int]) -> list[Table]:
    """Tables with rows: those looked at lately, then those with amounts and dates, then the largest."""
    filled = [table for table in catalog.tables if table.row_count]
    return sorted(
        filled,
        key=lambda t: (-recent.get(t.name.lower(), 0), -len(amounts(t)) - len(dates(t)), -len(labels(t)), -(t.row_count or 0), t.name),
    )


def lately(context: Context, catalog: Catalog) -> dict[str, int]:
    """How often each table is named in the statements run last on this connection."""
    import re

    names = {table.name.lower() for table in catalog.tables}
    count: dict[str, int] = {}
    for run in seen(context, RECENT, on=catalog.source, without=("discover", "profile")):
        for word in set(re.findall(r"\w+", run.sql.lower())) & names:
            count[word] = count.get(word, 0) + 1
    return count


def headlines(table: Table) -> Iterator[str]:
    """Totals over time, rankings and shares of what can be added up."""
    rows, measures, groups = noun.plural(words(table.name)), amounts(table), labels(table)
    for measure in measures[:2]:
        name = words(measure.name)
        if dates(table):
            yield f"Total {name} per month"
        for group in groups[:2]:
            yield f"Top 5 {noun.plural(words(group.name))} by total {name}"
    if groups:
        yield f"Share of {rows} per {words(groups[0].name)}"


def of_finding(catalog: Catalog, finding: Finding) -> Iterator[str]:
    """The questions that look closer at what a finding is about."""
    known = {c.name: (t, c) for t in catalog.tables for c in t.columns}
    here = [known[name] for name in finding.columns if name in known]
    groups = [c for t, c in here if c in labels(t)]
    measures = [c for t, c in here if c in amounts(t)]
    for measure in measures:
        for group in groups:
            yield f"Average {words(measure.name)} per {words(group.name)}"
        if finding.kind in {"trend", "seasonality", "change_point", "anomaly"}:
            yield f"Total {words(measure.name)} per month"
    for table, _ in here[:1]:
        if not measures and groups:
            yield f"How many {noun.plural(words(table.name))} are there per {words(groups[0].name)}?"


def turns(lists: list[list[str]]) -> list[str]:
    """One of each list in turn."""
    return [each[i] for i in range(max(map(len, lists), default=0)) for each in lists if i < len(each)]
