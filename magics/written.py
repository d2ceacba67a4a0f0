"""A statement as it will run: saved statements put in, `{{ }}` bound, and its places told as they were typed."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.magics import jinja, snippets
from aiser_jupyter.magics.namespace import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.magics.sql import Statement
    from aiser_jupyter.query.snippets import Composed
    from aiser_jupyter.workspaces import Workspace


@dataclass(frozen=True)
class Written:
    """``sql`` as it runs on the connection ``on``; ``typed`` as the cell has it; ``values`` of what `{{ }}` bound."""

    sql: str
    typed: str
    on: str | None
    dialect: str
    composed: Composed
    values: Mapping[str, object] = field(default_factory=dict)
    jinja: bool = False
    needs: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The parameters to take from the notebook."""
        from aiser_jupyter.query.parameters import names

        return tuple(name for name in names(self.sql, self.dialect) if name not in self.values)

    def save(self, name: str) -> None:
        """Keep what was typed under ``name``."""
        snippets.save(snippets.Snippet(name, self.typed.strip("\n"), self.jinja, self.needs))

    def checked(self) -> Any:
        """The statement as it would run, checked and shown, without running it."""
        from IPython.display import Code

        from aiser_jupyter.query import guard, parameters

        verdict = guard.check(parameters.to_engine(self.sql, self.dialect), self.dialect)
        if not verdict.allowed:
            raise RefusedError(self.composed.typed(verdict.reason))
        return Code(self.sql.strip("\n"), language="sql")

    def formatted(self, shell: InteractiveShell) -> Any:
        """The cell's statement laid out anew: put in the place of the cell, and shown."""
        from IPython.display import Code

        from aiser_jupyter.query.format_sql import format_sql

        text = format_sql(self.typed, self.dialect)
        _replace_cell(shell, self.typed, text)
        return Code(text, language="sql")

    @contextlib.contextmanager
    def places(self, above: int = 0) -> Iterator[None]:
        """Tell the place of an error as a line of what was typed; ``above`` is how many lines were put before the whole."""
        from aiser_jupyter.query.snippets import Composed

        framed = Composed(self.sql, above + 1)
        try:
            yield
        except AiserError as error:
            error.where = self.composed.typed(framed.typed(error.where))
            error.message = self.composed.typed(framed.typed(error.message))
            raise


def write(shell: InteractiveShell, ws: Workspace, statement: Statement) -> Written:
    """The statement with what it stands on."""
    from aiser_jupyter.query.parameters import names as parameter_names
    from aiser_jupyter.query.snippets import Composed, compose, named

    dialect = _dialect(ws, statement.on)
    values: dict[str, object] = {}
    template = statement.options.has("jinja")
    sql, found = _filled(shell, statement.sql, dialect, "aiser", template=template)
    values |= found
    wanted = tuple(
        snippets.wanted(name.strip()).name
        for given in statement.options.values.get("with", ())
        for name in expanded(shell, given).split(",")
        if name.strip()
    )
    texts: dict[str, str] = {}

    def text_of(name: str) -> str | None:
        snippet = snippets.get(name)
        if snippet is None or snippet.name == statement.options.one("save"):
            return None
        if snippet.name not in texts:
            texts[snippet.name], more = _filled(shell, snippet.text, dialect, f"aiser_{snippet.name}", template=snippet.jinja)
            values.update(more)
        return texts[snippet.name]

    used = wanted or (snippets.saved() and any(snippets.get(name) for name in named(sql, dialect)))
    taken = _tables(shell, ws, statement.on) if used else ()
    composed = compose(sql, dialect, text_of, wanted=wanted, taken=taken) if used else Composed(sql)
    bound = set(parameter_names(composed.sql, dialect))
    written = Written(
        composed.sql,
        statement.sql,
        statement.on,
        dialect,
        composed,
        {name: value for name, value in values.items() if name in bound},
        template,
        wanted,
    )
    return written if composed.pieces or template else replace(written, typed=statement.sql)


def _filled(shell: InteractiveShell, sql: str, dialect: str, prefix: str, *, template: bool) -> tuple[str, Mapping[str, object]]:
    if template:
        filled = jinja.fill(sql, shell.user_ns, dialect, prefix=prefix)
    elif (whole := jinja.PLAIN.fullmatch(sql.strip())) and isinstance(shell.user_ns.get(whole[1]), str):
        return shell.user_ns[whole[1]], {}  # the statement itself stands in a variable
    elif jinja.has_marks(sql, shell.user_ns, dialect):
        filled = jinja.substitute(sql, shell.user_ns, dialect, prefix=prefix)
    else:
        return sql, {}
    return filled.sql, filled.values


def _dialect(ws: Workspace, on: str | None) -> str:
    return ws.context.sources.get(on).dialect if on is not None or ws.context.sources.default is not None else "duckdb"


def _tables(shell: InteractiveShell, ws: Workspace, on: str | None) -> set[str]:
    """The names that are tables or frames already."""
    from aiser_jupyter.magics.namespace import is_frame
    from aiser_jupyter.query import listing

    places = (on,) if on is not None else ws.connections
    tables = {table.name for place in places for table in listing.tables(ws.context.sources.get(place))}
    return tables | {name for name, value in shell.user_ns.items() if is_frame(value)}


def _replace_cell(shell: InteractiveShell, typed: str, text: str) -> None:
    """Put ``text`` in the place of the statement in the cell, where the front end can."""
    from aiser_jupyter.magics.familiar import settings

    cell = settings(shell).cell
    if cell and typed.strip("\n") in cell:
        head = cell.partition("\n")[0]
        kept = " ".join(word for word in head.split() if word != "--format")
        shell.set_next_input(f"{kept}\n{text}", replace=True)
