"""Lakes: files in a store (s3, gs, az …), Delta tables, Iceberg tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError, SourceError
from aiser_jupyter.sources import folders, parquet, remote, schemes
from aiser_jupyter.sources.datasets import DatasetSource
from aiser_jupyter.sources.limits import Limits
from aiser_jupyter.sources.names import table_name
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import without_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deltalake import DeltaTable

    from aiser_jupyter.sources.folders import FileSet
    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.source import Source

_AT_ONCE = 16  # footers read side by side


def connect(address: str, name: str, options: Options) -> Source:
    """The connection at ``address``: ``s3://bucket/folder`` and its kin, ``delta:///folder``, ``delta+s3://…``, ``iceberg:///folder``, ``iceberg+s3://…``.

    ``options.extra`` goes to the store's file system (key, secret, endpoint_url, anon …). Raises `SourceError` where nothing is there or what reads it
    is not installed.
    """
    if address.startswith("iceberg"):
        from aiser_jupyter.sources import iceberg

        return iceberg.connect(address, name, options)
    if address.startswith("delta"):
        return _delta(address, name, options)
    return _files(address, name, options)


def _delta(address: str, name: str, options: Options) -> DatasetSource:
    place = address.removeprefix("delta+") if address.startswith("delta+") else address.removeprefix("delta://")
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError
    except ImportError:
        raise schemes.missing("delta://", "lake") from None
    try:
        table = DeltaTable(place, storage_options={key: str(value) for key, value in options.extra.items()} or None)
        table.to_pyarrow_dataset()
    except TableNotFoundError:
        raise SourceError(
            "There is no Delta table at the address.", where=without_secret(address), hint="It has a folder _delta_log."
        ) from None
    except (DeltaError, OSError, ValueError) as error:
        raise SourceError(
            "The Delta table cannot be opened.", where=without_secret(f"{address}: {str(error)[:200]}"), hint="Check path and credentials."
        ) from None
    label = table_name(table.metadata().name or place.rstrip("/").rpartition("/")[2] or name)
    log = _Log(table)
    return DatasetSource(
        name,
        without_secret(address),
        {label: log.dataset},
        recipe=Recipe(address, name, options),
        rows=_delta_rows(table, label),
        stamp=log.version,
    )


class _Log:
    """A Delta table at the newest version that its log tells of."""

    def __init__(self, table: DeltaTable) -> None:
        self._table = table

    def dataset(self) -> Any:
        """Its files as they are now."""
        self._table.update_incremental()
        return self._table.to_pyarrow_dataset()

    def version(self) -> str:
        """The number of its newest version."""
        self._table.update_incremental()
        return f"{self._table.table_uri}@{self._table.version()}"


def _delta_rows(table: DeltaTable, label: str) -> dict[str, int]:
    import pyarrow as pa

    try:
        added = pa.table(table.get_add_actions(flatten=True))
        counts = added.column("num_records").to_pylist()
    except (KeyError, ValueError, TypeError):
        return {}
    return {label: sum(counts)} if all(count is not None for count in counts) else {}


def _files(address: str, name: str, options: Options) -> DatasetSource:
    from aiser_jupyter.sources import files

    system, path = remote.filesystem(address, dict(options.extra))
    listed = remote.tried(lambda: remote.listing(system, path), address, options.connect_timeout_s)
    found = [Path(one) for one in listed if files.is_data_file(Path(one)) and not Path(one).name.startswith((".", "_"))]
    if not found:
        raise SourceError(
            "There are no data files at the address.", where=without_secret(address), hint="Check the path and the rights to list it."
        )
    root = Path(path) if len(found) > 1 or found[0] != Path(path) else Path(path).parent
    if folders.has_pattern(root):
        root = folders.fixed(root)
    lying = [one for one in found if one.suffix.lower() in parquet.ENDINGS]
    others = [one for one in found if one.suffix.lower() not in parquet.ENDINGS]
    footers = _footers(system, lying, address)
    tables: dict[str, Any] = {}
    rows: dict[str, int] = {}
    for one in folders.grouped(lying, root, lambda file: parquet.shape(footers[file])):
        tables[one.name] = _dataset(system, one)
        rows[one.name] = sum(footers[file].num_rows for file in one.files)
    if others:
        for title, read in _brought(address, options, lying).items():
            tables[title], rows[title] = (lambda read=read: read), read.num_rows
    return DatasetSource(name, without_secret(address), tables, recipe=Recipe(address, name, options), rows=rows)


def _footers(system: Any, paths: list[Path], address: str) -> dict[Path, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read(path: Path) -> Any:
        try:
            with system.open(path.as_posix(), "rb") as file:
                return pq.read_metadata(file)
        except pa.ArrowException as error:
            raise parquet.broken(path, error) from None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(paths, pool.map(lambda path: remote.tried(lambda: read(path), address), paths), strict=True))


def _dataset(system: Any, one: FileSet) -> Any:
    import pyarrow.dataset as ds

    partitioning = ds.partitioning(flavor="hive") if one.partitions else None
    base = one.folder.as_posix()
    made = ds.dataset(
        [file.as_posix() for file in one.files],
        filesystem=system,
        format=ds.ParquetFileFormat(),
        partitioning=partitioning,
        partition_base_dir=base,
    )
    return lambda: made


def _brought(address: str, options: Options, without: list[Path]) -> Mapping[str, Any]:
    """Files of other kinds, read into memory once."""
    from aiser_jupyter.sources import files, reading

    found: dict[str, Any] = {}
    limits = Limits()
    with remote.here(address, limits, dict(options.extra), skip={one.as_posix() for one in without}) as places:
        for place in map(Path, places.paths):
            inside = [place] if place.is_file() else folders.listed(place, files.is_data_file)
            root = place if place.is_dir() else place.parent
            for one in reading.tables(inside, root, limits, strict=len(inside) == 1):
                rows = one.part.rows
                title = f"{one.name}_{table_name(one.sheet)}" if one.sheet else one.name
                found[title] = rows.read_all() if hasattr(rows, "read_all") else rows
    if not found:
        raise FileFormatError("No table was found at the address.", where=without_secret(address), hint="Check the files.")
    return found
