"""The parameters of a notebook: declared in its cell tagged ``parameters``, typed by their defaults."""

from __future__ import annotations

import ast
import difflib
import json
import math
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbformat import NotebookNode

NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
TAG = "parameters"
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def declared(notebook: NotebookNode) -> dict[str, Any]:
    """The names and defaults of the cell tagged ``parameters``, in order; a default that is no literal is None."""
    cell = next((c for c in notebook.cells if c.cell_type == "code" and TAG in c.metadata.get("tags", [])), None)
    if cell is None:
        return {}
    try:
        body = ast.parse(cell.source).body
    except SyntaxError as error:
        raise UsageError(
            "The parameters cell is no Python.", where=f"line {error.lineno}: {error.msg}", hint="Write one `name = value` a line."
        ) from error
    found: dict[str, Any] = {}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) and node.value else []
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = literal(node.value)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType] - both kinds have one
    return found


def literal(node: ast.expr) -> Any:
    """The value of a literal; None for anything that would have to be run."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def checked(notebook: NotebookNode, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values, each of the type of its default; raises :class:`UsageError` for a name that is not declared or a value that does not fit."""
    known = declared(notebook)
    return {name: value(name, given[name], known[declared_name(name, known)]) for name in given}


def declared_name(name: str, known: Mapping[str, Any]) -> str:
    """``name`` where it is declared."""
    if not NAME.match(name):
        raise UsageError(f"{name!r} is no parameter name.", hint="Names are letters, digits and _, and start with no digit.")
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, 1)
    there = f"The notebook declares {', '.join(known)}." if known else "The notebook has no cell tagged parameters."
    raise UsageError(f"The notebook has no parameter {name!r}.", hint=f"Did you mean {near[0]}? {there}" if near else there)


def value(name: str, given: Any, default: Any) -> Any:
    """``given`` as the type of ``default``: text stays text (``007``), dates are ISO text; a value that is no text must be of that type already."""
    if isinstance(default, str) and is_date(default):
        return checked_date(name, given)
    if not isinstance(given, str):
        return given if fits(given, default) else refuse(name, given, default)
    kind = next((k for k in (bool, int, float, str, list, dict) if isinstance(default, k)), None)
    try:
        return READ[kind](given)
    except (ValueError, KeyError) as error:
        raise wrong(name, given, default) from error


def fits(given: Any, default: Any) -> bool:
    """Whether a value that is no text is of the default's type; an integer is a float too."""
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(given, bool):
        return isinstance(default, bool) and isinstance(given, bool)
    return isinstance(given, int | float) if isinstance(default, float) else isinstance(given, type(default))


def refuse(name: str, given: Any, default: Any) -> Any:
    """Raise the error of a value that does not fit."""
    raise wrong(name, given, default)


def wrong(name: str, given: Any, default: Any) -> UsageError:
    """The error of a value that does not fit."""
    kind = "a date" if isinstance(default, str) and is_date(default) else WORDS.get(type(default), "a value")
    return UsageError(f"{name} is {kind}, and {given!r} is none.", hint=f"Its default is {default!r}.")


def is_date(text: str) -> bool:
    """Whether a default is an ISO date or moment, so that its parameter is one."""
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def checked_date(name: str, given: Any) -> str:
    """A date parameter as ISO text."""
    if isinstance(given, date):
        return given.isoformat()
    if not isinstance(given, str) or not is_date(given):
        raise UsageError(f"{name} is a date, and {given!r} is none.", hint="Write it as 2026-10-05.")
    return given


def structure(kind: type) -> Callable[[str], Any]:
    """JSON text of that kind."""

    def read(text: str) -> Any:
        found = json.loads(text)
        if not isinstance(found, kind):
            raise ValueError(text)  # noqa: TRY004  # text that is another JSON is a wrong value, not a wrong call
        return found

    return read


def finite(number: float) -> float:
    """``number`` where it is one: neither infinity nor what is no number."""
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def scalar(text: str) -> Any:
    """Text for a default of no type: JSON where it is JSON, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


READ: dict[type | None, Callable[[str], Any]] = {
    bool: lambda text: TRUTH[text.strip().lower()],
    int: lambda text: int(text.replace("_", " ")),
    float: lambda text: finite(float(text)),
    str: str,
    list: structure(list),
    dict: structure(dict),
    None: scalar,
}
WORDS = {bool: "yes or no", int: "a whole number", float: "a number", str: "text", list: "a JSON list", dict: "a JSON object"}
