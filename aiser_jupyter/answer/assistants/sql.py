"""The SQL reviewer: what is wrong with a query, what it computes, how it is laid out, and a faster form that is proved."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.answer import refusal
from aiser_jupyter.answer.assistants import ask_assistant
from aiser_jupyter.answer.assistants.analyst import since
from aiser_jupyter.answer.exhibit import Exhibit
from aiser_jupyter.answer.line import Line
from aiser_jupyter.answer.statement import costs, find, prove
from aiser_jupyter.answer.statement.look import Look
from aiser_jupyter.answer.statement.review import LEAD, Remark, review
from aiser_jupyter.answer.statement.rewrites import rewrites, volatile
from aiser_jupyter.answer.step import Step
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.restate import restate
from aiser_jupyter.errors import RefusedError, UnknownNameError

if TYPE_CHECKING:
    from sqlglot import exp

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.answer.assistants.assistant import Request
    from aiser_jupyter.answer.statement.prove import Outcome
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context

Wish = Literal["review", "faster", "explain", "format"]
WISHES: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    (
        "faster",
        re.compile(
            r"\b(?:faster|speed (?:it |this |that )?up|optimi[sz]e|optimi[sz]ation|tune|slow|quicker|performance|performant|rewrite|take so long)\b",
            re.IGNORECASE,
        ),
    ),
    ("format", re.compile(r"\b(?:format|pretty|lay (?:it |this )?out|indent|tidy|beautify)\b", re.IGNORECASE)),
    (
        "explain",
        re.compile(r"\b(?:explain|what does|what is this|mean|describe|understand|plan|how does|walk me through)\b", re.IGNORECASE),
    ),
    (
        "review",
        re.compile(
            r"\b(?:review|check|wrong|mistakes?|errors?|bugs?|correct|right|improve|critici[sz]e|lint|look at|problems?|issues?)\b",
            re.IGNORECASE,
        ),
    ),
)
THIS = re.compile(r"\b(?:this|that|it|its|the (?:query|sql|statement))\b", re.IGNORECASE)


class Sql:
    """A second pair of eyes on a query."""

    name = "sql"
    description = "Reviews, explains and lays out SQL, and offers a faster form only where it is proved to give the same rows in less time."

    def reply(self, context: Context, request: Request) -> Answer | None:
        """What is asked of the statement in the question or of the answer before; an ordinary question is answered, and its query reviewed."""
        from aiser_jupyter.query.profile import profile

        catalog = profile(context, request.on)
        found = find.statement(request.question, catalog.dialect)
        said = found.words if found is not None else request.question
        wish = next((wish for wish, pattern in WISHES if pattern.search(said)), None)
        if found is None and wish is not None and THIS.search(said) and request.follows is not None and request.follows.sql:
            found = find.statement(request.follows.sql, catalog.dialect)
        if found is None:
            return asked(context, request, catalog) if wish is None or not THIS.search(said) else lacking(request, catalog)
        blank = replace(request.blank, sql=found.sql, source=catalog.source, dialect=catalog.dialect)
        tree = find.read(found.sql, catalog.dialect)
        if found.writes or tree is None:
            return refusal.refused(replace(blank, sql=None), "I only review statements that read. Nothing was run and nothing changed.")
        known(tree, catalog)
        work = {"faster": faster, "explain": explained, "format": formatted, "review": reviewed}
        return work[wish or "review"](context, blank, catalog, tree)


def known(tree: exp.Query, catalog: Catalog) -> None:
    """Raise `UnknownNameError` for a table that is not there, and `RefusedError` for what the guard does not let through."""
    from aiser_jupyter.query import guard
    from aiser_jupyter.query.suggest import nearest

    look = Look(tree, "", catalog)
    verdict = guard.check(tree.sql(dialect=catalog.dialect), catalog.dialect, files=False)
    if not verdict.allowed:
        raise RefusedError(verdict.reason)
    for block in look.blocks:
        for alias, node in block.nodes.items():
            named = node.name if node.key == "table" else ""
            if named and block.tables[alias] is None and (node.args.get("db") or named.casefold() not in look.ctes):
                near = nearest(named, [table.name for table in catalog.tables])
                hint = f"Did you mean {near[0]}?" if near else f"Tables: {', '.join(table.name for table in catalog.tables[:8])}."
                raise UnknownNameError(f"There is no table {named[:200]!r} on {catalog.source}.", hint=hint, candidates=near)


def asked(context: Context, request: Request, catalog: Catalog) -> Answer:
    """An ordinary question, answered by the analyst, with its query reviewed."""
    started = time.perf_counter()
    found = ask_assistant(context, request, "analyst", request.question, follows=request.follows)
    tree = find.read(found.sql, catalog.dialect) if found.sql else None
    if tree is None or not found.sql:
        return found
    remarks = review(tree, found.sql, catalog)
    steps = (*found.steps, Step("Reviewed the query", since(started)))
    return replace(found, question=request.question, exhibits=tuple(exhibit(remark, catalog) for remark in remarks), steps=steps)


def lacking(request: Request, catalog: Catalog) -> Answer:
    """The reply where there is no statement to work on."""
    blank = replace(request.blank, source=catalog.source, dialect=catalog.dialect)
    return refusal.refused(
        blank, "there is no SQL in it. Put the statement behind the words, or ask this after an answer.", suggestions=of_catalog(catalog)
    )


def reviewed(context: Context, blank: Answer, catalog: Catalog, tree: exp.Query) -> Answer:
    """The remarks on a query, each with its place, and the indexes that the engine misses."""
    assert blank.sql is not None
    started = time.perf_counter()
    remarks = review(tree, blank.sql, catalog)
    steps = [Step("Read the query against its tables, keys and missing values", since(started))]
    started = time.perf_counter()
    told = costs.plan(context, blank.sql, catalog.dialect, catalog.source)
    hints = costs.missing_indexes(told, Look(tree, blank.sql, catalog)) if told is not None else ()
    steps += [Step("Asked the engine for its plan", since(started))] if told is not None else []
    found = [exhibit(remark, catalog) for remark in remarks]
    found += [Exhibit("remark", LEAD["slow"], hint, "", (), "", catalog.dialect, catalog.source) for hint in hints]
    line = Line()
    if not found:
        line.say("I found nothing to mend in this query.")
    else:
        first = found[0]
        where = remarks[0].where if remarks else ""
        line.say(first.title).say(", at " if where else "").name(where, strong=True).say(": ").name(first.text)
    return finished(blank, line, tuple(found), tuple(steps), catalog)


def exhibit(remark: Remark, catalog: Catalog) -> Exhibit:
    """A remark as a part of the answer; its place ends with the words of the statement it is about."""
    place = f"{remark.where}: {remark.snippet}" if remark.where else ""
    return Exhibit("remark", LEAD[remark.weight], remark.message, place, (remark.advice,), "", catalog.dialect, catalog.source)


def explained(context: Context, blank: Answer, catalog: Catalog, tree: exp.Query) -> Answer:  # noqa: ARG001  # each wish is given the same
    """What the query computes, in words made from it alone, and how the engine runs it."""
    assert blank.sql is not None
    started = time.perf_counter()
    said = restate(blank.sql, catalog.dialect, catalog)
    steps = [Step("Put the query into words", since(started))]
    started = time.perf_counter()
    told = costs.plan(context, blank.sql, catalog.dialect, catalog.source)
    found = ()
    if told is not None:
        found = (Exhibit("plan", "How the engine runs it", told.text(), "", (), "", catalog.dialect, catalog.source),)
        steps.append(Step("Asked the engine for its plan", since(started)))
    line = (
        Line().say("It computes: ").name(said[:1].lower() + said[1:] if said else "").say(".")
        if said
        else Line().say("I have no words for this query.")
    )
    return replace(finished(blank, line, found, tuple(steps), catalog), restated=said)


def formatted(context: Context, blank: Answer, catalog: Catalog, tree: exp.Query) -> Answer:  # noqa: ARG001  # each wish is given the same
    """The query laid out one clause a line; it means what it meant."""
    from aiser_jupyter.query.format_sql import format_sql

    assert blank.sql is not None
    text = format_sql(blank.sql, catalog.dialect)
    line = Line().say("Laid out one clause a line; only blanks, line breaks and the case of keywords changed.")
    shown = Exhibit("rewrite", "The query, laid out", "", "", (), text, catalog.dialect, catalog.source)
    return finished(replace(blank, sql=text), line, (shown,), (Step("Laid the query out"),), catalog)


def faster(context: Context, blank: Answer, catalog: Catalog, tree: exp.Query) -> Answer:
    """A faster form with its proof, or honestly none; the query itself stays as it was."""
    assert blank.sql is not None
    started = time.perf_counter()
    why = volatile(tree)
    outcome = prove.best(context, tree, blank.sql, rewrites(tree, catalog), catalog.source) if not why else prove.Outcome(None, why=why)
    steps = (
        [Step("Tried other forms of the query: compared their rows, and measured in pairs those that gave the same", since(started))]
        if not why
        else []
    )
    told = costs.plan(context, blank.sql, catalog.dialect, catalog.source)
    hints = costs.missing_indexes(told, Look(tree, blank.sql, catalog)) if told is not None else ()
    found: tuple[Exhibit, ...] = ()
    line = Line()
    if outcome.best is not None:
        line.say("This form gives the same rows and was faster: ").name(outcome.best.rewrite.name).say(". Your query was not changed.")
        found = (proof(outcome, catalog),)
    elif outcome.why:
        line.say("I cannot prove another form of this query: ").name(outcome.why).say(".")
    else:
        line.say("I found no form that gives the same rows in less time" + ("" if hints else ", so I leave it as it is") + ".")
    found += tuple(Exhibit("remark", LEAD["slow"], hint, "", (), "", catalog.dialect, catalog.source) for hint in hints)
    found += tuple(exhibit(remark, catalog) for remark in review(tree, blank.sql, catalog) if remark.weight in {"slow", "wrong"})
    return finished(blank, line, found, (*steps, Step("Asked the engine for its plan")) if told is not None else tuple(steps), catalog)


def proof(outcome: Outcome, catalog: Catalog) -> Exhibit:
    """The faster form with what was measured."""
    from aiser_jupyter.query.format_sql import format_sql

    best = outcome.best
    assert best is not None
    assert outcome.table is not None
    rows = outcome.table.num_rows
    what = f"{'the one row' if rows == 1 else f'all {rows:,} rows'} equal on the data as they are now"
    text = (
        f"Measured: {milliseconds(best.before_ms)} before, {milliseconds(best.after_ms)} after, the middle of {best.pairs} runs of each in turns; {what}. "
        f"{outcome.tried} other form{'' if outcome.tried == 1 else 's'} tried, {outcome.same} with the same rows."
    )
    name = best.rewrite.name
    return Exhibit(
        "rewrite", name[:1].upper() + name[1:], text, "", (), format_sql(best.rewrite.sql, catalog.dialect), catalog.dialect, catalog.source
    )


def milliseconds(elapsed: float) -> str:
    """A measured time."""
    return f"{elapsed:,.0f} ms" if elapsed >= 20 else f"{elapsed:.1f} ms"


def finished(blank: Answer, line: Line, found: tuple[Exhibit, ...], steps: tuple[Step, ...], catalog: Catalog) -> Answer:
    """The answer with its sentence and parts."""
    return replace(
        blank,
        answered=True,
        sentence=line.text,
        sentence_parts=tuple(part for part in line.parts if part.text),
        facts=tuple(line.facts),
        source=catalog.source,
        dialect=catalog.dialect,
        confidence=1.0,
        exhibits=found,
        steps=steps,
    )


ASSISTANT = Sql()
