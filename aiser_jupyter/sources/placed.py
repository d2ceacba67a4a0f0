"""Files where they lie, as a connection: nothing is copied that can be read in place."""

from __future__ import annotations

import shutil
import tempfile
import warnings
import weakref
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError, SourceError
from aiser_jupyter.sources import files, folders, parquet
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.version import of_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.sources.folders import FileSet
    from aiser_jupyter.sources.source import Source

_MANY = 500  # files whose times are looked at before each query that may be answered from memory


class ParquetSource(DuckDBSource):
    """Parquet files as views of a read-only engine that reaches ``place`` and nothing else.

    The views stand in a database file of their own, which holds names alone and goes with the connection: an engine opened read-only makes
    no table and changes none.
    """

    def __init__(self, name: str, place: Path, sets: Sequence[FileSet], footers: parquet.Footers, whole: Sequence[bool]) -> None:
        import duckdb

        folder = tempfile.mkdtemp(prefix="aiser-views-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        database = Path(folder) / "views.duckdb"
        connection = duckdb.connect(str(database), config={"python_enable_replacements": "false"})
        for one, complete in zip(sets, whole, strict=True):
            quoted = one.name.replace('"', '""')
            connection.execute(f'CREATE VIEW "{quoted}" AS {parquet.scan(one, alike=footers.alike(one.files), whole=complete)}')
        connection.close()
        super().__init__(name, database, reach=[folders.fixed(place) if folders.is_glob(place) else place])
        self.place = str(place)
        self.recipe = Recipe(str(place), name, Options())
        self.shown = {one.name: footers.rows(one.files) for one in sets}
        self._where = place

    def version(self) -> str | None:
        """A word that is another one after each change of the files; None where there are too many to look at each time."""
        found = [self._where] if self._where.is_file() else folders.listed(self._where, files.is_data_file)
        if len(found) > _MANY:
            return None
        try:
            return blake2b("|".join(f"{path}|{of_file(path)}" for path in found).encode(), digest_size=16).hexdigest()
        except SourceError:
            return None


def connect(place: Path, name: str) -> Source:
    """The data files at ``place``, a file, a folder with all folders in it, or a glob.

    Parquet files stay where they are and are read by each query, filtered and pruned by what their footers say. Files of other kinds are read into
    memory once. Raises `FileFormatError` where there is nothing to read; a broken file among good ones is left out with a warning.
    """
    place = folders.settled(place)
    for mark, scheme in (("_delta_log", "delta"), ("metadata", "iceberg")):
        if (place / mark).is_dir() and (scheme == "delta" or any((place / mark).glob("*.metadata.json"))):
            from aiser_jupyter.sources import lake

            return lake.connect(f"{scheme}://{place}", name, Options())
    found = [place] if place.is_file() else folders.listed(place, files.is_data_file)
    if not found:
        raise files.nothing(place)
    footers = parquet.Footers()
    good, broken = _readable([path for path in found if path.suffix.lower() in parquet.ENDINGS], footers)
    others = [path for path in found if path.suffix.lower() not in parquet.ENDINGS]
    if broken and not good and not others:
        raise broken[0]
    for error in broken:
        warnings.warn(f"Left out: {error.message} {error.where}", UserWarning, stacklevel=4)
    root = folders.fixed(place) if folders.is_glob(place) else place if place.is_dir() else place.parent
    sets = folders.grouped(good, root, footers.shape)
    whole = [_whole(one, good, pattern=folders.is_glob(place)) and not broken for one in sets]
    if not others:
        return ParquetSource(name, place, sets, footers, whole)
    engine = DuckDBSource(name, reach=[root])
    engine.place = str(place)
    try:
        for one, complete in zip(sets, whole, strict=True):
            engine.show(one.name, parquet.scan(one, alike=footers.alike(one.files), whole=complete), footers.rows(one.files))
            engine.loaded[one.name] = str(one.folder)
        files.load(engine, others, root)
    except BaseException:
        engine.close()
        raise
    return engine


def _readable(paths: Sequence[Path], footers: parquet.Footers) -> tuple[list[Path], list[FileFormatError]]:
    """The Parquet files that are whole, and the errors of the others."""
    good: list[Path] = []
    broken: list[FileFormatError] = []
    for path in paths:
        try:
            footers.of(path)
        except FileFormatError as error:
            broken.append(error)
        else:
            good.append(path)
    return good, broken


def _whole(one: FileSet, found: Sequence[Path], *, pattern: bool) -> bool:
    """Whether the set is all there is in its folder, so that a file that comes later belongs to it."""
    if pattern or len(one.files) == 1 or len({file.suffix for file in one.files}) > 1:
        return False
    inside = [path for path in found if one.folder in path.parents]
    return len(inside) == len(one.files) and len({len(path.parts) for path in inside}) == 1
