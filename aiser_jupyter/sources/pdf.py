"""Tables in PDF documents: those that lines are drawn around, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.excel import table
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.part import Part
from aiser_jupyter.sources.textual import typed_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAGES = 500


def tables(path: Path) -> Iterator[Part]:
    """Each table with its page; one that goes on over the next page with the same header is one table.

    Raises `FileFormatError` where the file is no PDF, is cut off, or holds no table.
    """
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfplumber.utils.exceptions import PdfminerException

    found: list[tuple[int, int, list[list[str | None]]]] = []
    try:
        with pdfplumber.open(path) as document:
            for number, page in enumerate(document.pages[:_PAGES], 1):
                for cells in page.extract_tables():
                    if len(cells) < 2 or max(map(len, cells)) < 2:
                        continue
                    before = found[-1] if found else None
                    if before and before[0] + before[1] == number and before[2][0] == cells[0]:
                        found[-1] = (before[0], before[1] + 1, before[2] + cells[1:])
                    else:
                        found.append((number, 1, cells))
    except (PDFException, PdfminerException, ValueError, OSError) as error:
        raise FileFormatError(
            "The file is no whole PDF: it may be cut off or encrypted.", where=f"{path}: {error}", hint="Save it again."
        ) from None
    for place, (first, pages, cells) in enumerate(found, 1):
        made = table(cells)
        if made is None:
            continue
        rows, notes = made
        rows, more = typed_rows(rows)
        where = f"page {first}" if pages == 1 else f"pages {first} to {first + pages - 1}"
        yield Part(f"{place}", rows, (Note("", f"table {place} of the PDF, {where}"), *notes, *more))
    if not found:
        raise FileFormatError(
            "The PDF holds no table that can be found by its lines.",
            where=str(path),
            hint="A scanned page holds pictures, no cells: export the data.",
        )
