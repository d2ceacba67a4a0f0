"""Arguments of a tool against its schema, and the errors that say what does not fit."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.answer.tools.tool import Tool


def offered(tool: Tool, *, local: bool) -> dict[str, Any]:
    """The schema of ``tool`` as a caller sees it: without what only the user at this machine may give, unless ``local``."""
    schema: dict[str, Any] = {"type": "object", "properties": {}, **tool.schema}
    schema.setdefault("additionalProperties", False)
    if not local and tool.local:
        schema["properties"] = {name: part for name, part in schema["properties"].items() if name not in tool.local}
        schema["required"] = [name for name in schema.get("required", ()) if name not in tool.local]
    return schema


def checked(tool: Tool, arguments: Mapping[str, object], *, local: bool) -> dict[str, Any]:
    """``arguments`` with defaults filled in; raises `UsageError` naming the argument that does not fit."""
    from jsonschema import Draft202012Validator

    schema, given = offered(tool, local=local), dict[str, Any](arguments)
    known = schema["properties"]
    for name in arguments:
        if name not in known and schema["additionalProperties"] is False:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It takes: {', '.join(known) or 'nothing'}."
            raise UsageError(f"The tool {tool.name} has no argument {name!r}.", hint=hint)
    error = next(iter(sorted(Draft202012Validator(schema).iter_errors(given), key=lambda e: (len(e.path), e.message))), None)
    if error is not None:
        where = ".".join(map(str, error.path))
        raise UsageError(
            f"The arguments of {tool.name} do not fit: {error.message[:300]}.", where=where, hint=f"It takes: {described(schema)}."
        )
    defaults = {name: part["default"] for name, part in known.items() if isinstance(part, dict) and "default" in part}
    return {**defaults, **given}


def described(schema: Mapping[str, Any]) -> str:
    """The arguments in a few words: ``sql (string, needed), limit (integer)``."""
    needed = set(schema.get("required", ()))
    parts = [
        f"{name} ({part.get('type', 'any') if isinstance(part, dict) else 'any'}{', needed' if name in needed else ''})"
        for name, part in schema["properties"].items()
    ]
    return ", ".join(parts) or "nothing"
