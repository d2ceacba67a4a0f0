"""What rows of a governed connection carry with them: in which role they were read, where they may be written and to whom they may be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aiser_jupyter.policy.role import Role

MIME = "application/vnd.aiser.governed+json"
VERSION = 1
# What a policy calls the formats, by how files of them end.
_BY_ENDING = {
    "csv": "csv", "parquet": "parquet", "arrow": "arrow", "feather": "arrow", "xlsx": "xlsx", "json": "json", "ndjson": "json", "jsonl": "json",
    "html": "html", "htm": "html", "deck": "html", "pdf": "pdf", "pptx": "pptx", "docx": "docx", "md": "md", "markdown": "md", "ipynb": "ipynb",
}  # fmt: skip
# One address and nothing beside it: a list of them, a line end or a name before it could hide another.
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\]+@([^\s@,;:<>()\[\]\"\\]+)")


@dataclass(frozen=True)
class Mark:
    """Rows of ``connection`` that were read in ``role``: the ``formats`` they may be written in and the ``recipients`` they may be sent to (None: any)."""

    connection: str
    role: str
    formats: frozenset[str] | None = None
    recipients: frozenset[str] | None = None

    def under(self, role: Role) -> Mark:
        """The mark as its role says now."""
        return Mark(self.connection, self.role, role.export, role.recipients)

    def as_json(self) -> dict[str, object]:
        """The mark as plain data, as a notebook keeps it."""
        told = {"formats": self.formats, "recipients": self.recipients}
        return {
            "connection": self.connection,
            "role": self.role,
            **{name: None if held is None else sorted(held) for name, held in told.items()},
        }


def of(connection: str, role: Role) -> Mark:
    """The mark of what a role reads of a connection."""
    return Mark(connection, role.name, role.export, role.recipients)


def from_json(value: Mapping[str, Any]) -> tuple[Mark, ...]:
    """The marks in an output; one that cannot be read lets nothing out."""
    found = value.get("marks") if value.get("v") == VERSION else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return (Mark("unknown", "unknown", frozenset(), frozenset()),)
    return tuple(
        Mark(str(one.get("connection", "")), str(one.get("role", "")), _names(one, "formats"), _names(one, "recipients")) for one in found
    )


def form(name: str) -> str:
    """What a policy calls the format of a file or an ending: ``sales.csv.gz`` is ``csv``."""
    ending = name.casefold().removesuffix(".gz").rpartition(".")[2]
    return _BY_ENDING.get(ending, ending)


def refusal(marks: Iterable[Mark], name: str) -> RefusedError | None:
    """Why rows of those marks may not be written to a file of that name; None where they may."""
    wanted = form(name)
    for mark in marks:
        if mark.formats is not None and wanted not in mark.formats:
            allowed = ", ".join(sorted(mark.formats)) or "none"
            return RefusedError(
                f"The role {mark.role} may not write rows of {mark.connection} as {wanted}.",
                where=name,
                hint=f"Formats that it may write: {allowed}. Whoever governs this workspace can allow others (export in the policy).",
            )
    return None


def unsent(marks: Iterable[Mark], addresses: Sequence[str]) -> RefusedError | None:
    """Why rows of those marks may not be sent to all of ``addresses``; None where they may.

    A policy names an address, ``@domain`` (that very domain, none below it) or ``*``. What is not one plain address is sent to nobody.
    """
    for mark in marks:
        if mark.recipients is None:
            continue
        barred = [address for address in addresses if not _may_have(mark.recipients, address)]
        if barred:
            allowed = ", ".join(sorted(mark.recipients)) or "nobody"
            return RefusedError(
                f"Rows of {mark.connection}, read in the role {mark.role}, may not be sent to {', '.join(map(ascii, barred))}.",
                hint=f"They may be sent to: {allowed}. Whoever governs this workspace can allow others (recipients in the policy).",
            )
    return None


def _may_have(allowed: frozenset[str], address: str) -> bool:
    found = _ADDRESS.fullmatch(address)
    if found is None or not address.isprintable():
        return False
    return "*" in allowed or address.casefold() in allowed or f"@{found[1].casefold()}" in allowed


def _names(held: Mapping[str, Any], name: str) -> frozenset[str] | None:
    """A set of names; what is none of the two forms lets nothing through."""
    value = held.get(name, ())
    if value is None:
        return None
    return frozenset(str(one) for one in value) if isinstance(value, list) else frozenset()
