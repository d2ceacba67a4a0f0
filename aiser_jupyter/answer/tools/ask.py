"""The tool `ask`: a question in plain English, answered with checked numbers or refused with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.tools.pages import ROWS, fitting
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.context import Context


@dataclass(frozen=True)
class Asked:
    """The answer; of its rows the first that fit are told."""

    answer: Answer

    def as_json(self) -> dict[str, object]:
        """The answer as plain JSON, at most 200 rows of it."""
        from dataclasses import replace

        result = self.answer.result
        found = replace(self.answer, result=None).as_json()
        if result is not None:
            rows, cut = fitting(result.arrow().slice(0, ROWS))
            found |= {"columns": result.columns, "rows": [list(row) for row in rows], "row_count": result.row_count}
            found |= {"rows_cut": True} if cut or len(rows) < result.row_count else {}
        return found


class Ask:
    """A question to one of the assistants."""

    name = "ask"
    description = (
        "Answer a question about the data in plain English, offline and deterministically, with the SQL behind every number, what was assumed and how sure it is; "
        "or say that it cannot be answered. Use it before writing SQL of your own."
    )
    read_only = True
    local: frozenset[str] = frozenset()
    schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "question": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "The question."},
            "on": {"type": "string", "description": "The connection; the default one where left out."},
            "assistant": {"type": "string", "enum": ["analyst", "sql", "designer", "advisor"], "default": "analyst"},
            "today": {"type": "string", "format": "date", "description": "The day that relative periods count from, as 2026-10-05."},
        },
        "required": ["question"],
        "additionalProperties": False,
    }

    def run(self, context: Context, arguments: Mapping[str, Any]) -> Asked:
        """The answer."""
        from aiser_jupyter.answer.build import answer

        today = None
        if text := arguments.get("today"):
            try:
                today = date.fromisoformat(text)
            except ValueError:
                raise UsageError(f"today is no date: {text[:40]!r}.", hint="Write it as 2026-10-05.") from None
        return Asked(answer(context, arguments["question"], on=arguments.get("on"), assistant=arguments["assistant"], today=today))


TOOL = Ask()
