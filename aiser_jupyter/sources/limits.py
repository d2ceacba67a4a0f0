"""How much a file may take: its size, what it unpacks to, and the memory and time of whatever parses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.stop import Stop

if TYPE_CHECKING:
    from pathlib import Path

MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of what is read.

    ``file_mb`` is the size of a file as it lies there, ``unpacked_mb`` that of what a compressed one holds, ``ratio`` how many times larger the
    latter may be, ``entries`` how many an archive may have; ``memory_mb`` and ``seconds`` bound the process that parses a document.
    """

    file_mb: float = 4096
    unpacked_mb: float = 4096
    ratio: float = 200
    entries: int = 10_000
    memory_mb: int = 4096
    seconds: float = 60
    stop: Stop = field(default_factory=Stop, compare=False)

    def check(self, path: Path) -> None:
        """Raise `FileFormatError` where ``path`` is larger than a file may be."""
        size = path.stat().st_size
        if size > self.file_mb * MB:
            raise too_large(path, f"The file has {size / MB:,.0f} MB", self.file_mb)


def too_large(path: Path | str, what: str, limit: float) -> FileFormatError:
    """The error for a file above a size, with the knob that says so."""
    return FileFormatError(
        f"{what}, more than the {limit:,.0f} MB that are allowed.",
        where=str(path),
        hint="Allow more: max_file_mb in .aiser/settings.toml or AISER_MAX_FILE_MB; or connect to it as Parquet, which is not copied.",
    )
