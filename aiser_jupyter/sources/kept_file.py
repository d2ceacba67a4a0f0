"""A Parquet file of the shelf, plain or encrypted: read and written by those who know no difference."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from aiser_jupyter.sources import sealed
from aiser_jupyter.sources.parquet import literal, unglobbed

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq

    from aiser_jupyter.sources.workspace_key import Key

_NAME = re.compile(r"-(?P<token>[0-9a-f]{12})(?:\.(?P<key>[0-9a-f]{16}))?\.parquet$")


def key_named(name: str) -> str:
    """The fingerprint of the key that a file of that name is encrypted under; empty for a plain one."""
    found = _NAME.search(name)
    return (found["key"] or "") if found else ""


def renamed(name: str, token: str, key: Key | None) -> str:
    """The name of a file that holds the rows of ``name`` under ``key``."""
    return f"{_NAME.sub('', name)}-{token}{'.' + key.fingerprint if key else ''}.parquet"


@dataclass(frozen=True)
class KeptFile:
    """The file at ``path``, encrypted where there is a ``key``."""

    path: Path
    key: Key | None = field(default=None, repr=False)

    def open(self) -> pq.ParquetFile:
        """The file's rows and columns."""
        import pyarrow.parquet as pq

        return pq.ParquetFile(self.path, decryption_properties=sealed.reading(self.key) if self.key else None)

    def writer(self, file: IO[bytes], schema: pa.Schema) -> pq.ParquetWriter:
        """What writes rows of ``schema`` to ``file``, in the way of this one."""
        return writer(file, schema, self.key)

    def view(self) -> str:
        """The name that `attach` gives to an encrypted file's rows; no other file has it."""
        found = _NAME.search(self.path.name)
        return f"aiser_kept_{found['token'] if found else self.path.stem}"

    def select(self) -> str:
        """The SELECT that reads the file: in place, or where it is encrypted as it was attached."""
        if self.key is None:
            return f"SELECT * FROM read_parquet({literal(unglobbed(str(self.path.absolute())))}, hive_partitioning = false)"  # noqa: S608  # quoted
        return f'SELECT * FROM "{self.view()}"'  # noqa: S608  # our own name

    def attach(self, connection: Any) -> None:
        """Let one connection of DuckDB read an encrypted file: Arrow opens it and hands over the columns and rows that a statement needs."""
        if self.key is not None:
            import pyarrow.dataset as ds

            connection.register(self.view(), ds.dataset(str(self.path), format=sealed.scanning(self.key)))


def writer(file: IO[bytes], schema: pa.Schema, key: Key | None) -> pq.ParquetWriter:
    """What writes rows of ``schema`` as Parquet, encrypted where there is a key."""
    import pyarrow.parquet as pq

    return pq.ParquetWriter(file, schema, compression="zstd", encryption_properties=sealed.writing(key) if key else None)
