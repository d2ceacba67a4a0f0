"""Tables in Word documents."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.excel import table
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.part import Part
from aiser_jupyter.sources.textual import typed_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def tables(path: Path) -> Iterator[Part]:
    """Each table of the document in order; raises `FileFormatError` where it is none, is cut off, or holds no table."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(str(path))
        found = [[[cell.text.strip() or None for cell in row.cells] for row in one.rows] for one in document.tables]
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise FileFormatError(
            "The file is no whole Word document: it may be cut off or an old .doc.",
            where=f"{path}: {error}",
            hint="Save it again as .docx.",
        ) from None
    number = 0
    for cells in found:
        made = table(cells) if len(cells) > 1 else None
        if made is None:
            continue
        number += 1
        rows, notes = made
        rows, more = typed_rows(rows)
        yield Part(f"{number}", rows, (Note("", f"table {number} of the document"), *notes, *more))
    if not number:
        raise FileFormatError("The document holds no table.", where=str(path), hint="A table has a header and rows.")
