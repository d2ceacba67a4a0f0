"""Named parameters: `:name` found where it is one, and bound by the driver, never put into the text."""

from __future__ import annotations

import difflib
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.tokens import binds, words

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


def spread(sql: str, dialect: str, given: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """``sql`` with a parameter for each entry of a list that stands behind ``IN``, ``IN :ids`` and ``IN (:ids)`` alike, and the values by name.

    A list elsewhere (``= ANY(:ids)``) stays one value. Raises `UsageError` for an empty list, which SQL has no word for.
    """
    lists = {name: entries for name, value in given.items() if (entries := _entries(value)) is not None}
    values = dict(given)
    if not lists:
        return sql, values
    found = words(sql, dialect)
    pieces: list[str] = []
    place, kept, done = 0, set[str](), set[str]()
    for index, word in enumerate(found):
        if word.kind != "bind":
            continue
        before = [one.text.upper() for one in found[max(index - 2, 0) : index]]
        bare, bracketed = before[-1:] == ["IN"], before == ["IN", "("]
        if word.value not in lists or not (bare or bracketed):
            kept.add(word.value)
            continue
        entries = lists[word.value]
        if not entries:
            raise UsageError(
                f"The list :{word.value} is empty.", hint="Leave the condition out, or give it a value: an empty IN is no SQL."
            )
        named = {_fresh(f"{word.value}_{number}", given): entry for number, entry in enumerate(entries, 1)}
        values.update(named)
        listed = ", ".join(f":{name}" for name in named)
        pieces += [sql[place : word.start], f"({listed})" if bare else listed]
        place = word.end
        done.add(word.value)
    for name in done - kept:
        del values[name]
    return "".join([*pieces, sql[place:]]), values


def _entries(value: Any) -> list[Any] | None:
    """The entries of a list, set, range, or a column of numpy, pandas or polars; None for one value."""
    if isinstance(value, list | tuple | set | frozenset | range):
        return list(value)
    if getattr(value, "ndim", 0) == 1 and hasattr(value, "tolist"):
        return value.tolist()
    return value.to_list() if hasattr(value, "to_list") and hasattr(value, "dtype") else None


def _fresh(name: str, taken: Mapping[str, object]) -> str:
    return _fresh(f"{name}_", taken) if name in taken else name


def inlined(sql: str, dialect: str, values: Mapping[str, object]) -> str:
    """The checked statement with its parameters written as literals: what a reader runs again; the driver gets them bound.

    A value that has no literal stays a parameter. SQLite has no dates: there a day is its ISO text, as the driver binds it.
    """
    if not values:
        return sql
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from aiser_jupyter.query import syntax

    tree = syntax.parse(syntax.tokens(sql, dialect), sql, dialect)[0]
    for node in list(tree.find_all(exp.Placeholder)):
        value = values.get(node.name)
        try:
            node.replace(exp.convert(str(value) if dialect == "sqlite" and isinstance(value, date) else value))
        except ValueError:
            continue
    try:
        return syntax.render(tree, dialect)
    except SqlglotError:  # a literal that the dialect has no word for, such as a list
        return sql


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
