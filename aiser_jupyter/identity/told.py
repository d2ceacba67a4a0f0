"""What is told of a user, read from text: the name, groups by commas, claims as a JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from aiser_jupyter.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.identity.identity import Claim

LONGEST = 500
_GROUPS = 'Write them as sales,board, or as a JSON list where a name has a comma in it: ["CN=sales,OU=people", "board"].'
_CLAIMS = 'For example {"region": "north", "shops": ["1", "2"]}.'


def user(text: str, *, where: str) -> str:
    """The name as it stands; raises SettingsError where it is blank, too long, has blanks around it, or characters that do not show."""
    _name(text, "user", where=where)
    return text


def groups(text: str, *, where: str = "AISER_GROUPS") -> tuple[str, ...]:
    """Groups by commas, or of a JSON list; each once, sorted."""
    if not text.lstrip().startswith(("[", "{", '"')):
        return each((name for part in text.split(",") if (name := part.strip())), where=where)
    held = _json(text, "The groups are neither names by commas nor a JSON list of names.", where, _GROUPS)
    if not isinstance(held, list):
        raise SettingsError("The groups are neither names by commas nor a JSON list of names.", where=where, hint=_GROUPS)
    return each(held, where=where)


def each(names: Iterable[object], *, where: str) -> tuple[str, ...]:
    """The names of groups, each once, sorted; raises SettingsError for one that is no name."""
    found = set()
    for name in names:
        if not isinstance(name, str):
            raise SettingsError("A group is no text.", where=where, hint=_GROUPS)
        _name(name, "group", where=where)
        found.add(name)
    return tuple(sorted(found))


def claims(text: str, *, where: str = "AISER_CLAIMS") -> tuple[tuple[str, Claim], ...]:
    """The claims of a JSON object, by name; none where the text is blank."""
    if not text.strip():
        return ()
    return pairs(_json(text, "The claims are no JSON object.", where, _CLAIMS), where=where)


def pairs(held: object, *, where: str) -> tuple[tuple[str, Claim], ...]:
    """The claims of an object that is already read, by name."""
    if not isinstance(held, dict):
        raise SettingsError("The claims are no JSON object.", where=where, hint=_CLAIMS)
    for name in held:
        _name(name, "claim", where=where)
    return tuple(sorted((name, _claim(name, value, where)) for name, value in held.items()))


def _claim(name: str, value: object, where: str) -> Claim:
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int) and not isinstance(one, bool) for one in value):
        return tuple(map(str, value))
    what = "nothing (null)" if value is None else f"of type {type(value).__name__}"
    raise SettingsError(
        f"The claim {name} is {what}; a claim is a text, a number, a yes or no, or a list of texts.",
        where=where,
        hint=f"Leave it out where nobody knows it: a rule that asks for it then shows no rows. {_CLAIMS}",
    )


def _name(text: str, kind: str, *, where: str) -> None:
    if not text.strip():
        fault = "is blank"
    elif text != text.strip():
        fault = "has blanks around it"
    elif len(text) > LONGEST:
        fault = f"is longer than {LONGEST} characters"
    elif not text.isprintable():
        fault = "has characters that do not show"
    else:
        return
    raise SettingsError(f"The name of the {kind} {fault}.", where=where, hint="Whoever starts this kernel sets it: correct it there.")


def _json(text: str, message: str, where: str, hint: str) -> Any:
    """The value of a JSON text; names that stand twice and numbers that are none have no meaning here."""

    def once(found: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(found)
        if len(held) < len(found):
            twice = next(name for name, _ in found if sum(name == other for other, _ in found) > 1)
            raise SettingsError(f"{twice} stands twice: which holds must not be guessed.", where=where, hint=hint)
        return held

    def no_number(_: str) -> NoReturn:
        raise ValueError

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        at = f" (column {error.pos + 1}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise SettingsError(message.removesuffix(".") + f"{at}.", where=where, hint=hint) from None
