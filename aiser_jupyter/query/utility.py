"""The statements about statements and tables: EXPLAIN, DESCRIBE, SHOW, SUMMARIZE and the PRAGMAs that only tell.

sqlglot reads most of them as opaque text. Here each is taken apart into fixed words, table names and a query, and put together
from those again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from aiser_jupyter.query import relations, syntax
from aiser_jupyter.query.verdict import Refusal, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlglot.tokenizer_core import Token

    from aiser_jupyter.query.verdict import Kind

    Check = Callable[[str], Verdict]

EXPLAIN_WORDS = frozenset(
    {"ANALYZE", "ANALYSE", "VERBOSE", "QUERY", "PLAN", "EXTENDED", "FORMAT", "COSTS", "BUFFERS", "WAL", "TIMING", "SUMMARY", "SETTINGS"}
    | {"JSON", "TEXT", "YAML", "XML", "TREE", "TRADITIONAL", "HTML", "GRAPHVIZ", "TRUE", "FALSE", "ON", "OFF", "=", ","}
)
EVERYTHING = "SELECT * FROM "
DESCRIBES = frozenset(
    {"duckdb", "mysql", "snowflake", "spark", "databricks", "hive", "trino", "presto", "oracle", "clickhouse", "starrocks", "doris"}
)
BEGINS_QUERY = frozenset({"SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "("})

# What may follow SHOW: words alone, or words before a table or schema (ending in FROM, IN, TABLE or VIEW).
SHOW_ALONE: dict[str, frozenset[str]] = {
    "duckdb": frozenset({"TABLES", "ALL TABLES", "DATABASES"}),
    "postgres": frozenset(
        {"CLIENT_ENCODING", "DATESTYLE", "INTERVALSTYLE", "SEARCH_PATH", "SERVER_ENCODING", "SERVER_VERSION", "TIMEZONE", "TIME ZONE"}
    ),
    "mysql": frozenset({"TABLES", "FULL TABLES", "DATABASES", "SCHEMAS", "TABLE STATUS", "COLLATION", "CHARACTER SET", "CHARSET"}),
    "sqlite": frozenset(),
    "tsql": frozenset(),
}
SHOW_OF: dict[str, frozenset[str]] = {
    "duckdb": frozenset({"", "TABLES FROM"}),
    "mysql": frozenset(
        {f"{full}{what} {of}" for full in ("", "FULL ") for what in ("COLUMNS", "FIELDS", "TABLES") for of in ("FROM", "IN")}
        | {f"{what} {of}" for what in ("INDEX", "INDEXES", "KEYS") for of in ("FROM", "IN")}
        | {"CREATE TABLE", "CREATE VIEW"}
    ),
}
SHOW_ELSEWHERE = frozenset({"TABLES", "SCHEMAS", "DATABASES", "VIEWS", "CATALOGS", "FUNCTIONS"})
SHOW_OF_ELSEWHERE = frozenset(
    {f"{what} {of}" for what in ("COLUMNS", "TABLES", "SCHEMAS", "VIEWS") for of in ("FROM", "IN")} | {"CREATE TABLE", "CREATE VIEW"}
)
SHOW_WORDS = frozenset(
    word
    for phrases in (*SHOW_ALONE.values(), *SHOW_OF.values(), SHOW_ELSEWHERE, SHOW_OF_ELSEWHERE)
    for phrase in phrases
    for word in phrase.split()
)

PRAGMAS: dict[str, frozenset[str]] = {
    "sqlite": frozenset(
        {
            "table_info",
            "table_xinfo",
            "table_list",
            "index_list",
            "index_info",
            "index_xinfo",
            "foreign_key_list",
            "collation_list",
            "function_list",
        }
    ),
    "duckdb": frozenset({"table_info", "show_tables", "show", "version", "database_size"}),
}


def read(words: Sequence[Token], sql: str, dialect: str, check: Check, tables: Collection[str] | None) -> Verdict | None:
    """The verdict on a statement of this kind, None where ``words`` (read from ``sql``) are of another."""
    rest = sql[words[0].end + 1 :]
    match words[0].text.upper():
        case "EXPLAIN":
            return _explain(rest, dialect, check)
        case "DESCRIBE" | "DESC" if dialect in DESCRIBES:
            return _about("DESCRIBE", rest, dialect, check, "describe")
        case "SUMMARIZE" if dialect == "duckdb":
            return _about("SUMMARIZE", rest, dialect, check, "summarize")
        case "SHOW":
            return _show(rest, dialect, check)
        case "PRAGMA" if dialect in PRAGMAS:
            return _pragma(rest, dialect, tables)
    return None


def _explain(rest: str, dialect: str, check: Check) -> Verdict:
    """``EXPLAIN`` with its options, before a query that may run itself: ANALYZE runs it."""
    words = _words(rest, dialect)
    end = explain_options(words)
    if end >= len(words):
        raise Refusal("EXPLAIN needs a query.", "explain")
    inner = check(rest[words[end].start :])
    if inner.allowed and inner.kind != "select":
        raise Refusal("EXPLAIN is for queries that read.", "explain")
    options = " ".join(word.text.upper() for word in words[:end])
    return replace(inner, kind="explain", sql=f"EXPLAIN {options} {inner.sql}".replace("  ", " ", 1) if inner.allowed else "")


def explain_options(words: Sequence[Token]) -> int:
    """How many of ``words`` are options of EXPLAIN: bare ones, or a list in brackets."""
    end = 0
    if len(words) > 1 and words[0].text == "(" and words[1].text.upper() in EXPLAIN_WORDS:
        end = next((at for at, word in enumerate(words) if word.text == ")"), 0)
        if not all(word.text.upper() in EXPLAIN_WORDS for word in words[1:end]):
            raise Refusal("EXPLAIN has an option that is not known.", "explain")
        return end + 1
    while end < len(words) and words[end].text.upper() in EXPLAIN_WORDS and words[end].token_type is not TokenType.IDENTIFIER:
        end += 1
    return end


def _about(verb: str, rest: str, dialect: str, check: Check, kind: Kind) -> Verdict:
    """``DESCRIBE`` or ``SUMMARIZE`` of a table or of a query."""
    words = _words(rest, dialect)
    if words and words[0].text.upper() in BEGINS_QUERY and words[0].token_type is not TokenType.IDENTIFIER:
        inner = check(rest)
        return replace(inner, kind=kind, sql=f"{verb} {inner.sql}" if inner.allowed else "")
    if verb == "DESCRIBE" and words and words[0].text.upper() == "TABLE":
        words = words[1:]
    if not words and dialect == "duckdb" and verb == "DESCRIBE":
        return Verdict(allowed=True, reason="", kind=kind, sql=verb)
    return _of(verb, words, rest, check, kind)


def _of(phrase: str, words: Sequence[Token], rest: str, check: Check, kind: Kind) -> Verdict:
    """A phrase before the name of a table."""
    if not _is_name(words):
        raise Refusal(f"{phrase} is followed by the name of a table.", kind)
    inner = check(EVERYTHING + rest[words[0].start : words[-1].end + 1])
    if inner.files and phrase.startswith("SHOW"):
        raise Refusal("SHOW is for tables; what a file holds is told by DESCRIBE 'file'.", kind)
    # A file has a name and an alias, which only a query may have.
    what = inner.sql if inner.files else inner.sql.removeprefix(EVERYTHING)
    return replace(inner, kind=kind, sql=f"{phrase} {what}" if inner.allowed else "")


def _show(rest: str, dialect: str, check: Check) -> Verdict:
    words = _words(rest, dialect)
    end = 0
    while end < len(words) and words[end].text.upper() in SHOW_WORDS and words[end].token_type is not TokenType.IDENTIFIER:
        end += 1
    phrase, more = " ".join(word.text.upper() for word in words[:end]), words[end:]
    if more and phrase in SHOW_OF.get(dialect, SHOW_OF_ELSEWHERE if dialect not in SHOW_ALONE else frozenset()):
        return _of(f"SHOW {phrase}".strip(), more, rest, check, "show")
    if phrase in SHOW_ALONE.get(dialect, SHOW_ELSEWHERE):
        if not more:
            return Verdict(allowed=True, reason="", kind="show", sql=f"SHOW {phrase}")
        if len(more) == 2 and more[0].text.upper() == "LIKE" and more[1].token_type is TokenType.STRING:
            return Verdict(allowed=True, reason="", kind="show", sql=f"SHOW {phrase} LIKE {_text(more[1].text, dialect)}")
    raise Refusal(
        "SHOW may list tables and columns, not settings of the server."
        if SHOW_ALONE.get(dialect, True)
        else f"There is no SHOW in {dialect}; use %aiser tables.",
        "show",
    )


def _pragma(rest: str, dialect: str, tables: Collection[str] | None) -> Verdict:
    words = _words(rest, dialect)
    name = words[0].text.lower() if words else ""
    if name not in PRAGMAS[dialect]:
        raise Refusal(f"PRAGMA {name} is not allowed: it can change how the database works. Tables are described by %aiser describe.")
    shape = [word.token_type for word in words[1:]]
    if not shape:
        return Verdict(allowed=True, reason="", kind="describe", sql=f"PRAGMA {name}")
    if len(shape) != 3 or words[1].text != "(" or words[3].text != ")":
        raise Refusal(f"PRAGMA {name} takes the name of one table in brackets.", "describe")
    table = exp.to_table(exp.to_identifier(words[2].text, quoted=True).sql())
    if reason := relations.refusal(table, dialect, tables):
        raise Refusal(reason, "describe")
    return Verdict(allowed=True, reason="", kind="describe", sql=f"PRAGMA {name}({_text(words[2].text, dialect)})", tables=(words[2].text,))


def _words(text: str, dialect: str) -> list[Token]:
    words = syntax.tokens(text, dialect)
    return words[:-1] if words and words[-1].token_type is TokenType.SEMICOLON else words


def _is_name(words: Sequence[Token]) -> bool:
    """Names with dots between."""
    return (
        len(words) % 2 == 1
        and all((word.token_type is TokenType.DOT) == (at % 2 == 1) for at, word in enumerate(words))
        and words[0].text != "("
    )


def _text(value: str, dialect: str) -> str:
    return syntax.render(exp.Literal.string(value), dialect)
