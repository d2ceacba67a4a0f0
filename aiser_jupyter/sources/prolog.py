"""Office documents are archives of XML: their archive is weighed and their XML looked at before a parser sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.packed import checked

if TYPE_CHECKING:
    import zipfile
    from pathlib import Path

    from aiser_jupyter.sources.limits import Limits

_XML = (".xml", ".rels", ".vml")
_PROLOG = 1 << 20  # bytes in which the first element has begun


class _Seen(Exception):  # noqa: N818  # no error: the end of what is looked at
    """The first element has begun."""


def check(path: Path, limits: Limits, what: str) -> None:
    """Raise `FileFormatError` for an archive that unpacks to too much, and for XML that declares entities, which no office program writes."""
    with checked(path, limits, what) as archive:
        for entry in archive.infolist():
            if entry.filename.lower().endswith(_XML):
                _check_part(archive, entry, path)


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    """Read one part up to its first element: what is declared, is declared before it."""
    parser = expat.ParserCreate()
    declared: list[str] = []

    def begins(*_: object) -> None:
        raise _Seen

    parser.StartElementHandler = begins
    parser.StartDoctypeDeclHandler = lambda *_: (declared.append("a document type"), begins())
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    read = 0
    try:
        with archive.open(entry) as source:
            while read < _PROLOG and (part := source.read(4096)):
                read += len(part)
                parser.Parse(part)
    except _Seen:
        if not declared:
            return
        raise FileFormatError(
            "The document declares XML entities, as files do that are made to do harm.",
            where=f"{path}: {entry.filename}",
            hint="Open it in an office program and save it anew.",
        ) from None
    except Exception as error:  # noqa: BLE001  # whatever a broken archive or XML raises
        raise FileFormatError(
            "The document is not whole: it may be cut off, encrypted or of another kind.",
            where=f"{path}: {entry.filename}: {error}",
            hint="Save it again.",
        ) from None
    if read >= _PROLOG:
        raise FileFormatError(
            "The document's XML begins with a megabyte of nothing.", where=f"{path}: {entry.filename}", hint="Save it again."
        )
