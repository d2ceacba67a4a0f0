"""The statement within a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.query import syntax
from aiser_jupyter.query.guard import BROKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r"```(?:\w+)?\s*\n?(.*?)```", re.DOTALL)
# FROM alone begins a query in DuckDB, and half of all questions.
START = re.compile(r"\b(?:select|with|insert|update|delete|merge|create|drop|alter|truncate)\b", re.IGNORECASE)
MOST = 20  # places where a statement could begin that are tried
WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable)


@dataclass(frozen=True)
class Found:
    """A statement as it was written, the words around it, and its tree; ``writes`` where it would change something."""

    sql: str
    words: str
    tree: exp.Expr
    writes: bool = False


def statement(question: str, dialect: str) -> Found | None:
    """The SQL in ``question``: within a fence, else from a keyword to the end; None where there is none that can be read."""
    for text, words in candidates(question):
        tree = parsed(text, dialect)
        if tree is None:
            continue
        if isinstance(tree, WRITES):
            return Found(text, words, tree, writes=True)
        if isinstance(tree, exp.Query) and any(tree.find_all(exp.From, exp.Values)):
            return Found(text, words, tree)
    return None


def candidates(question: str) -> Iterator[tuple[str, str]]:
    """Texts that may be the statement, each with the words around it."""
    for fence in FENCE.finditer(question):
        yield clean(fence[1]), question[: fence.start()] + " " + question[fence.end() :]
    for place, begin in enumerate(START.finditer(question)):
        if place >= MOST:
            return
        yield clean(question[begin.start() :]), question[: begin.start()]


def clean(text: str) -> str:
    """``text`` without what ends a sentence."""
    return text.strip().rstrip(";?").rstrip()


def parsed(sql: str, dialect: str) -> exp.Expr | None:
    """The tree of one statement; None for anything else."""
    try:
        trees = syntax.parse(syntax.tokens(sql, dialect), sql, dialect)
    except (*BROKEN, RecursionError):
        return None
    return trees[0] if len(trees) == 1 and trees[0] is not None else None


def read(sql: str, dialect: str) -> exp.Query | None:
    """The tree of a query as sqlglot knows its functions, with the place of each word; None where it cannot be read."""
    import sqlglot

    try:
        trees = sqlglot.parse(sql, read=dialect)
    except (*BROKEN, RecursionError):
        return None
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Query) else None
