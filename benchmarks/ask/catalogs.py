"""Catalogs of SQLite and DuckDB files for training: the same type that ``query.profile`` fills, kept on disk between runs."""

from __future__ import annotations

import pickle
import re
import sqlite3
import tempfile
from datetime import date
from pathlib import Path

from aiser_jupyter.ask.words import stems
from aiser_jupyter.catalog import Catalog, Column, ColumnStatistics, Key, Table
from aiser_jupyter.catalog.values import ValueHit, build

CACHE = Path(tempfile.gettempdir()) / "aiser-ask-catalogs"
VALUES = 3_000
ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?")


def load(path: Path) -> Catalog:
    """The catalog of one database file."""
    kept = CACHE / f"{path.stem}.pickle"
    if kept.exists() and kept.stat().st_mtime > path.stat().st_mtime:
        return pickle.loads(kept.read_bytes())
    catalog = of_sqlite(path) if path.suffix == ".sqlite" else of_duckdb(path)
    CACHE.mkdir(exist_ok=True)
    kept.write_bytes(pickle.dumps(catalog))
    return catalog


def logical(declared: str, values: list) -> tuple[str, str]:  # noqa: PLR0911  # the first rule that fits, in order
    """(logical type, storage) of a column from its declared type and its distinct values."""
    declared = declared.lower()
    sample = [value for value in values if value is not None][:200]
    if sample and all(isinstance(v, str) and ISO.fullmatch(v) for v in sample):
        return ("timestamp" if any(len(v) > 10 for v in sample) else "date"), "iso_text"
    if any(word in declared for word in ("char", "text", "clob")) and not (sample and all(isinstance(v, (int, float)) for v in sample)):
        return "text", ""
    if "bool" in declared or declared == "bit":
        return "boolean", ""
    if sample and all(isinstance(v, int) for v in sample):
        return "integer", ""
    if sample and all(isinstance(v, (int, float)) for v in sample):
        return "number", ""
    if sample:
        return "text", ""
    if "int" in declared:
        return "integer", ""
    if any(word in declared for word in ("real", "floa", "doub", "num", "dec")):
        return "number", ""
    return ("date", "iso_text") if "date" in declared else ("text", "")


def assemble(name: str, dialect: str, raw: list[tuple], keys: list[Key]) -> Catalog:
    """A catalog from (table, rows, [(column, declared, primary, nulls, distinct, values, minimum, maximum)])."""
    tables, hits, partial = [], [], []
    for table, rows, columns in raw:
        made = []
        for column, declared, primary, nulls, distinct, values, minimum, maximum in columns:
            type_, stored = logical(declared, values) if dialect == "sqlite" else (duck_type(declared, values), "")
            single = sum(1 for c in columns if c[2]) == 1
            made.append(
                Column(
                    column,
                    type_,
                    declared,
                    primary=primary,
                    unique=(primary and single),
                    stored=stored,
                    statistics=ColumnStatistics(rows, nulls, distinct, minimum, maximum),
                )
            )
            if type_ == "text":
                hits += [ValueHit(table, column, v) for v in values if isinstance(v, str)]
                if distinct > VALUES:
                    partial.append((table, column))
        tables.append(Table(table, tuple(made), row_count=rows))
    return Catalog(name, dialect, tuple(tables), (*keys, *inferred(tables, keys)), build(hits, partial))


def duck_type(declared: str, values: list) -> str:
    """The logical type of a DuckDB column."""
    declared = declared.upper()
    if declared == "DATE" or declared.startswith("TIMESTAMP"):
        return "date" if declared == "DATE" else "timestamp"
    if "INT" in declared:
        return "integer"
    if any(word in declared for word in ("DOUBLE", "FLOAT", "DECIMAL", "REAL")):
        return "number"
    if declared == "BOOLEAN":
        return "boolean"
    if declared == "VARCHAR" and values and all(isinstance(v, str) and ISO.fullmatch(v) for v in values):
        return "date"
    return "text" if declared == "VARCHAR" else "other"


