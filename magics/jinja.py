"""`{{ }}` in SQL: each value becomes a bound parameter, and no value is ever pasted into the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.magics.namespace import PLAIN_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where a value goes is marked by characters that no statement may hold, so that nothing typed can pass for a mark.
LEFT, RIGHT = "\ue000", "\ue001"
MARK = re.compile(f"{LEFT}(\\d+){RIGHT}")
PLAIN = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}", re.ASCII)
LONGEST = 100_000  # characters of a statement, as the guard has it
DATA = ("datetime", "decimal", "numpy", "uuid")
TABLE_BEFORE = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "SUMMARIZE"})


class Name(str):
    """A name that was checked and quoted, ready to stand in SQL."""

    __slots__ = ()


@dataclass(frozen=True)
class Filled:
    """The statement with a parameter for each value."""

    sql: str
    values: Mapping[str, object] = field(default_factory=dict)


def has_marks(sql: str, names: Mapping[str, Any], dialect: str) -> bool:
    """Whether ``sql`` names a value by ``{{ name }}``: outside of texts always, within one where there is such a value."""
    from aiser_jupyter.query.tokens import words

    if "{{" not in sql:
        return False
    texts = [word for word in words(sql, dialect, comments=True) if word.kind in {"string", "comment"}]
    inside = {found.start() for word in texts for found in PLAIN.finditer(sql, word.start, word.end)}
    return any(found.start() not in inside or found[1] in names for found in PLAIN.finditer(sql))


def fill(template: str, names: Mapping[str, Any], dialect: str, *, prefix: str = "aiser") -> Filled:
    """A whole template: `{{ value }}` is bound, ``{{ name | identifier }}`` a quoted name, `{% if %}` and `{% for %}` decide what is written.

    Runs in Jinja's sandbox over plain data alone. Raises `UsageError` for a name that is not there and for a value that cannot be bound.
    """
    from jinja2 import StrictUndefined, TemplateError, Undefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    _unmarked(template)
    values: list[object] = []

    def finalize(value: object) -> str:
        if isinstance(value, Undefined):
            return str(value)  # raises
        if isinstance(value, Name):
            return value
        values.append(value)
        return f"{LEFT}{len(values) - 1}{RIGHT}"

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=finalize, autoescape=False, keep_trailing_newline=True)
    environment.filters["identifier"] = lambda value: identifier(value, dialect)
    parts: list[str] = []
    length = 0
    try:
        for part in environment.from_string(template).generate(data(names)):
            parts.append(part)
            length += len(part)
            if length > 4 * LONGEST:
                raise UsageError("The template makes a statement longer than may run.", hint="Let its loops run over less.")
    except SecurityError as error:
        raise UsageError(f"The template does what a template may not: {error}.") from None
    except TemplateError as error:
        raise _explained(error, template, names) from None
    except (TypeError, ValueError, OverflowError, ZeroDivisionError, AttributeError) as error:
        raise UsageError(f"The template cannot be filled in: {error}.") from None
    return bound("".join(parts), values, dialect, prefix=prefix)


def substitute(sql: str, names: Mapping[str, Any], dialect: str, *, prefix: str = "aiser") -> Filled:
    """`{{ name }}` alone, as notebooks written for other magics have it: a value is bound, the name of a table quoted.

    Text that stands bare, which they would paste as SQL, is refused with what to write instead.
    """
    _unmarked(sql)
    if "{%" in sql:
        raise UsageError("{% %} needs --jinja.", hint="Write %%sql --jinja.")
    values: list[object] = []
    known = data(names)

    def mark(found: re.Match[str]) -> str:
        if found[1] not in known:
            raise _missing(found[1], names)
        values.append(known[found[1]])
        return f"{LEFT}{len(values) - 1}{RIGHT}"

    return bound(PLAIN.sub(mark, sql), values, dialect, prefix=prefix, bare_text=False)


def bound(text: str, values: list[object], dialect: str, *, prefix: str, bare_text: bool = True) -> Filled:
    """``text`` with each mark replaced: by a parameter where it stands alone, by one for the whole text where it stands within quotes."""
    from aiser_jupyter.query.tokens import words

    found: dict[str, object] = {}
    pieces: list[str] = []
    end = 0

    def parameter(value: object) -> str:
        found[name := f"{prefix}_{len(found) + 1}"] = value
        return f":{name}"

    every = words(text, dialect, comments=True)
    for place, word in enumerate(every):
        if word.kind == "comment" and MARK.search(word.text):
            pieces += [text[end : word.start], MARK.sub("…", word.text)]
            end = word.end
        elif word.kind == "string" and MARK.search(word.text):
            pieces += [text[end : word.start], parameter(_text(word.text, values, dialect))]
            end = word.end
        elif word.kind == "name" and MARK.search(word.text):
            raise UsageError("A value cannot be part of a quoted name.", hint="Write {{ name | identifier }}, without quotes.")
        elif word.text == LEFT:
            mark = MARK.match(text, word.start)
            assert mark is not None
            if _glued(text, mark):
                raise UsageError(
                    "A value cannot be part of a name.", hint="Put the name together: {{ ('sales_' ~ year) | identifier }}, with --jinja."
                )
            before = next((other for other in reversed(every[:place]) if other.kind != "comment"), None)
            pieces += [text[end : word.start], _placed(values[int(mark[1])], before, parameter, dialect, bare_text=bare_text)]
            end = mark.end()
    return Filled("".join((*pieces, text[end:])), found)


def identifier(value: object, dialect: str) -> Name:
    """A column's or table's name, or several, checked and quoted; ``schema.table`` is two names."""
    from aiser_jupyter.query.complete import quoted

    if isinstance(value, list | tuple) and value:
        return Name(", ".join(identifier(one, dialect) for one in value))
    if not isinstance(value, str) or not value.strip() or len(value) > 128 or not value.isprintable() or set(value) & {LEFT, RIGHT, "\\"}:
        raise UsageError(
            f"{type(value).__name__} {str(value)[:40]!r} cannot be a name in SQL.",
            hint="A name is a short text without line breaks and backslashes.",
        )
    parts = value.split(".")
    names = parts if len(parts) <= 3 and all(part.isidentifier() for part in parts) else [value]
    return Name(".".join(quoted(name, dialect, always=True) for name in names))


def data(names: Mapping[str, Any]) -> dict[str, Any]:
    """The plain data among the notebook's names: no modules, functions, classes or frames."""
    return {name: value for name, value in names.items() if not name.startswith("_") and _is_data(value)}


