"""The view of an answer, of an error and of a question under way."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer.trace import fragments, spans
from aiser_jupyter.format import date as dates
from aiser_jupyter.widgets.code import laid_out
from aiser_jupyter.widgets.exhibits import panels
from aiser_jupyter.widgets.graph import LINKED
from aiser_jupyter.widgets.view import CardView, Grid, Note, Option, Picture, Run, Stage, Thought, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.answer.answer import Answer, Part
    from aiser_jupyter.answer.step import Step
    from aiser_jupyter.ask.reading import Alternative
    from aiser_jupyter.errors import AiserError

# How an error names its place in the SQL: the line with its number, and carets under the word.
MARKED = re.compile(r"line (?P<number>\d+): (?P<line>[^\n]*)\n(?P<space> *)(?P<carets>\^+)")
QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"|`([^`]+)`|“([^”]+)”")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
ENGINES = {"duckdb": "DuckDB", "sqlite": "SQLite", "postgres": "PostgreSQL", "mysql": "MySQL", "tsql": "SQL Server"}
# A chart of another width than it is shown at would be scaled, and its letters with it: a notebook's usual width, half a screen, a phone.
PLOT_WIDTHS = (850, 600, 330)


def of_answer(answer: Answer) -> CardView:
    """What the card of ``answer`` shows, its figure drawn."""
    if answer.state == "ambiguous":
        return of_ambiguous(answer)
    if not answer.answered:
        return CardView(
            state="refused",
            question=answer.question,
            headline=(Run(answer.sentence or answer.reason or "I can't answer this from the data at hand."),),
            detail=("I have not guessed.", *noted(answer)),
            needs=needs(answer.missing),
            options=options(answer, answer.alternatives),
            suggestions=answer.suggestions,
            audience=answer.audience,
        )
    code = laid_out(answer.sql or "")
    return CardView(
        state="answered",
        question=answer.question,
        headline=(
            *(runs(answer.sentence_parts) or (Run(answer.sentence),)),
            *((Run(f" {answer.explanation}"),) if answer.explanation else ()),
        ),
        scope=answer.restated,
        picture=picture(answer),
        grid=rows(answer),
        assumptions=answer.assumptions,
        matched=tuple((trace.words, trace.fragment) for trace in answer.trace),
        asked=words(answer),
        checks=tuple(Note(c.text, c.ok, c.sql) for c in answer.checks),
        thoughts=tuple(thought(step) for step in answer.steps),
        badge=next((f"Verified query: {s.evidence}" for s in answer.steps if s.ground == "verified"), ""),
        options=options(answer, answer.alternatives),
        confidence=answer.confidence,
        certainty=certainty(answer),
        why=why(answer),
        code=code,
        code_links=links(answer, code),
        remember="Remember this reading" if answer.remember is not None else "",
        engine=engine(answer) if answer.audience == "engineer" else (),
        audience=answer.audience,
        detail=(ENGINES.get(answer.dialect, answer.dialect), "read only", seconds(answer.elapsed_ms)),
        followups=answer.followups,
        footer=footer(answer),
        panels=panels(answer),
    )


def options(answer: Answer, others: Sequence[Alternative]) -> tuple[Option, ...]:
    """Other readings, numbered as :meth:`Answer.choose` counts them."""
    numbers = {id(a): i for i, a in enumerate(answer.alternatives, 1)}
    return tuple(
        Option(a.restated, a.said, laid_out(a.sql), sure=f"confidence {a.confidence:.2f}", number=numbers[id(a)])
        for a in others
        if a.restated
    )


def words(answer: Answer) -> tuple[Word, ...]:
    """The question cut at the words that stand behind parts of the query."""
    missing = answer.reading.missing if answer.reading is not None else ()
    found, end = list[Word](), 0
    for span in spans(answer.question, answer.trace, missing):
        found += [Word(answer.question[end : span.start])] if span.start > end else []
        text = answer.question[span.start : span.end]
        found.append(Word(text, lost=True) if span.part is None else Word(text, span.part + 1))
        end = span.end
    return (*found, Word(answer.question[end:])) if found and end < len(answer.question) else tuple(found)


def links(answer: Answer, code: str) -> tuple[tuple[int, int, int], ...]:
    """Where the parts of the query that words stand behind are in its text; a place that two parts share goes to the first."""
    found: list[tuple[int, int, int]] = []
    for number, trace in enumerate(answer.trace[:LINKED], 1):
        for start, end in fragments(code, trace.fragment):
            if all(end <= s or start >= e for s, e, _ in found):
                found.append((start, end, number))
    return tuple(sorted(found))


def thought(step: Step) -> Thought:
    """A step of the record in words."""
    certain = "" if step.confidence is None else "certain" if step.confidence == 1 else f"confidence {step.confidence:.2f}"
    return Thought(step.text, step.kind, "" if step.kind == "plain" else step.what, certain, seconds(step.elapsed_ms or 0.0), step.inputs)


def engine(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Where the query ran and why there, how long each step took, and the plan."""
    route = answer.result.route if answer.result is not None else {}
    where = "\n".join(f"{name}: {said}" for name in ("engine", "reason", "alternatives") if (said := spelled(route.get(name))))
    took = "\n".join(f"{step.elapsed_ms:>8.1f} ms  {step.text}" for step in answer.steps if step.elapsed_ms is not None)
    return tuple((term, text) for term, text in (("Route", where), ("Times", took), ("Plan", answer.plan)) if text)