def inferred(tables: list[Table], declared: list[Key]) -> list[Key]:
    """Keys by name and type: ``orders.customer_id`` to the primary key of the same name, or of table ``customers`` named ``id``."""
    known = {(key.table, key.columns) for key in declared}
    found = []
    for parent in tables:
        primary = [c for c in parent.columns if c.primary] or [
            c for c in parent.columns[:1] if c.statistics and c.statistics.distinct == c.statistics.rows > 0
        ]
        if len(primary) != 1:
            continue
        target = primary[0]
        for child in tables:
            for column in child.columns:
                if child.name == parent.name or (child.name, (column.name,)) in known or (column.type != target.type):
                    continue
                words, wanted = stems(column.name), stems(target.name)
                if (words == wanted and wanted != ("id",)) or words == (*stems(parent.name), "id"):
                    found.append(Key(child.name, (column.name,), parent.name, (target.name,), declared=False, confidence=0.8))
    return found


def of_sqlite(path: Path) -> Catalog:
    """The catalog of a SQLite file."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "ignore")
    names = [
        row[0]
        for row in connection.execute(
            "select name from sqlite_master where type in ('table','view') and name not like 'sqlite_%' order by rootpage"
        )
    ]
    raw, keys = [], []
    for table in names:
        rows = connection.execute(f'select count(*) from "{table}"').fetchone()[0]
        columns = []
        for _, column, declared, _, _, primary in connection.execute(f'pragma table_info("{table}")').fetchall():
            nulls, distinct, low, high = connection.execute(
                f'select sum("{column}" is null), count(distinct "{column}"), min("{column}"), max("{column}") from "{table}"'
            ).fetchone()
            values = [
                v[0]
                for v in connection.execute(
                    f'select distinct "{column}" from "{table}" where "{column}" is not null order by 1 limit {VALUES}'
                )
            ]
            columns.append((column, declared, bool(primary), nulls or 0, distinct, values, low, high))
        raw.append((table, rows, columns))
        for row in connection.execute(f'pragma foreign_key_list("{table}")').fetchall():
            parent = next((n for n in names if n.casefold() == row[2].casefold()), None)
            if parent and row[4]:
                keys.append((table, row[3], parent, row[4]))
    cased = {(t, c[0].casefold()): c[0] for t, _, cs in raw for c in cs}
    made = [
        Key(t, (cased[t, c.casefold()],), p, (cased[p, r.casefold()],))
        for t, c, p, r in sorted(keys)
        if (t, c.casefold()) in cased and (p, r.casefold()) in cased
    ]
    return assemble(path.stem, "sqlite", raw, made)


def of_duckdb(path: Path) -> Catalog:
    """The catalog of a DuckDB file."""
    import duckdb

    connection = duckdb.connect(str(path), read_only=True)
    raw, keys = [], []
    for (table,) in connection.execute("select table_name from duckdb_tables() order by table_oid").fetchall():
        rows = connection.execute(f'select count(*) from "{table}"').fetchone()[0]
        columns = []
        for _, column, declared, _, _, primary in connection.execute(f"pragma table_info('{table}')").fetchall():
            nulls, distinct, low, high = connection.execute(
                f'select count(*) - count("{column}"), count(distinct "{column}"), min("{column}"), max("{column}") from "{table}"'
            ).fetchone()
            values = [
                v[0]
                for v in connection.execute(
                    f'select distinct "{column}" from "{table}" where "{column}" is not null order by 1 limit {VALUES}'
                ).fetchall()
            ]
            columns.append(
                (
                    column,
                    declared,
                    bool(primary),
                    nulls,
                    distinct,
                    values,
                    date.isoformat(low) if isinstance(low, date) else low,
                    date.isoformat(high) if isinstance(high, date) else high,
                )
            )
        raw.append((table, rows, columns))
    query = "select table_name, constraint_column_names, referenced_table, referenced_column_names from duckdb_constraints() where constraint_type = 'FOREIGN KEY' order by all"
    keys = [Key(t, tuple(c), p, tuple(r)) for t, c, p, r in connection.execute(query).fetchall()]
    return assemble(path.stem, "duckdb", raw, keys)
