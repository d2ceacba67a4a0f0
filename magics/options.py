"""The options on a magic's first line: read like a command line, with errors that teach."""

from __future__ import annotations

import difflib
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.errors import NotYetError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True)
class Option:
    """An option of a magic.

    ``short`` is a letter that stands for it behind one hyphen, ``takes`` is how many values it takes (0, 1, or ``"?"`` for at most one), ``many`` whether it may be repeated,
    ``choices`` what a value may be. ``soon`` says in what it will do that this version does not have it yet.
    """

    name: str
    takes: int | str = 1
    many: bool = False
    choices: tuple[str, ...] = ()
    soon: str = ""
    short: str = ""


@dataclass(frozen=True)
class Line:
    """A magic's first line, read: ``values`` by option name, ``rest`` the text after the last option, as it was typed."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    rest: str = ""

    def one(self, name: str) -> str | None:
        """The last value given for an option, or None; an option without a value gives an empty text."""
        given = self.values.get(name)
        return (given[-1] if given else "") if given is not None else None

    def has(self, name: str) -> bool:
        """Whether the option was given."""
        return name in self.values


def parse(text: str, options: Collection[Option]) -> Line:
    """Read leading options off ``text``; raises UsageError for one that does not exist or does not fit."""
    known = {option.name: option for option in options}
    short = {f"-{option.short}": option.name for option in options if option.short}
    values: dict[str, list[str]] = {}
    rest = text.strip()
    while _is_option(rest, short):
        word, rest = _word(rest)
        word = f"--{short[word]}" if word in short else word
        name, equals, value = word[2:].partition("=")
        option = known.get(name) or _unknown(name, known)
        if option.soon:
            raise NotYetError(f"--{name} is not there yet: it will {option.soon}.")
        if name in values and not option.many:
            raise UsageError(f"--{name} was given twice.")
        given = values.setdefault(name, [])
        if equals:
            if option.takes == 0:
                raise UsageError(f"--{name} takes no value.")
            given.append(_fitting(option, value))
        elif option.takes == 1:
            if not rest or _is_option(rest, short):
                raise UsageError(f"--{name} needs a value.", hint=_example(option))
            value, rest = _word(rest)
            given.append(_fitting(option, value))
        elif option.takes == "?" and rest:
            value, after = _word(rest)
            if value in option.choices:
                given.append(value)
                rest = after
    return Line(values, rest)


def _is_option(rest: str, short: Collection[str]) -> bool:
    """Whether ``rest`` begins with an option; two hyphens and a blank begin a comment of SQL."""
    return (rest.startswith("--") and len(rest) > 2 and not rest[2].isspace()) or (rest[:2] in short and not rest[2:3].strip())


def pairs(given: Collection[str], option: str) -> dict[str, str]:
    """``k=v`` texts as a dictionary."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"--{option} {text!r} is not NAME=VALUE.", hint=f"Write --{option} since=2026-01-01.")
        found[name] = value
    return found


def _word(text: str) -> tuple[str, str]:
    """The first word of ``text``, quotes taken off, and what follows it."""
    depth = ""
    for place, char in enumerate(text):
        if depth:
            depth = "" if char == depth else depth
        elif char in "\"'":
            depth = char
        elif char.isspace():
            return _unquoted(text[:place]), text[place:].lstrip()
    if depth:
        raise UsageError(f"A quote is not closed in {text!r}.")
    return _unquoted(text), ""


def _unquoted(word: str) -> str:
    return "".join(shlex.split(word)) if any(q in word for q in "\"'") else word


def _fitting(option: Option, value: str) -> str:
    if option.choices and value not in option.choices:
        raise UsageError(f"--{option.name} cannot be {value!r}.", hint=f"It can be {', '.join(option.choices)}.")
    return value


def _example(option: Option) -> str:
    return f"Write --{option.name} {option.choices[0] if option.choices else 'VALUE'}."


def _unknown(name: str, known: Mapping[str, Option]) -> Option:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"Did you mean --{near[0]}?" if near else f"There are {', '.join('--' + k for k in known)}."
    raise UsageError(f"There is no option --{name}.", hint=hint)
