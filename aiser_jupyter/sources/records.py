"""JSON: an array of objects, one object a line, or one object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import pyarrow as pa


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> pa.RecordBatchReader:
    """The objects of ``path`` as rows; raises `FileFormatError` with the place where the text is no JSON.

    Every row is looked at before the types are chosen; integers too long for BIGINT stay exact.
    """
    import duckdb

    place = re.sub(r"([*?\[])", r"[\1]", str(path)).replace("'", "''")
    options = "sample_size = -1, maximum_object_size = 100000000"
    try:
        relation = connection.sql(f"SELECT * FROM read_json('{place}', {options})")  # noqa: S608  # the path is quoted
        long = _long_integers(connection, place, relation)
        if long:
            columns = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': '{kind}'" for name, kind in long.items())
            relation = connection.sql(f"SELECT * FROM read_json('{place}', maximum_object_size = 100000000, columns = {{{columns}}})")  # noqa: S608
        return relation.to_arrow_reader(1 << 16)
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        raise FileFormatError(
            "The file cannot be read as JSON.", where=f"{path}: {first[:240]}", hint="Correct the line, or save it again."
        ) from None


def _long_integers(connection: duckdb.DuckDBPyConnection, place: str, relation: duckdb.DuckDBPyRelation) -> dict[str, str]:
    """Names and types of all columns where a column that would become DOUBLE holds integers of more digits than a double keeps."""
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    doubles = [name for name, kind in types.items() if kind in {"DOUBLE", "UBIGINT", "HUGEINT"}]
    if not doubles:
        return {}
    columns = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': 'VARCHAR'" for name in doubles)
    tests = ", ".join(
        "coalesce(bool_or(regexp_full_match({0}, '-?[0-9]{{17,}}')), false), coalesce(bool_and(regexp_full_match({0}, '-?[0-9]{{1,38}}')), false)".format(
            '"' + name.replace('"', '""') + '"'
        )
        for name in doubles
    )
    query = f"SELECT {tests} FROM read_json('{place}', maximum_object_size = 100000000, columns = {{{columns}}})"  # noqa: S608  # quoted
    row = connection.execute(query).fetchall()[0]
    for index, name in enumerate(doubles):
        if row[2 * index]:
            types[name] = "DECIMAL(38, 0)" if row[2 * index + 1] else "VARCHAR"
    return types if any(row[::2]) else {}