def spelled(value: object) -> str:
    """A part of a route as text."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def needs(missing: Sequence[str]) -> tuple[str, ...]:
    """What would have to be there for the words that have no place in the data."""
    listed = " and ".join(f"“{word}”" for word in missing)
    return (f"Data that says what {listed} {'is' if len(missing) == 1 else 'are'}. A file is enough: %aiser add FILE",) if missing else ()


def of_ambiguous(answer: Answer) -> CardView:
    """The readings of the question side by side, the likelier first; none of them was taken as the answer unless there is one."""
    own_sql = laid_out(answer.sql or "")
    own = Option(answer.restated or "As I read it first", answer.sentence if answer.answered else "", own_sql, chosen=True)
    others = options(answer, answer.alternatives)
    others = (replace(others[0], chosen=True), *others[1:]) if others and not answer.sql else others
    said = "" if answer.answered else answer.sentence or answer.reason
    return CardView(
        state="ambiguous",
        question=answer.question,
        headline=(Run(said or f"“{answer.question}” can mean more than one thing here."),),
        detail=() if answer.answered else ("I have not guessed. These come closest, each with what it yields:",),
        options=((own,) if answer.sql else ()) + others,
        suggestions=answer.suggestions,
    )


def of_error(error: AiserError, *, sql: str = "", question: str = "") -> CardView:
    """What went wrong; ``sql`` is what was to run, which the place of the error is shown in."""
    candidates: tuple[str, ...] = getattr(error, "candidates", ())
    sql = sql.rstrip()
    marked = MARKED.fullmatch(error.where)
    code, first_line, place = excerpt(marked, sql) if marked else (sql, 1, None)
    where = "" if marked or error.where == error.message else error.where
    best = next(iter(candidates), "")
    return CardView(
        state="error",
        question=question,
        headline=named(error.message),
        detail=tuple(part for part in (where, advice(error.hint, candidates)) if part),
        code=code,
        first_line=first_line,
        place=place,
        fixed=code[: place[0]] + best + code[place[1] :] if sql and place and best else "",
    )


def excerpt(marked: re.Match[str], sql: str) -> tuple[str, int, tuple[int, int]]:
    """What to show of a statement, the number of its first line, and the characters in it that the error is about."""
    number, line = int(marked["number"]), marked["line"]
    start = len(marked["space"]) - len(f"line {number}: ")
    lines = sql.split("\n")
    whole = number <= len(lines) and lines[number - 1].startswith(line)
    before = sum(len(text) + 1 for text in lines[: number - 1]) if whole else 0
    place = (before + start, before + start + len(marked["carets"]))
    return (sql, 1, place) if whole else (line, number, place)


def advice(hint: str, candidates: tuple[str, ...]) -> str:
    """The next step, with the other names that are close where there are some."""
    close = f" Close too: {', '.join(candidates[1:4])}." if candidates[1:] else ""
    best = hint or (f"Did you mean {candidates[0]}?" if candidates else "")
    return best + close


def under_way(
    question: str, stages: Sequence[Stage] = (), *, restated: str = "", sql: str = "", share_done: float | None = None
) -> CardView:
    """A question being answered: restated as soon as it is read, its SQL visible before it has run."""
    return CardView(
        state="running",
        question=question,
        headline=(Run(restated or question),),
        stages=tuple(stages),
        code=sql,
        share_done=share_done,
    )


def runs(parts: Sequence[Part]) -> tuple[Run, ...]:
    """The parts of a sentence; the key number is the first strong fact, or the first fact where none is strong."""
    key = next((p for p in parts if p.fact and p.strong), next((p for p in parts if p.fact), None))
    return tuple(Run(p.text, "key" if p is key else "number" if p.fact else "strong" if p.strong else "") for p in parts)


def picture(answer: Answer) -> Picture | None:
    """The answer's chart drawn; None where the table or the sentence says it all."""
    spec, result = answer.chart, answer.result
    if spec is None or result is None or spec.kind in {"table", "kpi"}:
        return None
    from aiser_jupyter.chart.svg import svg

    table = result.arrow()
    drawn, *narrower = (svg(spec, table, width=width) for width in PLOT_WIDTHS)
    # A title that only says again what the sentence says gives way to what is measured.
    said = " ".join((answer.sentence, *(fact.text for fact in answer.facts)))
    told = set(NUMBER.findall(spec.title)) <= set(NUMBER.findall(said))
    title, subtitle = (spec.subtitle, "") if told and spec.subtitle else (spec.title, spec.subtitle)
    return Picture(drawn, title, subtitle, tuple(narrower))


