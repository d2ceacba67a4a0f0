"""JSON: an array of objects, one object a line, or one object; objects inside objects become columns of their own, lists stay lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.names import column_names
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.parquet import literal, unglobbed
from aiser_jupyter.sources.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    import duckdb

    from aiser_jupyter.sources.limits import Limits

_LARGEST = 100_000_000  # bytes of one object


def read(path: Path, said: Path, limits: Limits | None = None) -> Part:
    """The objects of ``path``, which the user knows as ``said``, as rows; raises `FileFormatError` with the place where the text is no JSON.

    Every row is looked at before the types are chosen; integers too long for BIGINT stay exact, and a number that no double holds stays text. An object
    that holds nothing but one list of objects stands for that list.
    """
    import duckdb

    from aiser_jupyter.sources.reading import engine

    connection = engine(limits)
    place = literal(unglobbed(str(path)))
    try:
        relation = connection.sql(f"SELECT * FROM read_json({place}, sample_size = -1, maximum_object_size = {_LARGEST})")  # noqa: S608  # quoted
        exact = _exact(connection, place, relation)
        if exact:
            columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in exact.items())
            relation = connection.sql(f"SELECT * FROM read_json({place}, maximum_object_size = {_LARGEST}, columns = {{{columns}}})")  # noqa: S608
        relation, notes = _inner_list(relation)
        found = [
            leaf for name, kind in zip(relation.columns, relation.types, strict=True) for leaf in _leaves((name,), _quoted(name), kind)
        ]
        names = column_names("_".join(path) for path, _ in found)
        nested = {path[0] for path, _ in found if len(path) > 1}
        notes += [Note("", f"the parts of {name} are columns of their own") for name in relation.columns if name in nested]
        selected = ", ".join(f"{expression} AS {_quoted(name)}" for (_, expression), name in zip(found, names, strict=True))
        rows = relation.project(selected).to_arrow_reader(1 << 16)
    except duckdb.Error as error:
        first = str(error).partition("\n")[0].replace(str(path), str(said))
        raise FileFormatError(
            "The file cannot be read as JSON.", where=f"{said}: {first[:240]}", hint="Correct the line, or save it again."
        ) from None
    return Part("", rows, tuple(notes), hold=(connection, relation))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _leaves(path: tuple[str, ...], expression: str, kind: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """The columns that an object of type ``kind`` becomes: the names that lead to each, and its SQL."""
    if kind.id != "struct":
        yield path, expression
        return
    for name, inner in kind.children:
        yield from _leaves((*path, name), f"struct_extract({expression}, {literal(name)})", inner)


def _inner_list(relation: duckdb.DuckDBPyRelation) -> tuple[duckdb.DuckDBPyRelation, list[Note]]:
    """The objects of the one list of objects in a file of one object, as an API's page is."""
    kinds: list[Any] = list(relation.types)
    lists = [name for name, kind in zip(relation.columns, kinds, strict=True) if kind.id == "list" and kind.children[0][1].id == "struct"]
    if len(lists) != 1 or len(relation.limit(2).fetchall()) != 1:
        return relation, []
    inner = relation.project(f"unnest({_quoted(lists[0])}) AS item").project("unnest(item)")
    rest = [name for name in relation.columns if name != lists[0]]
    said = f"the rows are those of {lists[0]}" + (f"; left out beside it: {', '.join(rest)}" if rest else "")
    return inner, [Note("", said)]


def _exact(connection: duckdb.DuckDBPyConnection, place: str, relation: duckdb.DuckDBPyRelation) -> dict[str, str]:
    """Names and types of all columns where a column that would become DOUBLE holds numbers that a double does not keep."""
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    doubles = [name for name, kind in types.items() if kind in {"DOUBLE", "UBIGINT", "HUGEINT"}]
    if not doubles:
        return {}
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in doubles)
    tests = ", ".join(
        f"coalesce(bool_or(regexp_full_match({name}, '-?[0-9]{{17,}}')), false), "
        f"coalesce(bool_and(regexp_full_match({name}, '-?[0-9]{{1,38}}')), false), "
        f"coalesce(bool_or(NOT isfinite(try_cast({name} AS DOUBLE))), false)"
        for name in map(_quoted, doubles)
    )
    query = f"SELECT {tests} FROM read_json({place}, maximum_object_size = {_LARGEST}, columns = {{{columns}}})"  # noqa: S608  # quoted
    row = connection.execute(query).fetchall()[0]
    exact: dict[str, str] = {}
    for i, name in enumerate(doubles):
        long, whole, endless = row[3 * i : 3 * i + 3]
        if endless or (long and not whole):
            exact[name] = "VARCHAR"
        elif long:
            exact[name] = "DECIMAL(38, 0)"
    return {**types, **exact} if exact else {}
