"""SQL text to tree and back, within one dialect, so that what is read means what was written.

sqlglot is a translator: it turns `strftime` into a node that every dialect can spell. Here nothing is translated, so its tables of
functions are left out: a call keeps its name and its arguments as they were typed, and only what has a grammar of its own
(``CAST(x AS …)``, ``EXTRACT(… FROM x)``) is read as more than a call.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.errors import ErrorLevel
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

if TYPE_CHECKING:
    from sqlglot.generator import Generator
    from sqlglot.parser import Parser
    from sqlglot.tokens import Token

ALIASES = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql", "sqlserver": "tsql"}

# Calls whose arguments are no comma list, by dialect; "" holds for all.
GRAMMAR = {
    "": frozenset({"CAST", "TRY_CAST", "EXTRACT", "POSITION", "TRIM", "SUBSTRING"}),
    "mysql": frozenset({"CONVERT", "GROUP_CONCAT", "MATCH", "CHAR"}),
    "tsql": frozenset({"CONVERT", "TRY_CONVERT"}),
    "postgres": frozenset({"OVERLAY"}),
}
FOLDS = {NormalizationStrategy.LOWERCASE, NormalizationStrategy.UPPERCASE}


def known(dialect: str) -> bool:
    """Whether there is a grammar for ``dialect``."""
    return Dialect.get(ALIASES.get(dialect, dialect)) is not None


def tokens(sql: str, dialect: str) -> list[Token]:
    """The words of ``sql``; raises sqlglot's TokenError."""
    return _dialect(dialect).tokenize(sql)


def parse(words: list[Token], sql: str, dialect: str) -> list[exp.Expression]:
    """The statements of ``words``, which were read from ``sql``; raises sqlglot's ParseError."""
    parsed = _parser(dialect)(dialect=_dialect(dialect), error_level=ErrorLevel.IMMEDIATE).parse(words, sql)
    return [_fold(tree, dialect) for tree in parsed if tree is not None]


def render(tree: exp.Expression, dialect: str) -> str:
    """One statement as text: identifiers quoted, comments dropped; raises sqlglot's UnsupportedError where it cannot be spelled."""
    options: dict[str, Any] = {"identify": True, "comments": False, "normalize_functions": False, "unsupported_level": ErrorLevel.RAISE}
    return _generator(dialect)(dialect=_dialect(dialect), **options).generate(tree)


def _fold(tree: exp.Expression, dialect: str) -> exp.Expression:
    """Unquoted names in the case the engine folds them to: quoting them must not change which table they mean."""
    if _dialect(dialect).normalization_strategy in FOLDS:
        return normalize_identifiers(tree, dialect=_dialect(dialect))
    return tree


@cache
def _dialect(name: str) -> Dialect:
    name = ALIASES.get(name, name)
    if name == "duckdb":
        return Dialect.get_or_raise(f"duckdb, version={duckdb_version()}")
    return Dialect.get_or_raise(name)


@cache
def duckdb_version() -> str:
    """``major.minor`` of the installed engine, which decides what ``~`` means; 2.0 where there is none."""
    try:
        return ".".join(version("duckdb").split(".")[:2])
    except PackageNotFoundError:
        return "2.0"


@cache
def _parser(dialect: str) -> type[Parser]:
    base = _dialect(dialect).parser_class
    kept = GRAMMAR[""] | GRAMMAR.get(ALIASES.get(dialect, dialect), frozenset())
    body = {
        "FUNCTIONS": {},
        "FUNCTION_PARSERS": {name: parser for name, parser in base.FUNCTION_PARSERS.items() if name in kept},
        "_warn_unsupported": _silent,
    }
    return type("PlainParser", (base,), body)


def _silent(_: Parser) -> None:
    """The guard refuses what sqlglot cannot read and says so itself."""


@cache
def _generator(dialect: str) -> type[Generator]:
    base = _dialect(dialect).generator_class
    return type("PlainGenerator", (base,), {"ignorenulls_sql": _ignore_nulls, "respectnulls_sql": _respect_nulls})


def _ignore_nulls(self: Generator, node: exp.IgnoreNulls) -> str:
    return f"{self.sql(node, 'this')} IGNORE NULLS"


def _respect_nulls(self: Generator, node: exp.RespectNulls) -> str:
    return f"{self.sql(node, 'this')} RESPECT NULLS"