def rows(answer: Answer) -> Grid | None:
    """The first rows; None for one single value, which the sentence holds."""
    result = answer.result
    if result is None:
        return None
    table = result.arrow()
    if table.num_rows == 1 and table.num_columns == 1:
        return None
    from aiser_jupyter.widgets.grid import grid

    return grid(table, result.row_count)


def certainty(answer: Answer) -> str:
    """The reason beside the meter, in a few words."""
    others = len(answer.alternatives)
    return "one reading fits" if not others else f"{others} other {'reading' if others == 1 else 'readings'} considered"


def why(answer: Answer) -> str:
    """What the confidence rests on."""
    count = len(answer.trace)
    before = answer.reading.confidence if answer.reading is not None else 0.0
    parts = [
        f"{count} {'part' if count == 1 else 'parts'} of the question matched the data." if count else "",
        "" if answer.alternatives else "No other reading of the question fits the data.",
        f"A check lowered it from {before:.2f}." if any(c.effect < 1 for c in answer.checks) and before else "",
        *noted(answer),
    ]
    return " ".join(part for part in parts if part)


def noted(answer: Answer) -> tuple[str, ...]:
    """What became of a language model, where one was to be asked, each a sentence."""
    notes = answer.reading.notes if answer.reading is not None else ()
    return tuple(note if note.endswith((".", "!", "?")) else f"{note}." for note in notes)


def footer(answer: Answer) -> tuple[str, ...]:
    """Where the numbers come from and when they were read."""
    as_of = max((fact.as_of.replace(second=0, microsecond=0) for fact in answer.facts), default=None)
    return tuple(
        part for part in (answer.source, f"as of {dates.text(as_of, 'minute')}" if as_of else "", f"{answer.engine} engine") if part
    )


def seconds(elapsed_ms: float) -> str:
    """A duration: ``0.21 s``, below a hundredth ``8 ms``."""
    return f"{elapsed_ms / 1000:.2f} s" if elapsed_ms >= 10 else f"{elapsed_ms:.0f} ms" if elapsed_ms else ""


def named(message: str) -> tuple[Run, ...]:
    """The message with the names that it quotes set strong instead."""
    found: list[Run] = []
    end = 0
    for match in QUOTED.finditer(message):
        found += [Run(message[end : match.start()]), Run(next(filter(None, match.groups())), "strong")]
        end = match.end()
    return tuple(run for run in (*found, Run(message[end:])) if run.text)
