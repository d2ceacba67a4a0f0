"""What an engine complains of, in our words: which name is unknown, where it stands, and which are near."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.errors import AiserError, CancelledError, EngineWordsError, QueryError, UnknownNameError
from aiser_jupyter.query.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.sources.source import Source

_INTERRUPTED = re.compile(r"\binterrupt", re.IGNORECASE)
_UNKNOWN: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("table", re.compile(r'Table with name "?(?P<name>[^"\n]+?)"? does not exist')),
    ("table", re.compile(r'Referenced table "(?P<name>[^"\n]+)" not found')),
    ("table", re.compile(r"no such table: (?:main\.)?(?P<name>[^\n]+)")),
    ("column", re.compile(r'Referenced column "(?P<name>[^"\n]+)" not found')),
    ("column", re.compile(r'does not have a column named "(?P<name>[^"\n]+)"')),
    ("column", re.compile(r"no such column: (?P<name>[^\n]+)")),
    ("function", re.compile(r"Function with name \"?(?P<name>[^\"\n]+?)\"? does not exist")),
    ("function", re.compile(r"no such function: (?P<name>[^\n]+)")),
    # PostgreSQL
    ("table", re.compile(r'relation "(?:[^"\n]+\.)?(?P<name>[^".\n]+)" does not exist')),
    ("table", re.compile(r'missing FROM-clause entry for table "(?P<name>[^"\n]+)"')),
    ("column", re.compile(r'column "?(?P<name>[^"\n]+?)"? does not exist')),
    ("function", re.compile(r"function (?:\w+\.)?(?P<name>\w+)\(.*\) does not exist")),
    # MySQL and MariaDB
    ("table", re.compile(r"Table '(?:[^'.\n]+\.)?(?P<name>[^'\n]+)' doesn't exist")),
    ("table", re.compile(r"Unknown table '(?P<name>[^'\n]+)'")),
    ("column", re.compile(r"Unknown column '(?P<name>[^'\n]+)' in ")),
    ("function", re.compile(r"FUNCTION (?:[^\s.]+\.)?(?P<name>\S+) does not exist")),
    # BigQuery
    ("table", re.compile(r"Not found: Table (?:[^\s:]+:)?(?:[^\s.]+\.)*(?P<name>[^\s.]+) was not found")),
    ("column", re.compile(r"Unrecognized name: (?P<name>\S+)")),
    ("function", re.compile(r"Function not found: (?P<name>\S+)")),
    # Snowflake
    ("table", re.compile(r"Object '(?:[^'\n]+\.)?(?P<name>[^'.\n]+)' does not exist")),
    ("column", re.compile(r"invalid identifier '(?P<name>[^'\n]+)'")),
    ("function", re.compile(r"Unknown function (?P<name>\S+)")),
    # Spark
    ("table", re.compile(r"\[TABLE_OR_VIEW_NOT_FOUND\] The table or view (?:`[^`\n]+`\.)*`(?P<name>[^`\n]+)`")),
    ("column", re.compile(r"\[UNRESOLVED_COLUMN[^\]]*\] .*?with name (?:`[^`\n]+`\.)*`(?P<name>[^`\n]+)`")),
    ("function", re.compile(r"\[UNRESOLVED_ROUTINE\] Cannot resolve routine (?:`[^`\n]+`\.)*`(?P<name>[^`\n]+)`")),
    # SQL Server
    ("table", re.compile(r"Invalid object name '(?:[^'\n]+\.)?(?P<name>[^'.\n]+)'")),
    ("column", re.compile(r"Invalid column name '(?P<name>[^'\n]+)'")),
    ("column", re.compile(r'multi-part identifier "(?P<name>[^"\n]+)" could not be bound')),
    ("function", re.compile(r"'(?P<name>[^'\n]+)' is not a recognized built-in function name")),
    # Oracle: it names a missing table from 23ai on, quotes each part of a name, and takes an unknown function for a column
    ("table", re.compile(r'ORA-00942: table or view (?:"[^"\n]+"\.)?"(?P<name>[^"\n]+)" does not exist')),
    ("column", re.compile(r'ORA-00904: (?:"[^"\n]+"\.)*"(?P<name>[^"\n]+)": invalid identifier')),
)


def explain(error: BaseException, sql: str, source: Source, tables: Iterable[str], frames: Iterable[str]) -> BaseException:
    """The typed error for what the engine raised while it ran ``sql`` as the user wrote it; ``tables`` are those the statement names."""
    if isinstance(error, AiserError) or not isinstance(error, Exception):
        return _shown(error, source)
    message = str(error)
    if _INTERRUPTED.search(message.partition("\n")[0]):
        return CancelledError("The query was cancelled.")
    for kind, pattern in _UNKNOWN:
        if (found := pattern.search(message)) and _written(found["name"], sql, source):
            name = found["name"].strip().rpartition(".")[2] if kind == "column" else found["name"].strip()
            # Columns of frames and subqueries are known to the engine alone.
            offered = re.findall(r'"([^"\n]+)"', message.partition("Candidate bindings:")[2].partition("\n")[0])
            return _unknown(kind, name, sql, source, tables, frames, [word.rpartition(".")[2] for word in offered])
    if hasattr(source, "grant"):
        return kept_back(type(error).__name__)
    if "read-only crypto module" in message:
        return QueryError(
            "The statement needs more memory than its engine has, and this workspace is encrypted: its rows do not go to disk in plain form.",
            hint="Aggregate or filter earlier, or give the engine more memory: worker_memory_mb in .aiser/settings.toml, or memory_limit of a DuckDB connection.",
        )
    first = message.strip().partition("\n")[0]
    # DuckDB begins with the kind of error, which says nothing that the sentence does not.
    return QueryError(re.sub(r"^(?:\w+ )+Error: |^INTERNAL Error: ", "", first)[:300], where=_pointed(message, sql))


def _shown(error: BaseException, source: Source) -> BaseException:
    """An error that is typed already; the engine's own words are for whoever may see all rows."""
    if not isinstance(error, EngineWordsError):
        return error
    return kept_back() if hasattr(source, "grant") else QueryError(error.message, where=error.where, hint=error.hint)


