"""Findings as parts of an answer, each with SQL that runs where the answer's own did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.answer.exhibit import Exhibit
from aiser_jupyter.discover.table import FRAME, Relation, reckoned
from aiser_jupyter.query.result import Origin, Result

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.finding import Finding
    from aiser_jupyter.discover.findings import Findings

MOST = 6
MOST_BARS = 12  # a chart of a finding with more is no help beside its sentence


def exhibits(findings: Findings, *, source: str, dialect: str, over: Answer | None = None) -> tuple[Exhibit, ...]:
    """The first findings, best first; those over the rows of an answer with the answer's query before their own."""
    return tuple(exhibit(finding, findings, source, dialect, over) for finding in findings[:MOST])


def exhibit(finding: Finding, findings: Findings, source: str, dialect: str, over: Answer | None) -> Exhibit:
    """One finding."""
    sql = whole(finding.sql, over)
    facts = tuple(replace(fact, sql=whole(fact.sql, over), source=source if over is not None else fact.source) for fact in finding.facts)
    result = chart = None
    if findings.ask is not None and finding.chart is not None:
        table = findings.ask(finding.sql)
        if finding.chart.kind == "line" or table.num_rows <= MOST_BARS:
            chart, result = finding.chart, Result.of(table, Origin(sql, dialect, source))
    advice = (finding.recommendation,) if finding.recommendation else ()
    return Exhibit(
        "finding",
        finding.title,
        finding.statement,
        "",
        advice,
        sql,
        dialect,
        source,
        result,
        chart,
        facts,
    )


def within(context: Context, before: Answer) -> Findings:
    """What stands out in the rows of an answer: looked for in its result, each claim read from the source itself, in the source's own dialect."""
    from aiser_jupyter.discover import discover
    from aiser_jupyter.discover.scan import scan
    from aiser_jupyter.query import run

    assert before.result is not None
    if before.dialect == "duckdb" or not before.sql:
        return discover(context, before.result, name=called(before))
    rows = before.result.arrow()

    def over_rows(sql: str) -> pa.Table:
        return run(context, sql, frames={FRAME: rows}, origin="discover").arrow()

    def over_source(sql: str) -> pa.Table:
        return reckoned(run(context, whole(sql, before), on=before.source, origin="discover").arrow())

    return scan(Relation(FRAME, before.dialect, FRAME, FRAME, over_rows, over_source, context.clock.now(), called(before)))


def called(answer: Answer) -> str:
    """What sentences call the rows of an answer."""
    return answer.restated[:80]


def whole(sql: str, over: Answer | None) -> str:
    """A query over the rows called ``frame`` as one that runs on the source itself, in its dialect."""
    if over is None or not over.sql:
        return sql
    try:
        tree, first = sqlglot.parse_one(sql, read=over.dialect), sqlglot.parse_one(over.sql, read=over.dialect)
    except SqlglotError:
        return sql
    if not isinstance(tree, exp.Query) or not isinstance(first, exp.Query):
        return sql
    if not first.args.get("limit") and not first.args.get("offset"):
        first.set("order", None)  # SQL Server takes none within a query
    inner = exp.CTE(this=first, alias=exp.TableAlias(this=exp.to_identifier(FRAME)))
    with_ = tree.args.get("with_")
    tree.set("with_", exp.With(expressions=[inner, *(with_.expressions if with_ is not None else [])]))
    return tree.sql(dialect=over.dialect)
