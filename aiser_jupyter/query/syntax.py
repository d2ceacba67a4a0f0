"""SQL text to tree and back, within one dialect, so that what is read means what was written.

sqlglot is a translator: it turns `strftime` into a node that every dialect can spell. Here nothing is translated, so its tables of
functions are left out: a call keeps its name and its arguments as they were typed, and only what has a grammar of its own
(``CAST(x AS …)``, ``EXTRACT(… FROM x)``) is read as more than a call.
"""

from __future__ import annotations

import re
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.mysql import MySQL
from sqlglot.dialects.sqlite import SQLite
from sqlglot.errors import ErrorLevel
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.tokenizer_core import TokenType

from aiser_jupyter.query.tokens import binds
from aiser_jupyter.query.tokens import words as lexed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlglot.generator import Generator
    from sqlglot.parser import Parser
    from sqlglot.tokenizer_core import Token
    from sqlglot.tokens import Tokenizer

ALIASES = {"postgresql": "postgres", "mariadb": "mysql", "mssql": "tsql", "sqlserver": "tsql"}

# Calls whose arguments are no comma list, by dialect; "" holds for all.
GRAMMAR = {
    "": frozenset({"CAST", "TRY_CAST", "EXTRACT", "POSITION", "TRIM", "SUBSTRING"}),
    "mysql": frozenset({"CONVERT", "GROUP_CONCAT", "MATCH", "CHAR", "JSON_TABLE"}),
    "tsql": frozenset({"CONVERT", "TRY_CONVERT", "OPENJSON"}),
    "postgres": frozenset({"OVERLAY"}),
}
PSEUDO = frozenset({"ROWNUM", "LEVEL", "UID", "USER"})
# Where a call takes the bare name of a unit, by dialect: the place, and the least number of arguments (`datediff(a, b)` of Spark has none).
_FIRST, _FIRST_OF_THREE = (0, 2), (0, 3)
_SPARK: dict[str, tuple[int, int]] = dict.fromkeys(
    ("dateadd", "date_add", "datediff", "date_diff", "timestampadd", "timestampdiff"), _FIRST_OF_THREE
)
UNIT_AT: dict[str, dict[str, tuple[int, int]]] = {
    "snowflake": {
        **dict.fromkeys(("dateadd", "timeadd", "timestampadd", "datediff", "timediff", "timestampdiff", "date_part", "date_trunc"), _FIRST),
        "last_day": (1, 2),
        "time_slice": (2, 3),
    },
    "bigquery": {
        **dict.fromkeys(("date_trunc", "datetime_trunc", "timestamp_trunc", "time_trunc", "last_day"), (1, 2)),
        **dict.fromkeys(("date_diff", "datetime_diff", "timestamp_diff", "time_diff"), (2, 3)),
    },
    "tsql": dict.fromkeys(("dateadd", "datediff", "datediff_big", "datename", "datepart", "datetrunc", "date_bucket"), _FIRST),
    "redshift": dict.fromkeys(("dateadd", "date_add", "datediff", "date_diff", "date_part", "datepart"), _FIRST),
    "spark": _SPARK,
    "databricks": _SPARK,
    "mysql": {"timestampadd": _FIRST, "timestampdiff": _FIRST, "get_format": _FIRST},
    "clickhouse": dict.fromkeys((*_SPARK, "date_sub", "datesub"), _FIRST_OF_THREE),
}
ARROWS = frozenset({"duckdb", "mysql", "postgres", "sqlite"})
PLAIN_TYPE = re.compile(r"[A-Za-z]+( [A-Za-z]+)*( ?\( ?\d+( ?, ?\d+)? ?\))?")
LONGEST_NAME = 250  # MySQL allows 256
FOLDS = {NormalizationStrategy.LOWERCASE, NormalizationStrategy.UPPERCASE}


def known(dialect: str) -> bool:
    """Whether there is a grammar for ``dialect``."""
    return Dialect.get(ALIASES.get(dialect, dialect)) is not None


def tokens(sql: str, dialect: str) -> list[Token]:
    """The words of ``sql``; raises sqlglot's TokenError."""
    grammar = _dialect(dialect)
    if (
        "$" in sql
        and isinstance(grammar, DuckDB)
        and not any(word.text[0] == "$" and word.kind == "string" for word in lexed(sql, "duckdb"))
    ):
        return _without_dollar_quotes()(dialect=grammar).tokenize(sql)
    return grammar.tokenize(sql)


def parse(words: list[Token], sql: str, dialect: str) -> list[exp.Expr]:
    """The statements of ``words``, which were read from ``sql``; raises sqlglot's ParseError."""
    grammar = _dialect(dialect)
    parser = _parser(dialect)(dialect=grammar, error_level=ErrorLevel.IMMEDIATE)
    parser.binds = frozenset(word.start for word in binds(sql, ALIASES.get(dialect, dialect)))  # pyright: ignore[reportAttributeAccessIssue] - PlainParser's
    parsed = parser.parse(words, sql)
    return [_keep_names(tree, sql, dialect) for tree in parsed if tree is not None]


