"""`aiser ask`: one question, or a file of them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

from aiser_jupyter.answer.plain import value as plain
from aiser_jupyter.answer.text import part
from aiser_jupyter.cli.output import print_json, print_table
from aiser_jupyter.errors import AiserError, CannotAnswerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.workspaces import Workspace

ENGINES = ("auto", "offline", "llm")


@click.command("ask")
@click.argument("question", required=False)
@click.option("--on", help="A database, a data file or a folder; a URL, a path or a reference such as env:SHOP_URL.")
@click.option("--engine", type=click.Choice(ENGINES), default="auto", show_default=True)
@click.option("--assistant", type=click.Choice(("analyst", "sql", "designer", "advisor")), default="analyst", show_default=True)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day that `last month` is counted from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.option("--batch", type=click.File("r", encoding="utf-8"), help='A file of lines {"id", "question", "on", "today"?, "followup_of"?}.')
@click.option(
    "--to", type=click.File("w", encoding="utf-8", lazy=False), help="With --batch: the file of answers, one line each, in order."
)
@click.option("--record", type=click.Path(dir_okay=False), help="Add each call of a model to this transcript.")
@click.option(
    "--replay", type=click.Path(exists=True, dir_okay=False), help="Take a model's replies from this transcript; nothing is sent."
)
def command(
    question: str | None,
    on: str | None,
    engine: str,
    assistant: str,
    today: Any,
    as_json: bool,
    batch: TextIO | None,
    to: TextIO | None,
    record: str | None,
    replay: str | None,
) -> int:
    """Answer QUESTION in plain English, with the SQL behind it, or say why it can't be answered."""
    from aiser_jupyter.workspaces import Workspace

    if record and replay:
        raise UsageError("A transcript is either written or replayed.", hint="Give --record or --replay.")
    ws = Workspace()
    if record or replay:
        ws.transcript(record=record, replay=replay)
    if batch is not None:
        for line in answers(ws, batch, engine, on):
            click.echo(json.dumps(plain(line), ensure_ascii=False), file=to)
        return 0
    if not question:
        raise UsageError("There is no question.", hint='Write aiser ask "top products by revenue" --on shop.duckdb.')
    if on:
        ws.connect(on, name="data")
    found = ws.ask(question, engine=engine, assistant=assistant, today=today.date() if today else None)
    if as_json:
        print_json(found.as_json())
    else:
        show(found)
    return 0 if found.answered else CannotAnswerError.exit_status


def answers(ws: Workspace, lines: TextIO, engine: str, on: str | None) -> Iterator[dict[str, Any]]:
    """One reply for each line, in order; a line that fails gets an error object and the rest goes on."""
    connected: dict[str, str] = {}
    given: dict[str, Answer] = {}
    for text in lines:
        if not text.strip():
            continue
        started = time.monotonic()
        reply: dict[str, Any] = {"v": 1, "answered": False}
        try:
            item = _item(text)
            reply |= {key: item[key] for key in ("id", "question") if key in item}
            place = str(item.get("on") or on or "")
            if place and place not in connected:
                name = f"data{len(connected) + 1}"
                ws.connect(place, name=name)
                connected[place] = name
            follows = given.get(str(item.get("followup_of")))
            found = ws.ask(item["question"], on=connected.get(place), engine=engine, today=_day(item.get("today")), follows=follows)
            if "id" in item:
                given[str(item["id"])] = found
            reply = found.as_json() | {key: item[key] for key in ("id",) if key in item}
        except AiserError as error:
            reply |= {"error": error.as_json()}
        except Exception as error:  # noqa: BLE001 - one line's fault must not cost the lines after it
            reply |= {"error": AiserError(f"This line failed unexpectedly: {type(error).__name__}: {error}").as_json()}
        yield {"elapsed_ms": round(1000 * (time.monotonic() - started), 1)} | reply


def show(found: Answer) -> None:
    """Print an answer for a person."""
    click.echo(found.sentence if found.answered else f"I can't answer this: {found.reason}")
    if found.explanation:
        click.echo(found.explanation)
    for note in found.reading.notes if found.reading is not None else ():
        click.echo(click.style(note, dim=True))
    if not found.answered:
        for suggestion in found.suggestions:
            click.echo(f"  You could ask: {suggestion}")
        return
    for exhibit in found.exhibits:
        click.echo("\n" + "\n".join(part(exhibit)))
    if found.sql is None or found.exhibits:
        return
    click.echo(click.style(found.restated, dim=True))
    if found.result is not None:
        rows = found.result.rows(20)
        total = found.result.row_count
        note = f"{len(rows)} of {total:,} rows" if total > len(rows) else ""
        print_table(found.result.columns, [list(row.values()) for row in rows], note=note)
    click.echo(found.sql)
    click.echo(f"Confidence {found.confidence:.2f}. " + " ".join(found.assumptions))


def _item(text: str) -> dict[str, Any]:
    try:
        item = json.loads(text)
    except ValueError as error:
        raise UsageError("This line is not JSON.", where=text.strip()[:80]) from error
    if not isinstance(item, dict) or not isinstance(item.get("question"), str):
        raise UsageError('This line has no "question".', where=text.strip()[:80])
    return item


def _day(text: str | None) -> Any:
    from datetime import date

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f'"today" is no date: {text!r}.', hint="Write it as 2026-10-05.") from error
