"""Named parameters: `:name` found where it is one, and bound by the driver, never put into the text."""

from __future__ import annotations

import difflib
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.tokens import binds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What the engine writes before a parameter's name, where it is no colon.
MARKS = {"duckdb": "$"}


def to_engine(sql: str, dialect: str) -> str:
    """``sql`` with each `:name` written as the engine writes a parameter, letter for letter in the same place (see `tokens.binds`)."""
    mark = MARKS.get(dialect, ":")
    letters = list(sql)
    for word in binds(sql, dialect):
        letters[word.start] = mark
    return "".join(letters)


def names(sql: str, dialect: str) -> tuple[str, ...]:
    """The names of the parameters of a statement, in order of appearance."""
    return tuple(dict.fromkeys(word.value for word in binds(sql, dialect)))


def inlined(sql: str, dialect: str, values: Mapping[str, object]) -> str:
    """The checked statement with its parameters written as literals: what a reader runs again; the driver gets them bound.

    A value that has no literal stays a parameter. SQLite has no dates: there a day is its ISO text, as the driver binds it.
    """
    if not values:
        return sql
    from sqlglot import exp

    from aiser_jupyter.query import syntax

    tree = syntax.parse(syntax.tokens(sql, dialect), sql, dialect)[0]
    for node in list(tree.find_all(exp.Placeholder)):
        value = values.get(node.name)
        try:
            node.replace(exp.convert(str(value) if dialect == "sqlite" and isinstance(value, date) else value))
        except ValueError:
            continue
    return syntax.render(tree, dialect)


def bind(wanted: Iterable[str], given: Mapping[str, object]) -> dict[str, object]:
    """The values of the parameters that the SQL names.

    Raises `UsageError` where one is missing, or one that was given is named nowhere.
    """
    wanted = tuple(wanted)
    for name in wanted:
        if name not in given:
            near = difflib.get_close_matches(name, given, n=1)
            hint = f"Did you mean {near[0]!r}, which was given?" if near else f"Give it: params={{{name!r}: …}}, or --param {name}=…"
            raise UsageError(f"The parameter :{name} has no value.", hint=hint)
    for name in given:
        if name not in wanted:
            near = difflib.get_close_matches(name, wanted, n=1)
            hint = (
                f"Did you mean :{near[0]}?"
                if near
                else ("Parameters: " + ", ".join(f":{n}" for n in wanted) if wanted else "The SQL has no parameters.")
            )
            raise UsageError(f"The SQL names no parameter :{name}.", hint=hint)
    return {name: _plain(given[name]) for name in wanted}


def _plain(value: Any) -> Any:
    """A scalar of numpy as Python's own, which every driver knows; anything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.generic):
        return value
    return value.astype("datetime64[us]").item() if isinstance(value, numpy.datetime64) else value.item()
