"""Iceberg tables: the wanted columns of the rows that may fit are planned from the table's own metadata and read as Arrow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources import schemes
from aiser_jupyter.sources.conditions import AllOf, AnyOf, Condition, Filter, described
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import without_secret
from aiser_jupyter.sources.scanned import Scan, ScannedSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table as IcebergTable

    from aiser_jupyter.sources.options import Options

_NUMBER = re.compile(r"^v?(\d+)")


def connect(address: str, name: str, options: Options) -> IcebergSource:
    """The tables at ``address``.

    ``iceberg:///folder`` is one table as its newest metadata file says, ``iceberg:///…/x.metadata.json`` one as that file says, ``iceberg+s3://…`` such a
    file in a store; with ``uri`` among the options (``sqlite:///…``, ``https://…``) ``iceberg://NAME`` is a catalogue with all its tables.
    """
    try:
        from pyiceberg.catalog import load_catalog
        from pyiceberg.exceptions import NoSuchTableError
        from pyiceberg.table import StaticTable
    except ImportError:
        raise schemes.missing("iceberg://", "lake") from None
    properties = {key: str(value) for key, value in options.extra.items()}
    place = address.removeprefix("iceberg+") if address.startswith("iceberg+") else address.removeprefix("iceberg://")
    try:
        if "uri" in properties:
            catalog = load_catalog(place.strip("/") or "default", **properties)
            found = {identifier: catalog for space in catalog.list_namespaces() for identifier in catalog.list_tables(space)}
            names = [".".join(identifier) for identifier in found]
            short = {full.rpartition(".")[2] for full in names}
            tables = {
                (full.rpartition(".")[2] if len(short) == len(names) else full.replace(".", "_")): _of_catalog(catalog, full)
                for full in names
            }
        else:
            metadata = _metadata(place)
            table = StaticTable.from_metadata(metadata, properties)
            title = metadata.rstrip("/").split("/metadata/")[0].rpartition("/")[2] or name
            tables = {title: _fixed(table) if place.endswith(".json") else _newest(place, properties, table)}
    except NoSuchTableError as error:
        raise SourceError(
            "There is no Iceberg table at the address.", where=without_secret(f"{address}: {error}"), hint="Check it."
        ) from None
    except Exception as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(
            "The Iceberg table cannot be opened.",
            where=without_secret(f"{address}: {str(error)[:200]}"),
            hint="Check path and credentials.",
        ) from None
    return IcebergSource(name, without_secret(address), tables, Recipe(address, name, options))


def _of_catalog(catalog: Any, name: str) -> Any:
    return lambda: catalog.load_table(name)


def _fixed(table: IcebergTable) -> Any:
    return lambda: table


def _newest(place: str, properties: Mapping[str, str], first: IcebergTable) -> Any:
    """The table as its newest metadata says when a statement begins."""
    from pyiceberg.table import StaticTable

    held = [(first.metadata_location, first)]

    def opened() -> IcebergTable:
        location = _metadata(place)
        if location != held[0][0]:
            held[0] = (location, StaticTable.from_metadata(location, dict(properties)))
        return held[0][1]

    return opened


def _metadata(place: str) -> str:
    """The metadata file of a table's folder: the one of the highest number."""
    if place.endswith(".json") or "://" in place:
        return place
    found = [(int(number[1]), path) for path in Path(place, "metadata").glob("*.metadata.json") if (number := _NUMBER.match(path.name))]
    if not found:
        raise SourceError("The folder holds no Iceberg table.", where=place, hint="It has a folder metadata with *.metadata.json in it.")
    return str(max(found)[1].absolute())


class IcebergSource(ScannedSource):
    """Iceberg tables, read at the snapshot that is current when a statement begins."""

    kind = "Iceberg"

    def __init__(self, name: str, place: str, tables: Mapping[str, Any], recipe: Recipe) -> None:
        super().__init__()
        self.name, self.place, self.recipe = name, place, recipe
        self._tables = dict(tables)

    def tables(self) -> tuple[Table, ...]:
        """The tables with their columns."""
        return tuple(Table(name, _columns(opened())) for name, opened in self._tables.items())

    def sizes(self) -> dict[str, int]:
        """The rows of each table, by the summary of its snapshot."""
        found = {}
        for name, opened in self._tables.items():
            snapshot = opened().current_snapshot()
            told = snapshot.summary.additional_properties.get("total-records") if snapshot and snapshot.summary else "0"
            if told is not None:
                found[name] = int(told)
        return found

    def scan(self, scan: Scan) -> pa.RecordBatchReader:
        """The wanted columns of the rows that may meet the conditions."""
        import pyarrow as pa
        from pyiceberg.expressions import AlwaysTrue, And

        table = self._tables[scan.table]()
        pushed = [(one, made) for one in scan.conditions if (made := _expression(one)) is not None]
        row_filter: BooleanExpression = AlwaysTrue()
        for _, made in pushed:
            row_filter = And(row_filter, made)
        limit = scan.limit if not scan.conditions else None
        planned = table.scan(row_filter=row_filter, selected_fields=scan.columns, limit=limit)
        told = " where " + "; ".join(described(one) for one, _ in pushed) if pushed else ""
        files = len(list(planned.plan_files()))
        scan.pushed.append(f"{scan.table}: {', '.join(scan.columns)}{told} from {files} file{'' if files == 1 else 's'}")
        reader = planned.to_arrow_batch_reader()
        order = [name for name in scan.columns if name in reader.schema.names]

        def batches() -> Any:
            for batch in reader:
                scan.stop.check()
                yield batch.select(order)

        return pa.RecordBatchReader.from_batches(pa.schema([reader.schema.field(name) for name in order]), batches())

    def ping(self) -> None:
        """Read the metadata again; raises `SourceError` where it is gone."""
        self.ready()
        for opened in self._tables.values():
            try:
                opened()
            except Exception as error:
                if isinstance(error, SourceError):
                    raise
                raise SourceError(
                    "The Iceberg table cannot be read.", where=f"{self.place}: {str(error)[:200]}", hint="Check it."
                ) from None


def _columns(table: IcebergTable) -> tuple[Column, ...]:
    """The columns, by the types that DuckDB reads in their Arrow form."""
    import duckdb
    import pyarrow as pa

    schema = table.schema().as_arrow()
    with duckdb.connect(":memory:") as engine:
        engine.register("t", pa.Table.from_batches([], schema=schema))
        rows = engine.execute("DESCRIBE SELECT * FROM t").fetchall()
    required = {field.name for field in table.schema().fields if field.required}
    from aiser_jupyter.catalog.types import logical

    return tuple(Column(row[0], logical(row[1]), row[1], row[0] not in required) for row in rows)


def _expression(condition: Condition) -> BooleanExpression | None:
    """``condition`` as Iceberg says it; None where it cannot. A row that SQL would not keep may pass: it is looked at again."""
    from pyiceberg import expressions as to

    if isinstance(condition, Filter):
        return _comparison(condition)
    parts = [_expression(part) for part in condition.parts]
    kept = [part for part in parts if part is not None]
    if isinstance(condition, AnyOf):
        return to.Or(*kept) if len(kept) == len(parts) and len(kept) > 1 else None
    assert isinstance(condition, AllOf)
    return to.And(*kept) if len(kept) > 1 else kept[0] if kept else None


def _comparison(condition: Filter) -> BooleanExpression | None:
    from pyiceberg import expressions as to

    kinds: dict[str, Any] = {
        "=": to.EqualTo,
        "<>": to.NotEqualTo,
        "<": to.LessThan,
        "<=": to.LessThanOrEqual,
        ">": to.GreaterThan,
        ">=": to.GreaterThanOrEqual,
        "in": to.In,
        "not in": to.NotIn,
        "starts": to.StartsWith,
    }
    if condition.op == "null":
        return to.IsNull(condition.column)  # pyright: ignore[reportCallIssue]  # its models take the column so
    if condition.op == "not null":
        return to.NotNull(condition.column)  # pyright: ignore[reportCallIssue]
    value = tuple(map(_literal, condition.value)) if isinstance(condition.value, tuple) else _literal(condition.value)
    try:
        return kinds[condition.op](condition.column, value)
    except (TypeError, ValueError, KeyError):
        return None


def _literal(value: Any) -> Any:
    """A constant as Iceberg takes it: days and moments as their ISO text, which it reads by the column's type."""
    return value.isoformat() if hasattr(value, "isoformat") else value
