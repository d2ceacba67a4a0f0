"""Whose report it is, of which run, over which data: the words of its head and foot."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiser_jupyter.format import date as date_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

KEY = "aiser"


def run_id(cells: list[str], parameters: Mapping[str, Any], moment: datetime) -> str:
    """Six hex digits of the code, the parameters and the moment: the same run, the same id."""
    text = json.dumps([cells, dict(sorted(parameters.items())), moment.isoformat()], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def metadata(notebook: NotebookNode, as_of: datetime | None) -> dict[str, Any]:
    """The words of the notebook's own ``aiser`` metadata, filled up with what its run left.

    An author may set ``organisation``, ``owner`` and ``period`` (words, or the names of two date parameters).
    """
    said = dict(notebook.metadata.get(KEY, {}))
    mill = notebook.metadata.get("papermill", {})
    given = {**dict(said.get("parameters", {})), **dict(mill.get("parameters", {}))}
    dated = said.get("period") if isinstance(said.get("period"), list) else ()
    started = str(mill.get("start_time") or "")
    ran = datetime.fromisoformat(started) if started else as_of or datetime.now(UTC)
    run = said.get("run") or run_id([cell.source for cell in notebook.cells], given, ran)
    return {
        "organisation": str(said.get("organisation", "")),
        "owner": str(said.get("owner", "")),
        "period": period(said.get("period"), given),
        "as_of": date_words.text((as_of or ran).astimezone(UTC).replace(second=0, microsecond=0)),
        "day": date_words.day((as_of or ran).astimezone(UTC)),
        "run": str(run),
        "notebook": str(said.get("notebook") or mill.get("input_path") or "").rpartition("/")[2],
        "parameters": {str(k): str(v) for k, v in given.items() if k not in dated},
    }


def period(said: Any, parameters: Mapping[str, Any]) -> str:
    """The period in words; two names of date parameters give the days between them, both in."""
    if not isinstance(said, list | tuple):
        return str(said or "")
    days = [date_words.parse(str(parameters.get(str(name), ""))) for name in said]
    found = [pair[0] for pair in days if pair is not None]
    return date_words.period(found[0], found[1]) if len(found) == 2 else ""
