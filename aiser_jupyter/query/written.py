"""What a statement writes: a column whose name stands nowhere in it is not read, so its mask need not be worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlglot.tokenizer_core import Token

# Words by which a statement takes columns that it does not name; `#` is DuckDB's way to name one by its place.
_UNNAMED = frozenset({"#", "columns", "natural", "pivot", "pivot_longer", "pivot_wider", "positional", "unpack", "unpivot"})


def words(tree: exp.Expr, tokens: Iterable[Token], called: Collection[str], columns: Collection[str]) -> frozenset[str] | None:
    """Every word of the query ``tree``, which was read from ``tokens``; None where it may take columns that it does not name.

    ``called`` are the names and aliases of its tables, ``columns`` the names of their columns; all are in lower case.
    """
    if not isinstance(tree, exp.Query):
        return None
    found = frozenset(token.text.casefold() for token in tokens)
    if found & _UNNAMED or any(_takes_all(node, called, columns) for node in tree.walk()):
        return None
    return found


def unread(names: Iterable[str], found: frozenset[str] | None) -> frozenset[str]:
    """Those of the columns ``names`` that stand nowhere among the words ``found``."""
    # What is no plain word may be written in more than one way.
    return (
        frozenset(name for name in names if name.isascii() and name.isidentifier() and name.casefold() not in found)
        if found
        else frozenset()
    )


def _takes_all(node: exp.Expr, called: Collection[str], columns: Collection[str]) -> bool:
    """Whether a part of a statement takes columns by no name of theirs: a star, a row as a value, columns renamed or told by their places."""
    if isinstance(node, exp.Column):
        name = node.name.casefold()
        # `t` is a row of t as one value, and to PostgreSQL `t.f` is f(t) where t has no column f.
        return name in called or (name not in columns and node.table.casefold() in called)
    if isinstance(node, exp.Star):
        call = node.parent
        return not (isinstance(call, exp.Count) or (isinstance(call, exp.Anonymous) and call.name.casefold() == "count"))
    if isinstance(node, exp.TableAlias):
        return bool(node.args.get("columns"))
    return isinstance(node, exp.Pivot | exp.Columns | exp.PositionalColumn)
