"""Which module opens which kind of address, and which extra it needs."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from aiser_jupyter.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.source import Source

    Opener = Callable[[str, str, Options], Source]

GROUP = "aiser.sources"


@dataclass(frozen=True)
class Scheme:
    """A kind of address: the schemes it is written with, the module whose ``connect(address, name, options)`` opens it, and its extra."""

    names: tuple[str, ...]
    module: str
    extra: str = ""

    def opener(self) -> Opener:
        """The function that opens such an address; `SourceError` with the command that installs what is missing."""

        def opened(address: str, name: str, options: Options) -> Source:
            try:
                return import_module(f"aiser_jupyter.sources.{self.module}").connect(address, name, options)
            except ModuleNotFoundError as error:
                # A module of our own that is missing is a fault of ours, and no driver's.
                if (error.name or "aiser_jupyter").startswith("aiser_jupyter") or not self.extra:
                    raise
                raise missing(self.names[0], self.extra) from None

        return opened


SCHEMES = (
    Scheme(("postgresql", "postgres"), "postgres", "postgres"),
    Scheme(("mysql", "mariadb"), "mysql", "mysql"),
    Scheme(("mssql", "sqlserver"), "mssql", "mssql"),
    Scheme(("oracle",), "oracle", "oracle"),
    Scheme(("snowflake",), "snowflake", "snowflake"),
    Scheme(("bigquery",), "bigquery", "bigquery"),
    Scheme(("mongodb", "mongodb+srv"), "mongo", "mongo"),
    Scheme(("http", "https"), "http", "http"),
    Scheme(("cube", "cubes"), "cube", "http"),
    Scheme(("sc", "spark"), "spark", "spark"),
    Scheme(("s3", "gs", "gcs", "az", "abfs", "abfss", "memory"), "lake", "lake"),
    Scheme(("delta", "iceberg"), "lake", "lake"),
    Scheme(("broker",), "broker"),
)


def opener(scheme: str, *, where: str) -> Opener:
    """What opens addresses of ``scheme``: ours, one that another package brings, or SQLAlchemy; `SourceError` where nothing does."""
    known = next((kind for kind in SCHEMES if scheme in kind.names), None)
    if known is not None:
        return known.opener()
    brought = _brought().get(scheme)
    if brought is not None:
        return brought
    from aiser_jupyter.sources import sqlalchemy as generic

    if generic.has_dialect(scheme):
        return generic.connect  # which checks what its address says to the driver
    names = [name for kind in SCHEMES for name in kind.names]
    near = difflib.get_close_matches(scheme, names, n=1)
    hint = (
        f"Did you mean {near[0]}://?"
        if near
        else f"What works: files, {', '.join(kind.names[0] for kind in SCHEMES)}, any SQLAlchemy dialect."
    )
    raise SourceError(f"There is no source of kind {scheme!r}.", where=where, hint=hint)


def missing(what: str, extra: str) -> SourceError:
    """The error for a driver that is not installed."""
    return SourceError(f"The driver for {what} is not installed.", hint=f'Install it: pip install "aiser-jupyter[{extra}]".')


@cache
def _brought() -> dict[str, Opener]:
    """Openers that other packages declare under the entry point ``aiser.sources``, by scheme."""
    return {point.name: point.load() for point in entry_points(group=GROUP)}
