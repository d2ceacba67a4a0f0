"""Which endings are data files, and what reads each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources import columnar, packed
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.parquet import ENDINGS as PARQUET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiser_jupyter.sources.limits import Limits
    from aiser_jupyter.sources.part import Part

DELIMITED = frozenset({".csv", ".tsv", ".tab", ".psv", ".txt"})
JSON = frozenset({".json", ".jsonl", ".ndjson"})
ZIPPED_BOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods"})
BOOKS = ZIPPED_BOOKS | {".xls"}
ARROW = frozenset({".arrow", ".feather", ".ipc", ".arrows"})
LINES = frozenset({".log"})
OTHERS = frozenset({".orc", ".pdf", ".docx", ".zip"})
# What may stand before .gz, .zst, .bz2.
PACKABLE = DELIMITED | JSON | LINES
ENDINGS = (*sorted(DELIMITED), *sorted(JSON), *sorted(PARQUET), *sorted(BOOKS), *sorted(ARROW), *sorted(LINES), *sorted(OTHERS))


def ending(path: Path) -> str:
    """The ending that says what is in ``path``, under a compression too; empty for no data file."""
    last = path.suffix.lower()
    inside = packed.inner(path)
    if last in packed.ENDINGS:
        return inside if inside in PACKABLE else ""
    return last if last in ENDINGS else ""


def listed() -> str:
    """The endings, for people."""
    return f"{', '.join(ENDINGS)}; text also with {', '.join(sorted(packed.ENDINGS))}"


def parts(path: Path, limits: Limits) -> list[Part]:
    """The tables of a file that is neither delimited nor Parquet."""
    kind = ending(path)
    if kind in JSON | LINES:
        return [_text(path, kind, limits)]
    if kind in BOOKS | {".docx"}:
        from aiser_jupyter.sources import confined, prolog

        if kind != ".xls":
            prolog.check(path, limits, "Word document" if kind == ".docx" else "Excel workbook")
        return confined.parts("word" if kind == ".docx" else "excel", path, limits)
    if kind == ".pdf":
        from aiser_jupyter.sources import confined

        return confined.parts("pdf", path, limits)
    if kind in ARROW:
        return [columnar.arrow(path)]
    if kind == ".orc":
        return [columnar.orc(path)]
    raise FileFormatError(
        f"A file ending in {path.suffix or 'nothing'!r} is no data file I can read.", where=str(path), hint=f"Endings: {listed()}."
    )


def _text(path: Path, kind: str, limits: Limits) -> Part:
    from aiser_jupyter.sources import lines, records

    place, hold = path, None
    if path.suffix.lower() in packed.ENDINGS:
        place, hold = packed.unpacked(path, limits)
    part = records.read(place, path, limits) if kind in JSON else lines.read(place, path)
    part.hold = (*part.hold, hold)
    return part


def zipped(path: Path, limits: Limits) -> Iterator[tuple[str, Path, Any]]:
    """The data files in an archive, each with its name in it and what keeps it there."""
    found = False
    for name, member, hold in packed.members(path, limits):
        if ending(member) in {"", ".zip"}:
            continue
        found = True
        yield name, member, hold
    if not found:
        raise FileFormatError("The archive holds no data files.", where=str(path), hint=f"Endings: {listed()}; no archive in an archive.")


def told(name: str) -> Note:
    """The note of a table that came out of an archive."""
    return Note("", f"from {name} in the archive")