def kept_back(kind: str = "") -> QueryError:
    """What to say of a failed statement on a governed connection."""
    return QueryError(
        f"The engine did not accept the statement{f' ({kind})' if kind else ''}.",
        hint="What it says is not shown on a governed connection: it may quote values of rows that are not yours to see.",
    )


def _written(name: str, sql: str, source: Source) -> bool:
    """Whether a name that an engine did not find stands in the statement; on a governed connection the words around it could be a value's."""
    return not hasattr(source, "grant") or name.strip('`"').rpartition(".")[2].casefold() in sql.casefold()


def _pointed(message: str, sql: str) -> str:
    """The place in ``sql`` of the word that the engine points to in the statement it ran, which is ours written anew; empty where it is not sure.

    DuckDB and PostgreSQL draw a mark below their line, MySQL and SQL Server quote what stands there.
    """
    drawn = re.search(r"^LINE \d+: (?P<line>[^\n]*)\n(?P<blank> *)\^", message, re.MULTILINE)
    if drawn is not None:
        at = len(drawn["blank"]) - (drawn.start("line") - drawn.start())
        found = re.compile(r"'(?:[^']|'')*'|\"?(\w+)").match(drawn["line"], max(at, 0))
        word = (found[1] or found[0]) if found else ""
    else:
        near = re.search(r"(?:near|Incorrect syntax near) ['\"](?P<word>\w+)", message)
        word = near["word"] if near else ""
    return caret(sql, word) if word and _stands_once(sql, word) else ""


def _stands_once(sql: str, word: str) -> bool:
    """Whether a word stands in ``sql`` one time, so that there is no doubt which is meant."""
    text = sql if word.startswith("'") else _blank_strings(sql)
    return len(re.findall(rf"(?<![\w$]){re.escape(word)}(?![\w$])", text, re.IGNORECASE)) == 1


def _unknown(
    kind: str, name: str, sql: str, source: Source, tables: Iterable[str], frames: Iterable[str], offered: list[str]
) -> UnknownNameError:
    homes: list[str] = []
    known = source.tables() if kind != "function" else ()
    if kind == "table":
        homes = [f"{table.schema}.{table.name}" for table in known if table.schema and table.name.casefold() == name.casefold()]
        names = homes or [table.name for table in known] + list(frames)
    else:
        wanted = {table.casefold().rpartition(".")[2] for table in tables}
        here = [table for table in known if table.name.casefold() in wanted] or known
        names = offered + [column.name for table in here for column in table.columns]
    # A name that is there, but not where it was looked for, is no help.
    near = nearest(name, (one for one in names if kind == "function" or one != name))
    if near:
        hint = f"Did you mean {' or '.join(near) if kind == 'table' and homes else near[0]}?"
    elif kind == "function":
        hint = "It is no function of this engine."
    else:
        shown = list(dict.fromkeys(names))
        more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
        hint = f"{'Tables' if kind == 'table' else 'Columns'}: {', '.join(shown[:8]) or 'none'}{more}."
    return UnknownNameError(f"There is no {kind} {name!r}.", where=caret(sql, name), hint=hint, candidates=near)


def caret(sql: str, name: str) -> str:
    """The line of ``sql`` on which ``name`` stands as a word, and a mark under it; empty where it does not stand there."""
    text = sql if name.startswith("'") else _blank_strings(sql)
    found = re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text, re.IGNORECASE)
    if found is None:
        return ""
    begin = sql.rfind("\n", 0, found.start()) + 1
    line = sql[begin:].partition("\n")[0]
    number = sql.count("\n", 0, begin) + 1
    offset = found.start() - begin
    if offset > 80:  # a long line is cut before the word, so that the mark stays in sight
        line, offset = "…" + line[offset - 40 :], 41
    label = f"line {number}: "
    return f"{label}{line[:120].rstrip()}\n{' ' * (len(label) + offset)}{'^' * len(name)}"


def _blank_strings(sql: str) -> str:
    """``sql`` with strings and comments blanked out, letter for letter."""
    return re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", lambda part: re.sub(r"[^\n]", " ", part.group()), sql, flags=re.DOTALL)
