"""SQL in colour."""

from __future__ import annotations

from markupsafe import Markup, escape
from pygments import lex
from pygments.lexers.sql import SqlLexer
from pygments.token import Comment, Keyword, Name, Number, String, Token

CLASSES = ((Comment, "co"), (String, "st"), (Number, "nu"), (Name.Builtin, "f"), (Name.Function, "f"), (Keyword, "k"))


def sql(text: str) -> Markup:
    """``text`` with keywords, functions, strings, numbers and comments in spans."""
    parts: list[Markup] = []
    for kind, word in lex(text.strip(), SqlLexer()):
        name = next((css for token, css in CLASSES if kind in token), None) if kind is not Token.Text else None
        parts.append(Markup('<span class="{}">{}</span>').format(name, word) if name else escape(word))
    return Markup("").join(parts)


def laid_out(text: str, dialect: str = "") -> str:
    """One clause a line; the text as it is where it cannot be parsed."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    if "\n" in text.strip():
        return text
    try:
        return sqlglot.transpile(text, read=dialect or None, write=dialect or None, pretty=True)[0]
    except SqlglotError:
        return text
