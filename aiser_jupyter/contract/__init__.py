"""The form of every JSON that leaves, as JSON Schemas (draft 2020-12): what programs that read it may rely on."""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from typing import TYPE_CHECKING

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from aiser_jupyter.contract.parts import Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NOUNS = (
    "answer",
    "rows",
    "finding",
    "report",
    "memory",
    "semantic",
    "policy",
    "audit",
    "privacy",
    "state",
    "status",
    "trust",
    "tools",
    "error",
)


def schemas() -> dict[str, Schema]:
    """Every schema by its name, such as ``answer`` or ``tool.query``."""
    found: dict[str, Schema] = {}
    for noun in _NOUNS:
        found |= importlib.import_module(f"aiser_jupyter.contract.{noun}").SCHEMAS
    return {name: {"$schema": DIALECT, "$id": f"aiser:{name}:v1", **found[name]} for name in sorted(found)}


def schema(name: str) -> Schema:
    """The schema of that name; raises UsageError with the nearest where there is none."""
    known = schemas()
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Schemas: {', '.join(known)}."
        raise UsageError(f"There is no schema named {name!r}.", hint=hint)
    return known[name]
