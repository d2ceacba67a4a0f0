"""The functions a statement may call: the engine's own catalogue, less what the review denies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlglot.dialects.dialect import Dialect

from aiser_jupyter.query.review import GRAMMAR, GRANTED, TABLES, denied
from aiser_jupyter.query.suggest import did_you_mean
from aiser_jupyter.query.syntax import ALIASES, duckdb_version

NEWEST = {"duckdb": "2.0", "sqlite": "3.40", "postgres": "15", "mysql": "8.4", "tsql": "2022", "oracle": "23", "spark": "4.3"}
# Engines that speak the dialect of another.
KIN = {"spark2": "spark", "databricks": "spark", "presto": "trino", "athena": "trino"}


@dataclass(frozen=True)
class Functions:
    """Names in lower case: ``scalar`` may be called anywhere, ``table`` also where a table stands."""

    dialect: str
    scalar: frozenset[str]
    table: frozenset[str]

    def refusal(self, name: str, *, as_table: bool, more: frozenset[str] = frozenset()) -> str:
        """Why ``name`` (lower case) may not be called here; empty where it may. ``more`` are further names that may."""
        allowed = self.table | more if as_table else self.scalar | self.table | more
        if name in allowed:
            return ""
        if reason := denied(name, self.dialect):
            hint = ' Add the file with ws.add("file") or %aiser add and query it by its name.' if reason.endswith("files") else ""
            return f"{name}() is not allowed: it {reason}.{hint}"
        if name in self.scalar and self.dialect == "postgres":
            return ""  # there a value in FROM is a table of one row
        if name in self.scalar:
            return f"{name}() gives a value, not a table, and cannot stand in FROM."
        return f"There is no function {name}() that a query may call in {self.dialect}.{did_you_mean(name, allowed)}"


@cache
def functions_of(dialect: str) -> Functions:
    """The functions of ``dialect``; of the installed version for DuckDB, of sqlglot's own list where there is no snapshot."""
    dialect = ALIASES.get(dialect, dialect)
    kin = KIN.get(dialect, dialect)
    if kin not in NEWEST:
        return Functions(dialect, _reviewed({name.lower() for name in _sqlglot_names(dialect)}, kin), TABLES.get(kin, TABLES["postgres"]))
    dialect = kin
    snapshot = _snapshot(dialect)
    return Functions(dialect, _reviewed(set(snapshot["scalar"]), dialect), TABLES[dialect])


def _reviewed(names: set[str], dialect: str) -> frozenset[str]:
    harmless = {name for name in names if not denied(name, dialect)}
    return frozenset(harmless | GRAMMAR[""] | GRAMMAR.get(dialect, frozenset()) | GRANTED.get(dialect, frozenset()))


def _snapshot(dialect: str) -> dict[str, list[str]]:
    folder = files("aiser_jupyter.query.snapshots")
    version = duckdb_version() if dialect == "duckdb" else NEWEST[dialect]
    exact = folder / f"{dialect}-{version}.json"
    chosen = exact if exact.is_file() else folder / f"{dialect}-{NEWEST[dialect]}.json"
    return json.loads(chosen.read_text(encoding="utf-8"))


def _sqlglot_names(dialect: str) -> list[str]:
    return list(Dialect.get_or_raise(dialect).parser_class.FUNCTIONS)