def render(tree: exp.Expr, dialect: str, *, copy: bool = True) -> str:
    """One statement as text: identifiers quoted, comments dropped; raises sqlglot's UnsupportedError where it cannot be spelled.

    Without a ``copy`` the tree may be changed by it.
    """
    options: dict[str, Any] = {"identify": True, "comments": False, "normalize_functions": False, "unsupported_level": ErrorLevel.RAISE}
    return _generator(dialect)(dialect=_dialect(dialect), **options).generate(tree, copy=copy)


def _keep_names(tree: exp.Expr, sql: str, dialect: str) -> exp.Expr:
    """The tree with what quoting and rewriting would change about names written into it."""
    grammar = _dialect(dialect)
    if grammar.normalization_strategy in FOLDS:
        tree = normalize_identifiers(tree, dialect=grammar)
    if dialect == "oracle":
        for column in list(tree.find_all(exp.Column)):
            # In quotes these would be columns that no table has.
            if len(column.parts) == 1 and not column.this.args.get("quoted") and column.name.upper() in PSEUDO:
                column.replace(exp.Var(this=column.name.upper()))
    _bare_units(tree, ALIASES.get(dialect, dialect))
    if isinstance(grammar, SQLite):
        for name in tree.find_all(exp.Identifier):
            start = name.meta.get("start")
            name.meta["loose"] = start is not None and sql[start] == '"'
    if isinstance(grammar, SQLite | MySQL):
        for select in tree.find_all(exp.Select):
            select.set("expressions", [_titled(column, dialect) for column in select.expressions])
    return tree


def _bare_units(tree: exp.Expr, dialect: str) -> None:
    """The unit of ``datediff(day, a, b)`` is a word of the language, which quotes would make a column; every other argument may be one."""
    units = UNIT_AT.get(dialect, {})
    for call in list(tree.find_all(exp.Anonymous)) if units else ():
        place, least = units.get(call.name.lower(), (0, 0))
        if least and len(call.expressions) >= least:
            _bare_word(call.expressions[place])
    if dialect == "bigquery":
        for part in tree.find_all(exp.Extract):
            _bare_word(part.this)


def _bare_word(unit: exp.Expr) -> None:
    """``unit`` as a word of the language, as it was typed: ``month``, or ``WEEK(MONDAY)`` of BigQuery."""
    if isinstance(unit, exp.Anonymous | exp.WeekStart) and len(unit.expressions) == 1:
        _bare_word(unit.expressions[0])
    elif isinstance(unit, exp.Column) and len(unit.parts) == 1 and not unit.this.args.get("quoted"):
        unit.replace(exp.Var(this=unit.name))


def _titled(column: exp.Expr, dialect: str) -> exp.Expr:
    """An unnamed column under the name that SQLite and MySQL give it: its text as it was typed."""
    text = column.meta.get("text", "")
    if (
        not text
        or len(text) > LONGEST_NAME
        or column.is_star
        or isinstance(column.unnest(), exp.Alias | exp.Column)
        or text == render(column, dialect)
    ):
        return column
    return exp.Alias(this=column, alias=exp.Identifier(this=text, quoted=True))


@cache
def _dialect(name: str) -> Dialect:
    name = ALIASES.get(name, name)
    if name == "duckdb":
        return Dialect.get_or_raise(f"duckdb, version={duckdb_version()}")
    return Dialect.get_or_raise(name)


