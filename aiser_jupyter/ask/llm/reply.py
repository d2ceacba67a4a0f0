"""What a model replied, as a Plan or one SQL text; whatever else it is gets its typed refusal, and nothing is ever executed as code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.llm import plan_json
from aiser_jupyter.errors import ModelReplyError

if TYPE_CHECKING:
    from aiser_jupyter.ask.llm.mask import Values
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.catalog import Catalog

FIELDS = ("plan", "sql", "cannot", "assumptions")
ASSUMPTIONS, LONGEST = 3, 200
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL)
_DIGITS = re.compile(r"\d+")

_NULL = {"type": "null"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "plan": {"anyOf": [{"$ref": "#/$defs/Plan"}, _NULL]},
        "sql": {"anyOf": [{"type": "string"}, _NULL]},
        "cannot": {"anyOf": [{"type": "string"}, _NULL]},
        "assumptions": {"type": "array", "items": {"type": "string"}},
    },
    "required": list(FIELDS),
    "additionalProperties": False,
    "$defs": plan_json.definitions(),
}


@dataclass(frozen=True)
class Proposal:
    """A query as the model proposes it, not yet checked: ``plan``, or ``sql`` in the source's dialect where there is none."""

    plan: Plan | None
    sql: str
    assumptions: tuple[str, ...] = ()


def read(text: str, catalog: Catalog, values: Values) -> Proposal:
    """The proposal in ``text``, marks replaced by the values they stand for.

    Raises `ModelReplyError`: ``not_json``, ``prose`` (text around the JSON), ``form``, ``unknown_name``, or ``declined`` where the model says that
    the data do not hold the answer.
    """
    found = _object(text)
    unknown = [name for name in found if name not in FIELDS]
    if unknown:
        raise _wrong(f"it has a part {unknown[0]!r}")
    given = [name for name in ("plan", "sql", "cannot") if found.get(name) is not None]
    if len(given) != 1:
        raise _wrong(f"it gives {' and '.join(given) or 'neither a plan nor SQL'}, not one of plan, sql and cannot")
    assumptions = _assumptions(found.get("assumptions"))
    if given[0] == "plan":
        return Proposal(values.plan_back(plan_json.read(found["plan"], catalog)), "", assumptions)
    said = found[given[0]]
    if not isinstance(said, str) or not said.strip():
        raise _wrong(f"{given[0]} is no text")
    if given[0] == "cannot":
        raise ModelReplyError(f"The model finds no answer in this data: {_line(values.back(said))}", kind="declined")
    return Proposal(None, values.sql_back(said.strip(), catalog.dialect), assumptions)


def grounded(assumptions: tuple[str, ...], *sources: str) -> tuple[str, ...]:
    """The assumptions whose numbers all stand in ``sources``: a figure that nobody computed is not shown."""
    known = {number for source in sources for number in _DIGITS.findall(source)}
    return tuple(said for said in assumptions if set(_DIGITS.findall(said)) <= known)


def _object(text: str) -> dict[str, Any]:
    fenced = _FENCED.fullmatch(text)
    bare = (fenced[1] if fenced else text).strip()
    try:
        found = _load(bare)
    except ValueError:
        if _holds_object(bare):
            raise ModelReplyError("The reply has text around its JSON.", kind="prose", hint="Only the JSON object is read.") from None
        raise ModelReplyError("The reply is not JSON.", kind="not_json") from None
    except RecursionError:
        raise ModelReplyError("The reply is JSON of too many levels.", kind="form") from None
    if not isinstance(found, dict):
        raise _wrong("it is no object")
    return found


def _load(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without a name said twice: two readers would read two things."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _wrong("it says a part twice")
    return found


def _no_number(word: str) -> Any:
    raise _wrong(f"{word} is no number")


def _holds_object(text: str) -> bool:
    start = text.find("{")
    if start < 0:
        return False
    try:
        found, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict)


def _assumptions(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong("assumptions is no list of texts")
    return tuple(line for one in value[:ASSUMPTIONS] if (line := _line(one)))


def _line(text: str) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def _wrong(what: str) -> ModelReplyError:
    return ModelReplyError(f"The reply is not of the form asked for: {what}.", kind="form")
