"""The guard: reads a statement, and lets through what it knows to be harmless."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import TokenType

from aiser_jupyter.query import file_tables, parameters, precedence, relations, shape, syntax, utility
from aiser_jupyter.query.functions import functions_of
from aiser_jupyter.query.suggest import nearest
from aiser_jupyter.query.verdict import Refusal, Verdict, refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlglot.tokenizer_core import Token

__all__ = ["Verdict", "check"]

MAX_LENGTH = 100_000
MAX_DEPTH = 100
BEGINNINGS = ("SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "EXPLAIN", "DESCRIBE", "SHOW", "SUMMARIZE")
KEYWORDS = (
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "JOIN",
    "LEFT",
    "INNER",
    "UNION",
    "QUALIFY",
    "BETWEEN",
    "DISTINCT",
    "SELECT",
)
# sqlglot trips over some broken SQL in ways of its own; what it cannot read may not run.
BROKEN = (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError)
UNCERTAIN = "The statement has a part that cannot be checked with certainty; write it more simply."
LOST_PARAMETER = (
    "A parameter stands where the engine takes only a literal; write INTERVAL '1 day' * :n for an interval, else put the value there."
)
HOW_TO_WRITE = "to write, open the connection with write=True and run the statement with --write."


def check(
    sql: str,
    dialect: str,
    *,
    tables: Collection[str] | None = None,
    functions: Collection[str] | None = None,
    write: bool = False,
    files: bool = True,
) -> Verdict:
    """Whether ``sql`` may run in ``dialect`` (a sqlglot name), and the text that would.

    One statement that reads, made of parts on an allow-list, calling functions of the engine's own catalogue. ``tables`` are the
    names there are (None: not known, any name passes), ``functions`` more functions that may be called, ``write`` lets the one
    statement write, ``files`` lets a data file of the workspace stand where a table does: for SQL that the user typed alone. Never raises: what cannot be read is refused.
    """
    more = frozenset(name.lower() for name in functions or ())
    rules = Rules(syntax.ALIASES.get(dialect.lower(), dialect.lower()), tables, more, write, files)
    try:
        return rules.check(sql)
    except Refusal as refusal:
        return refused(str(refusal), refusal.kind)
    except RecursionError:
        return refused("The statement is nested too deeply to be checked.")


@dataclass(frozen=True)
class Rules:
    """What holds for one check."""

    dialect: str
    tables: Collection[str] | None
    functions: frozenset[str]
    write: bool
    files: bool

    def check(self, sql: str) -> Verdict:
        """The verdict on ``sql``; raises Refusal."""
        sql = parameters.to_engine(sql, self.dialect)
        words = _words(sql, self.dialect)
        if verdict := utility.read(words, sql, self.dialect, self.check, self.tables):
            return verdict
        tree = _tree(words, sql, self.dialect)
        writes = type(tree) in shape.WRITES
        if writes and not self.write:
            raise Refusal(f"{shape.WRITES[type(tree)]} writes; {HOW_TO_WRITE}", "write")
        if not writes and not isinstance(tree, shape.QUERIES):
            raise Refusal(_no_query(words), "unknown")
        if self.dialect == "sqlite" and precedence.doubtful(words):
            raise Refusal(shape.NEGATION)
        files: tuple[str, ...] = ()
        if self.files and not writes and any(file_tables.harmless(word.text) for word in words):
            files = file_tables.take(tree, self.dialect, self.tables)
        for reason in (*_doubtful_aliases(words, tree), *self._reasons(tree, files, writes=writes)):
            raise Refusal(reason, "write" if writes else "select")
        text, again = _rewritten(tree, self.dialect)
        if _parameters(again) != _parameters(tree):
            raise Refusal(LOST_PARAMETER)
        tables = _tables(tree, self.dialect)
        if _tables(again, self.dialect) != tables or any(self._reasons(again, files, writes=writes)):
            raise Refusal(UNCERTAIN)
        return Verdict(
            allowed=True,
            reason="",
            kind="write" if writes else "select",
            sql=text,
            tables=tuple(name for name in tables if name not in files),
            functions=tuple(dict.fromkeys(call.name.lower() for call in _calls(tree))),
            files=files,
        )

    def _reasons(self, tree: exp.Expr, files: Collection[str], *, writes: bool) -> Iterator[str]:
        yield from shape.refusals(tree, write=writes)
        yield from self._functions(tree)
        yield from self._unreadable_tables(tree, files)

    def _functions(self, tree: exp.Expr) -> Iterator[str]:
        allowed = functions_of(self.dialect)
        for call in _calls(tree):
            owner = _owner(call, self.dialect)
            if owner and owner.casefold() not in ("main", "system", "pg_catalog"):
                yield f"{owner}.{call.name}() is a function of the database's own making, and what it does is not known."
            elif reason := allowed.refusal(call.name.lower(), as_table=isinstance(call.parent, exp.Table), more=self.functions):
                yield reason

    def _unreadable_tables(self, tree: exp.Expr, files: Collection[str]) -> Iterator[str]:
        real = {id(table) for table in relations.real_tables(tree, self.dialect)}
        for table, _ in relations.certain_tables(tree, self.dialect):
            # A name that only may be a WITH's may still be none that no statement may read.
            known = self.tables if id(table) in real else None
            if (table.name not in files or len(table.parts) > 1) and (reason := relations.refusal(table, self.dialect, known)):
                yield reason


def _words(sql: str, dialect: str) -> list[Token]:
    """The words of the one statement in ``sql``, without what ends it."""
    if not syntax.known(dialect):
        raise Refusal(f"There is no SQL dialect called {dialect!r}.")
    if len(sql) > MAX_LENGTH:
        raise Refusal(f"The statement has {len(sql):,} characters; at most {MAX_LENGTH:,} are checked.")
    if "\0" in sql:
        raise Refusal("The statement holds a NUL character.")
    try:
        words = syntax.tokens(sql, dialect)
    except SqlglotError:
        raise Refusal("A quote or a comment in the statement has no end.") from None
    while words and words[-1].token_type is TokenType.SEMICOLON:
        words.pop()
    if not words:
        raise Refusal("There is no statement.")
    if any(word.token_type is TokenType.SEMICOLON for word in words):
        raise Refusal("Only one statement may run at a time; there is a semicolon in the middle.")
    if any(comment[:2].upper().startswith(("!", "M!")) for word in words for comment in word.comments):
        raise Refusal("Comments that begin with /*! are run by MySQL and not allowed.")
    if _depth(words) > MAX_DEPTH:
        raise Refusal(f"The statement is nested more than {MAX_DEPTH} brackets deep.")
    return words


def _depth(words: list[Token]) -> int:
    depth = deepest = 0
    for word in words:
        depth += (word.text in ("(", "[", "{")) - (word.text in (")", "]", "}"))
        deepest = max(deepest, depth)
    return deepest


def _tree(words: list[Token], sql: str, dialect: str) -> exp.Expr:
    try:
        statements = syntax.parse(words, sql, dialect)
    except ParseError as error:
        raise Refusal(_unreadable(words, error)) from None
    except BROKEN:
        raise Refusal("The statement cannot be read as SQL.") from None
    if len(statements) != 1:
        raise Refusal("Only one statement may run at a time.")
    return statements[0]


def _rewritten(tree: exp.Expr, dialect: str) -> tuple[str, exp.Expr]:
    """The statement written anew, and what that reads as; refused where writing that once more gives another text."""
    try:
        text = syntax.render(tree, dialect)
        (again,) = syntax.parse(syntax.tokens(text, dialect), text, dialect)
        if syntax.render(again, dialect) == text:
            return text, again
    except BROKEN:
        pass
    raise Refusal(UNCERTAIN)


def _tables(tree: exp.Expr, dialect: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(relations.qualified(table) for table in relations.real_tables(tree, dialect)))


def _parameters(tree: exp.Expr) -> set[str]:
    return {node.name for node in tree.find_all(exp.Placeholder)}


def _calls(tree: exp.Expr) -> Iterator[exp.Anonymous | exp.AnonymousAggFunc]:
    """The function calls; an optimizer hint looks like one and is none."""
    return (call for call in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc, bfs=False) if not isinstance(call.parent, exp.Hint))


def _owner(call: exp.Anonymous | exp.AnonymousAggFunc, dialect: str) -> str:
    """The schema a function is called from; in DuckDB ``text.upper()`` is a call too, and has none."""
    parent = call.parent
    if isinstance(parent, exp.Table):
        return parent.db
    if isinstance(parent, exp.Dot) and parent.expression is call and dialect != "duckdb":
        return parent.this.name
    return ""


def _doubtful_aliases(words: list[Token], tree: exp.Expr) -> Iterator[str]:
    """Names that some servers would take for the beginning of a second statement."""
    explicit = {word.start for before, word in pairwise(words) if before.token_type is TokenType.ALIAS}
    for name in tree.find_all(exp.Identifier):
        if shape.begins_statement(name) and name.meta.get("start") not in explicit:
            yield f'{name.name} begins another statement, and only one may run; if it is a name, write "{name.name}" in quotes.'


def _no_query(words: list[Token]) -> str:
    if hint := _misspelt(words[:1], BEGINNINGS):
        return hint
    return f"{words[0].text[:40].upper()} is not a query that reads; a query begins with SELECT, WITH or FROM."


def _unreadable(words: list[Token], error: ParseError) -> str:
    """Where reading stopped, and the misspelt keyword before it where there is one."""
    details = error.errors[0] if error.errors else {}
    line, end, marked = int(details.get("line") or 1), int(details.get("col") or 1), str(details.get("highlight") or "")
    before = [word for word in words if (word.line, word.col) <= (line, end)]
    if hint := _misspelt(words[:1], BEGINNINGS) or _misspelt(before[:0:-1], KEYWORDS):
        return hint
    place = f"Line {line}, column {max(1, end - len(marked) + 1)}"
    return (
        f"{place}: the SQL cannot be read at {marked[:40]!r}."
        if marked.strip()
        else f"{place}: the SQL ends too early or has a word too many."
    )


def _misspelt(words: list[Token], keywords: tuple[str, ...]) -> str:
    """The first of ``words`` that is a keyword but for a letter or two."""
    for word in words:
        if word.token_type is TokenType.VAR and (
            near := nearest(word.text, (key for key in keywords if abs(len(key) - len(word.text)) < 2), 1)
        ):
            return f"Line {word.line}, column {word.col - len(word.text) + 1}: {word.text} is not understood here; did you mean {near[0]}?"
    return ""
