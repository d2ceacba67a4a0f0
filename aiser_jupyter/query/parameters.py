"""Named parameters: `:name` found where it is one, and bound by the driver, never put into the text."""

from __future__ import annotations

import difflib
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlglot.tokenizer_core import Token


def to_engine(sql: str, dialect: str) -> str:
    """``sql`` with each `:name` written as the engine writes a parameter, letter for letter in the same place.

    A colon starts a parameter where an operand may stand and a name follows at once; so strings, comments, casts (``::``), slices
    (``x[1:n]``, ``x[:n]``), struct keys and prefix aliases stay as they are. Only DuckDB writes them otherwise (``$name``).
    """
    if dialect != "duckdb" or ":" not in sql:
        return sql
    from sqlglot.errors import TokenError
    from sqlglot.tokenizer_core import TokenType

    from aiser_jupyter.query import syntax

    try:
        tokens = syntax.tokens(sql, dialect)
    except TokenError:
        return sql  # the guard names what is wrong with it
    letters = list(sql)
    opened: list[bool] = []  # per open bracket: does it follow an operand, so that it subscripts?
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        kind = token.token_type
        if kind == TokenType.L_BRACKET:
            opened.append(before is not None and _ends_operand(before))
        elif kind == TokenType.R_BRACKET and opened:
            opened.pop()
        elif kind == TokenType.COLON and index + 1 < len(tokens):
            after = tokens[index + 1]
            slice_start = before is not None and before.token_type == TokenType.L_BRACKET and opened[-1]
            operand_wanted = before is None or not _ends_operand(before)
            if operand_wanted and not slice_start and after.start == token.end + 1 and after.text.isidentifier():
                letters[token.start] = "$"
    return "".join(letters)


def _ends_operand(token: Token) -> bool:
    from sqlglot.tokenizer_core import TokenType

    return token.token_type in {
        TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.R_PAREN,
        TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.PARAMETER, TokenType.PLACEHOLDER,
    }  # fmt: skip


def names(sql: str, dialect: str) -> tuple[str, ...]:
    """The names of the parameters of a checked statement, in order of appearance."""
    if ":" not in sql and "$" not in sql:
        return ()
    from sqlglot import exp

    from aiser_jupyter.query import syntax

    trees = syntax.parse(syntax.tokens(sql, dialect), sql, dialect)
    found = (node.name for tree in trees for node in tree.find_all(exp.Placeholder) if node.name)
    return tuple(dict.fromkeys(found))


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