@cache
def _without_dollar_quotes() -> type[Tokenizer]:
    """DuckDB's tokenizer for a text that quotes nothing by dollars: ``IN ($a,$b)`` is two parameters, which sqlglot takes for the tag ``$a,$``."""

    class PlainTokenizer(DuckDB.Tokenizer):
        HEREDOC_STRINGS: ClassVar = []
        SINGLE_TOKENS: ClassVar = {**DuckDB.Tokenizer.SINGLE_TOKENS, "$": TokenType.PARAMETER}

    return PlainTokenizer


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

    arrows = {TokenType.ARROW: _arrow(exp.JSONExtract), TokenType.DARROW: _arrow(exp.JSONExtractScalar)}

    class PlainParser(base):
        FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS: ClassVar = {name: parser for name, parser in base.FUNCTION_PARSERS.items() if name in kept}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {name: parser for name, parser in base.NO_PAREN_FUNCTION_PARSERS.items() if name != "IF"}
        NO_PAREN_FUNCTIONS: ClassVar = {token: partial(exp.Var, this=token.name) for token in base.NO_PAREN_FUNCTIONS}
        COLUMN_OPERATORS: ClassVar = _replaced(base.COLUMN_OPERATORS, arrows)
        JSON_OPERATORS: ClassVar = _replaced(base.JSON_OPERATORS, arrows)
        CONCAT_OPERATORS: ClassVar = _replaced(getattr(base, "CONCAT_OPERATORS", {}), arrows)
        PLACEHOLDER_PARSERS: ClassVar = {**base.PLACEHOLDER_PARSERS, TokenType.COLON: _bind}
        binds: frozenset[int] = frozenset()  # where the colons stand that begin a parameter
        JOINS_HAVE_EQUAL_PRECEDENCE = False  # else a comma becomes CROSS JOIN, which fixes the order of joining in SQLite

        def _warn_unsupported(self) -> None:
            """Say nothing: the guard refuses what cannot be read, and says so itself."""

        def _parse_expression(self) -> exp.Expr | None:
            first = self._curr
            node = super()._parse_expression()
            if node is not None and self._prev is not None:
                node.meta["text"] = self._find_sql(first, self._prev)
            return node

        def _parse_types(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
            first = self._curr
            node = super()._parse_types(*args, **kwargs)
            if isinstance(node, exp.DataType) and self._prev is not None:
                node.meta["text"] = self._find_sql(first, self._prev)
            return node

        def _parse_simplified_pivot(self, is_unpivot: bool | None = None) -> Any:
            """Also with ORDER BY and LIMIT behind it, as a query over the pivot."""
            pivot = super()._parse_simplified_pivot(is_unpivot)
            if self._curr.token_type in (TokenType.ORDER_BY, TokenType.LIMIT, TokenType.OFFSET):
                return self._parse_query_modifiers(exp.select("*").from_(exp.Subquery(this=pivot)))
            return pivot

    return PlainParser


def _bind(parser: Parser) -> exp.Placeholder | None:
    """The parameter after a colon, whatever word it is called after; None where the colon belongs to a slice, a key or an alias."""
    colon, name = parser._prev, parser._curr  # noqa: SLF001  # a parser's own parts are how sqlglot is extended
    if colon.start not in parser.binds:  # pyright: ignore[reportAttributeAccessIssue] - PlainParser's
        return None
    parser._advance()  # noqa: SLF001
    return parser.expression(exp.Placeholder(this=name.text))


def _arrow(kind: type[exp.Binary]) -> Callable[[Parser, exp.Expr, exp.Expr], exp.Expr]:
    """An arrow of JSON with its path as it was typed."""
    return lambda parser, this, path: parser.expression(kind(this=this, expression=path))


def _replaced(table: Mapping[TokenType, Any], by: Mapping[TokenType, Any]) -> dict[TokenType, Any]:
    return {**table, **{token: parser for token, parser in by.items() if token in table}}


def _slice(generator: Generator, node: exp.Slice) -> str:
    """With a space before what begins with a sign of its own: ``[1: :n]`` is no cast, ``[$a: $b]`` no dollar quote."""
    text = generator.slice_sql(node)
    end = generator.sql(node.expression)
    return text.replace(f":{end}", f": {end}", 1) if end.startswith((":", "$")) else text


@cache
def _generator(dialect: str) -> type[Generator]:
    base = _dialect(dialect).generator_class
    arrows = {
        exp.JSONExtract: lambda self, node: self.binary(node, "->"),
        exp.JSONExtractScalar: lambda self, node: self.binary(node, "->>"),
    }

    class PlainGenerator(base):
        TRANSFORMS: ClassVar = {**base.TRANSFORMS, exp.Slice: _slice, **(arrows if ALIASES.get(dialect, dialect) in ARROWS else {})}

        def ignorenulls_sql(self, expression: exp.IgnoreNulls) -> str:
            return f"{self.sql(expression, 'this')} IGNORE NULLS"

        def respectnulls_sql(self, expression: exp.RespectNulls) -> str:
            return f"{self.sql(expression, 'this')} RESPECT NULLS"

        def withingroup_sql(self, expression: exp.WithinGroup) -> str:
            return f"{self.sql(expression, 'this')} WITHIN GROUP ({self.sql(expression, 'expression').lstrip()})"

        def identifier_sql(self, expression: exp.Identifier) -> str:
            if expression.meta.get("loose", True):
                return super().identifier_sql(expression)
            # SQLite takes a name in double quotes that is no column for a text; in backticks a misspelt column stays an error.
            return "`" + expression.name.replace("`", "``") + "`"

        def placeholder_sql(self, expression: exp.Placeholder) -> str:
            name = expression.args.get("this")
            if isinstance(name, str) and name.isidentifier():
                return f"${name}" if dialect == "duckdb" else f":{name}"
            return super().placeholder_sql(expression)

        def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
            text = expression.to.meta.get("text", "")
            if isinstance(self.dialect, SQLite) and PLAIN_TYPE.fullmatch(text):
                return f"CAST({self.sql(expression, 'this')} AS {text})"  # the name of a type is how SQLite chooses the kind of number
            return super().cast_sql(expression, safe_prefix)

    return PlainGenerator