def _is_data(value: object, depth: int = 0) -> bool:
    if isinstance(value, dict):
        return depth < 4 and all(isinstance(key, str | int) and _is_data(one, depth + 1) for key, one in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return depth < 4 and all(_is_data(one, depth + 1) for one in value)
    if type(value) in PLAIN_TYPES or isinstance(value, range):
        return True
    return type(value).__module__.partition(".")[0] in DATA and not isinstance(value, type) and not callable(value)


def _placed(value: object, before: Any, parameter: Any, dialect: str, *, bare_text: bool) -> str:
    word = before.upper if before is not None else ""
    if isinstance(value, str) and word in TABLE_BEFORE:
        return identifier(value, dialect)
    if isinstance(value, list | tuple | set | frozenset | range):
        listed = list(value)
        if not listed:
            raise UsageError(
                "An empty list cannot be bound: IN () is no SQL.",
                hint="Leave the condition out where the list is empty: {% if ids %}…{% endif %}.",
            )
        inner = ", ".join(parameter(_one(item)) for item in listed)
        return f"({inner})" if word == "IN" else inner
    if isinstance(value, str) and not bare_text:
        raise UsageError(
            f"The text {value[:30]!r} stands bare in the SQL, where it would have to be pasted; values are bound here.",
            hint="For a value write it in quotes, '{{ name }}', or :name; for a column {{ name | identifier }} with --jinja.",
        )
    return parameter(_one(value))


def _one(value: object) -> object:
    if not _is_data(value) or isinstance(value, list | tuple | dict | set | frozenset | range):
        raise UsageError(
            f"A {type(value).__name__} cannot be bound as a value.", hint="Bind a number, a text or a date, or a list of them after IN."
        )
    return value


def _text(word: str, values: list[object], dialect: str) -> str:
    """What a quoted text says, with the values in it written out."""
    from aiser_jupyter.query import syntax

    tokens = syntax.tokens(word, dialect)
    said = tokens[0].text if len(tokens) == 1 else word[1:-1].replace("''", "'")
    return MARK.sub(lambda mark: str(_one(values[int(mark[1])])), said)


def _glued(text: str, mark: re.Match[str]) -> bool:
    before, after = text[: mark.start()][-1:], text[mark.end() :][:1]
    return any(letter.isalnum() or letter in f'_"`{RIGHT}{LEFT}' for letter in (before, after) if letter)


def _unmarked(text: str) -> None:
    if LEFT in text or RIGHT in text:
        raise UsageError("The statement holds characters of Unicode's private use, which no SQL needs.")


def _explained(error: Any, template: str, names: Mapping[str, Any]) -> UsageError:
    from jinja2 import TemplateSyntaxError, UndefinedError

    if isinstance(error, UndefinedError):
        missing = re.search(r"'([^']+)' is undefined", str(error))
        if missing and missing[1].isidentifier():
            return _missing(missing[1], names, template)
        return UsageError(f"The template names what is not there: {error}.")
    if isinstance(error, TemplateSyntaxError):
        line = template.split("\n")[error.lineno - 1] if 0 < error.lineno <= template.count("\n") + 1 else ""
        return UsageError(f"The template cannot be read: {error.message}.", where=f"line {error.lineno}: {line[:120]}")
    return UsageError(f"The template cannot be filled in: {error}.")


def _missing(name: str, names: Mapping[str, Any], template: str = "") -> UsageError:
    from aiser_jupyter.query.failures import caret
    from aiser_jupyter.query.suggest import nearest

    where = caret(template, name) if template else ""
    if name in names:
        return UsageError(
            f"{name} is a {type(names[name]).__name__}, which a template cannot use.",
            where=where,
            hint="It takes numbers, texts, dates and lists of them.",
        )
    near = nearest(name, data(names))
    hint = f"Did you mean {near[0]}?" if near else f"Set it first: {name} = …"
    return UsageError(f"The notebook has no value {name!r}.", where=where, hint=hint)
