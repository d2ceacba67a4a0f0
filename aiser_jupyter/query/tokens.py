"""The words of a statement as far as it is written: strings, names, comments and binds told apart, also where a quote is still open.

sqlglot's own tokenizer refuses what has no end; a statement under the cursor seldom has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["word", "name", "string", "number", "comment", "bind", "sign"]


def upper(words: str) -> frozenset[str]:
    """The words of a fixed list."""
    return frozenset(words.split())


# Engines in which double quotes hold a text, not a name.
TEXT_IN_DOUBLE = frozenset({"mysql", "bigquery", "spark", "databricks", "hive", "doris", "starrocks"})
BACKTICKS = TEXT_IN_DOUBLE | {"sqlite", "clickhouse"}
BRACKETS = frozenset({"tsql", "sqlite", "fabric"})
BACKSLASHES = TEXT_IN_DOUBLE | {"snowflake", "clickhouse", "redshift"}
DOLLARS = frozenset({"postgres", "duckdb", "redshift", "snowflake", "materialize", "risingwave", "trino"})
DOLLAR_BINDS = frozenset({"duckdb", "sqlite", "postgres", "mysql"})  # where ``$name`` means nothing else
ESCAPED = frozenset({"postgres", "duckdb", "redshift", "materialize", "risingwave"})
NESTED = frozenset({"postgres", "duckdb", "redshift", "materialize", "risingwave", "tsql", "fabric", "clickhouse"})
HASHES = frozenset({"mysql", "bigquery", "doris", "starrocks"})

# Words after which a value may stand, so that a colon begins a bind there; after any other word it belongs to the word.
WANTS_VALUE = upper(
    "ALL AND ANY ASC AT BETWEEN BY CALL CASE COLLATE CONTAINS DESC DISTINCT DIV ELSE ESCAPE EXCEPT EXECUTE FETCH FIRST FOR FROM FULL GLOB HAVING "
    "ILIKE IN INTERVAL IS LIKE LIMIT MATCH MOD NEXT NOT OFFSET ON OR OVERLAPS PERCENT PLACING QUALIFY RANGE REGEXP RETURN RETURNING RLIKE ROWS "
    "SAMPLE SELECT SET SIMILAR SOME SYMMETRIC TABLESAMPLE THEN TO TOP USING VALUES WHEN WHERE WITH XOR ZONE"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a statement, ``text`` as written from ``start`` to before ``end``; ``closed`` is False where its quote has no end yet."""

    kind: Kind
    text: str
    start: int
    end: int
    closed: bool = True

    @property
    def upper(self) -> str:
        """The word in capitals; empty for what is no bare word."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def value(self) -> str:
        """A name without its quotes, a bind without its sign."""
        if self.kind == "bind":
            return self.text[1:]
        if self.kind != "name":
            return self.text
        quote = "]" if self.text[0] == "[" else self.text[0]
        inner = self.text[1 : -1 if self.closed else None]
        return inner.replace(quote * 2, quote)


def words(sql: str, dialect: str, *, comments: bool = False) -> list[Word]:
    """The words of ``sql`` in order; never raises. ``comments`` keeps them too."""
    found: list[Word] = []
    opened: list[bool] = []  # per open bracket: does it follow a value, so that it subscripts?
    pattern = _pattern(dialect)
    place = 0
    while match := pattern.search(sql, place):
        kind, start, end = match.lastgroup or "sign", match.start(), match.end()
        text, closed = match[0], True
        if kind == "block":
            end, closed = _block_end(sql, start, nested=dialect in NESTED)
            kind, text = "comment", sql[start:end]
        elif kind == "dollar":
            at = sql.find(text, end)
            end, closed = (at + len(text), True) if at >= 0 else (len(sql), False)
            kind, text = "string", sql[start:end]
        elif kind in {"string", "name", "double"}:
            kind = "string" if kind == "string" or (kind == "double" and dialect in TEXT_IN_DOUBLE) else "name"
            closed = end < len(sql) or _closed(dialect).fullmatch(text) is not None
        elif kind == "bind":
            if not _binds(found[-1] if found else None, opened, dollar=text[0] == "$"):
                kind, end = "sign", start + 1  # a colon of its own; what follows is read anew
                text = sql[start:end]
        elif text == "[":
            opened.append(bool(found) and found[-1].upper != "ARRAY" and ends_value(found[-1]))
        elif text == "]" and opened:
            opened.pop()
        place = end
        if kind != "comment" or comments:
            found.append(Word(kind, text, start, end, closed))  # pyright: ignore[reportArgumentType] - the pattern's groups are the kinds
    return found


def binds(sql: str, dialect: str) -> list[Word]:
    """The named parameters of ``sql`` where they stand: ``:name``, and ``$name`` where that means nothing else.

    A colon starts one where a value may stand and a name follows at once; so strings, comments, casts (``::``), slices
    (``x[1:n]``, ``x[:n]``), struct keys, lambdas and prefix aliases stay as they are.
    """
    return [word for word in words(sql, dialect) if word.kind == "bind"] if ":" in sql or "$" in sql else []


def _binds(before: Word | None, opened: list[bool], *, dollar: bool) -> bool:
    if before is None or dollar:
        return True
    if before.kind == "word":
        return before.upper in WANTS_VALUE
    if before.text == "[" and opened and opened[-1]:
        return False
    return not ends_value(before)


def ends_value(word: Word) -> bool:
    """Whether a value may end with the word, so that no other begins after it."""
    return word.text in ")]}" if word.kind == "sign" else word.upper not in WANTS_VALUE


def _block_end(sql: str, start: int, *, nested: bool) -> tuple[int, bool]:
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(sql, start):
        if mark[0] == "/*":
            depth = depth + 1 if nested or depth == 0 else depth
        else:
            depth -= 1
        if depth == 0:
            return mark.end(), True
    return len(sql), False


@cache
def _pattern(dialect: str) -> re.Pattern[str]:
    """What the next word is; a quote without an end runs to the end of the text."""
    strings, double, names = _quoted(dialect)
    comment = r"--[^\n]*" + (r"|\#[^\n]*" if dialect in HASHES else "") + (r"|//[^\n]*" if dialect == "snowflake" else "")
    parts = [rf"(?P<comment>{comment})", r"(?P<block>/\*)"]
    if dialect in DOLLARS:
        parts.append(r"(?P<dollar>\$\$)" if dialect == "snowflake" else r"(?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$)")
    parts += [
        rf"(?P<{kind}>{'|'.join(f'{body}(?:{quote}|{chr(92)}Z)' for body, quote in forms)})"
        for kind, forms in (("string", strings), ("double", [double]), ("name", names))
        if forms
    ]
    dollar = r"|(?<![\w$])\$\w+" if dialect == "duckdb" else r"|(?<![\w$])\$[^\W\d]\w*" if dialect in DOLLAR_BINDS else ""
    parts += [
        r"(?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)",
        rf"(?P<bind>(?<!:):[^\W\d]\w*{dollar})",
        r"(?P<word>[^\W\d][\w$]*|@+\w*|\$\w+)",
        r"(?P<sign>::|:=|->>|->|=>|<=|>=|<>|!=|\|\||@>|<@|\S)",
    ]
    return re.compile("|".join(parts), re.DOTALL)


@cache
def _closed(dialect: str) -> re.Pattern[str]:
    """A quoted text with its end."""
    strings, double, names = _quoted(dialect)
    return re.compile("|".join(body + quote for body, quote in (*strings, double, *names)), re.DOTALL)


def _quoted(dialect: str) -> tuple[list[tuple[str, str]], tuple[str, str], list[tuple[str, str]]]:
    """Texts, what double quotes hold, and other quoted names: each as what stands before its closing quote, and that quote."""
    slash = dialect in BACKSLASHES
    strings = [(r"'(?:\\.|''|[^'\\])*" if slash else r"'(?:''|[^'])*", "'")]
    if dialect in ESCAPED:
        strings.insert(0, (r"\b[eE]'(?:\\.|''|[^'\\])*", "'"))
    if dialect == "oracle":
        strings.insert(0, (r"\b[nN]?[qQ]'(?:\[.*?\]|\{.*?\}|\(.*?\)|<.*?>)", "'"))
    double = (r'"(?:\\.|""|[^"\\])*' if slash and dialect in TEXT_IN_DOUBLE else r'"(?:""|[^"])*', '"')
    names = [(r"`(?:``|[^`])*", "`")] if dialect in BACKTICKS else []
    names += [(r"\[(?:\]\]|[^\]])*", r"\]")] if dialect in BRACKETS else []
    return strings, double, names
