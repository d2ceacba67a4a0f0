"""Statements saved under a name in this notebook, to build others on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Snippet:
    """A statement as it was typed; ``jinja`` where it is a template, ``needs`` the saved statements it was told to stand on."""

    name: str
    text: str
    jinja: bool = False
    needs: tuple[str, ...] = ()


_kept: dict[str, Snippet] = {}


def saved() -> Mapping[str, Snippet]:
    """The saved statements by name, in the order they were saved."""
    return dict(_kept)


def save(snippet: Snippet) -> None:
    """Keep a statement under its name, in place of another that had it."""
    if not snippet.name.isidentifier():
        plain = "".join(letter if letter.isalnum() else "_" for letter in snippet.name).strip("_") or "name"
        raise UsageError(f"A statement cannot be saved as {snippet.name!r}: the name stands in SQL.", hint=f"Write --save {plain}.")
    _kept.pop(snippet.name, None)
    _kept[snippet.name] = snippet


def get(name: str) -> Snippet | None:
    """The statement saved under that name, in any case."""
    return _kept.get(name) or next((snippet for key, snippet in _kept.items() if key.casefold() == name.casefold()), None)


def wanted(name: str) -> Snippet:
    """The statement saved under that name; `UnknownNameError` with the nearest where there is none."""
    from aiser_jupyter.query.suggest import nearest

    found = get(name)
    if found is None:
        near = nearest(name, _kept)
        hint = (
            f"Did you mean {near[0]}?" if near else f"There are {', '.join(_kept)}." if _kept else f"Save one first: %%sql --save {name}."
        )
        raise UnknownNameError(f"There is no saved statement {name!r}.", hint=hint, candidates=near)
    return found


def depending(name: str, dialect: str) -> tuple[str, ...]:
    """The saved statements that stand on the one of that name, also by way of others."""
    from aiser_jupyter.query.snippets import named

    on = {key: {other.casefold() for other in (*snippet.needs, *named(snippet.text, dialect))} for key, snippet in _kept.items()}
    found: list[str] = []
    reached = {name.casefold()}
    for _ in _kept:
        for key, needs in on.items():
            if key not in found and key.casefold() != name.casefold() and needs & reached:
                found.append(key)
                reached.add(key.casefold())
    return tuple(found)


def delete(name: str) -> None:
    """Forget the statement saved under that name."""
    _kept.pop(wanted(name).name)


def clear() -> None:
    """Forget them all."""
    _kept.clear()
