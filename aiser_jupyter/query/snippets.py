"""A statement put together from saved ones: each that it names becomes a WITH of its own, in the order they need one another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query import parameters, relations
from aiser_jupyter.query.tokens import words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

# Where a WITH may not stand inside another's brackets.
FLAT = frozenset({"tsql", "fabric"})
LINE = re.compile(r"\A(?P<lead>[Ll]ine )(?P<number>\d+)(?P<rest>.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Composed:
    """The whole statement; ``pieces`` are its saved parts with the first and last line they take in it, ``begins`` the line of what was typed."""

    sql: str
    begins: int = 1
    pieces: tuple[tuple[str, int, int], ...] = ()

    @property
    def used(self) -> tuple[str, ...]:
        """The saved statements in it."""
        return tuple(name for name, _, _ in self.pieces)

    def typed(self, place: str) -> str:
        """A place that begins with ``line 7`` of the whole statement, as a line of what was typed or of the saved statement it is in."""
        found = LINE.match(place)
        if found is None or (self.begins == 1 and not self.pieces):
            return place
        number = int(found["number"])
        for name, first, last in self.pieces:
            if first <= number <= last:
                return _shifted(found, f"{number - first + 1} of {name}")
        return _shifted(found, str(number - self.begins + 1))


def _shifted(found: re.Match[str], number: str) -> str:
    """The place with another number; the mark on the line below moves along."""
    text, _, mark = found["rest"].partition("\n")
    moved = len(number) - len(found["number"])
    mark = mark.rjust(len(mark) + moved) if moved > 0 else mark[-moved:] if mark[: max(-moved, 0)].isspace() else mark
    return f"{found['lead']}{number}{text}" + (f"\n{mark}" if mark else "")


def compose(
    sql: str, dialect: str, text_of: Callable[[str], str | None], *, wanted: Collection[str] = (), taken: Collection[str] = ()
) -> Composed:
    """``sql`` with a WITH for each saved statement it names, and for those that these name.

    ``text_of`` gives the text of a saved statement, or None; one whose name is in ``taken``, the tables there are, counts only where it is
    ``wanted``. A name that the statement itself defines by WITH is its own. Raises `UsageError` for saved statements that need each other.
    """
    real = {name.casefold() for name in taken} - {name.casefold() for name in wanted}
    order: dict[str, str] = {}
    open_: list[str] = []

    def visit(text: str, *, more: Collection[str] = ()) -> None:
        for name in dict.fromkeys((*more, *named(text, dialect))):
            key = name.casefold()
            body = None if key in real or key in order else text_of(name)
            if body is None or (open_ and key == open_[-1]):
                continue  # a saved statement that reads a table of its own name means the table
            if key in open_:
                raise UsageError(
                    f"The saved statements {' and '.join(dict.fromkeys((*open_, key)))} need each other.", hint="Save one of them anew."
                )
            open_.append(key)
            visit(body)
            open_.pop()
            order[key] = name

    visit(sql, more=wanted)
    if not order:
        return Composed(sql)
    return _joined(sql, dialect, {name: text_of(name) or "" for name in order.values()})


def named(sql: str, dialect: str) -> tuple[str, ...]:
    """The bare names of the tables that ``sql`` reads; none where it cannot be read."""
    from sqlglot.errors import SqlglotError

    from aiser_jupyter.query import syntax

    text = parameters.to_engine(sql, dialect)
    try:
        trees = syntax.parse(syntax.tokens(text, dialect), text, dialect)
    except (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError):
        return ()  # the guard says what is wrong with it
    return tuple(dict.fromkeys(table.name for tree in trees for table in relations.real_tables(tree, dialect) if not table.db))


def _joined(sql: str, dialect: str, bodies: Mapping[str, str]) -> Composed:
    first = words(sql, dialect)
    verb = first[0].upper if first else ""
    recursive = len(first) > 1 and verb == "WITH" and first[1].upper == "RECURSIVE"
    if verb in {"EXPLAIN", "DESCRIBE", "SUMMARIZE", "SHOW", "INSERT", "UPDATE", "DELETE", "CREATE", "MERGE"}:
        raise UsageError(
            f"A saved statement cannot be part of {verb}.", hint=f"Select from it: {', '.join(bodies)}; for the plan use --explain."
        )
    lines = ["WITH RECURSIVE" if recursive else "WITH"]
    pieces = []
    for at, (name, body) in enumerate(bodies.items()):
        text = _without_end(body, dialect)
        inner = words(text, dialect)
        if dialect in FLAT and inner and inner[0].upper == "WITH":
            raise UsageError(f"The saved statement {name} has a WITH of its own, which {dialect} takes nowhere inside another.")
        if dialect in relations.SELF_REFERRING and name.casefold() in {other.casefold() for other in named(text, dialect)}:
            raise UsageError(
                f"The saved statement {name} reads a table of the same name, which {dialect} takes for itself.",
                hint="Save it as another name.",
            )
        pieces.append((name, len(lines) + 2, len(lines) + 2 + text.count("\n")))
        lines += [f"{name} AS (", *text.split("\n"), ")," if verb == "WITH" or at + 1 < len(bodies) else ")"]
    rest = sql
    if verb == "WITH":
        # What was typed keeps its columns: its own WITH is blanked out.
        end = first[1].end if recursive else first[0].end
        rest = f"{sql[: first[0].start]}{' ' * (end - first[0].start)}{sql[end:]}"
    return Composed("\n".join((*lines, rest)), len(lines) + 1, tuple(pieces))


def _without_end(body: str, dialect: str) -> str:
    """The statement without the semicolon it ends with."""
    text = body.strip("\n").rstrip()
    found = words(text, dialect)
    while found and found[-1].text == ";":
        text = text[: found[-1].start].rstrip() + text[found[-1].end :]
        found.pop()
    return text.rstrip()
