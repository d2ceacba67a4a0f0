"""The tool `export`: a statement's rows as a file's text, or for the user at this machine as a file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.tools.pages import BYTES
from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.export import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aiser_jupyter.context import Context

MOST_ROWS = 5_000
FORMATS = ("csv", "json", "markdown")


@dataclass(frozen=True)
class Exported:
    """The rows as text in ``format``, or the file they were written to."""

    format: str
    row_count: int
    text: str = ""
    path: str = ""

    def as_json(self) -> dict[str, object]:
        """The export as plain JSON."""
        found: dict[str, object] = {"v": 1, "format": self.format, "row_count": self.row_count}
        return found | ({"path": self.path} if self.path else {"text": self.text})


class Export:
    """Rows to take elsewhere."""

    name = "export"
    description = "Give the rows of a read-only statement as CSV (safe to open in a spreadsheet), JSON or a Markdown table, whole: for up to 5,000 rows and 200 KB."
    read_only = True
    local = frozenset({"to"})
    schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "sql": {"type": "string", "minLength": 1, "description": "The statement."},
            "on": {"type": "string", "description": "The connection; the default one where left out."},
            "format": {"type": "string", "enum": list(FORMATS), "default": "csv"},
            "to": {"type": "string", "minLength": 1, "description": f"A file to write instead: {', '.join(ENDINGS)}."},
        },
        "required": ["sql"],
        "additionalProperties": False,
    }

    def run(self, context: Context, arguments: Mapping[str, Any]) -> Exported:
        """The text, or the file."""
        from aiser_jupyter.query import run

        result = run(context, arguments["sql"], on=arguments.get("on"))
        if to := arguments.get("to"):
            return Exported(str(to).rpartition(".")[2], result.save(to), path=str(to))
        form = arguments["format"]
        if result.release is not None:
            result.release.check(f".{form}")
        table = result.head(MOST_ROWS + 1)
        text = written(table.slice(0, MOST_ROWS), form) if table.num_rows <= MOST_ROWS else ""
        if not text or len(text.encode()) > BYTES:
            result.close()
            raise UsageError(
                f"The rows are more than {MOST_ROWS:,}, or their text is longer than {BYTES // 1000} KB.",
                hint="Group or filter them, or read them page by page with query.",
            )
        return Exported(form, table.num_rows, text)


def written(table: pa.Table, form: str) -> str:
    """The rows in one of ``FORMATS``."""
    import pyarrow as pa

    from aiser_jupyter.answer.plain import rows
    from aiser_jupyter.query.cells import csv_lines

    if form == "csv":
        head = csv_lines([pa.array([name], pa.string()) for name in table.column_names])
        return (head + b"".join(csv_lines(batch.columns) for batch in table.to_batches())).decode()
    if form == "json":
        return json.dumps([dict(zip(table.column_names, row, strict=True)) for row in rows(table)], ensure_ascii=False)
    lines = [table.column_names, ["---"] * table.num_columns, *rows(table)]
    return "\n".join(f"| {' | '.join(cell(value) for value in line)} |" for line in lines)


def cell(value: object) -> str:
    """A value as it may stand in a Markdown table."""
    if value is None:
        return ""
    # Markdown passes HTML on, and makes links and pictures of brackets: neither comes from data.
    plain = " ".join(str(value).replace("&", "&amp;").replace("<", "&lt;").splitlines())
    return re.sub(r"([\\|`\[\]!])", r"\\\1", plain)


TOOL = Export()
