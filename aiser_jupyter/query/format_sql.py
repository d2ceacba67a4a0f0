"""SQL laid out one clause a line: only blanks, line breaks and the case of keywords change, so that it means what it meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.query.tokens import Word, upper, words

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 100
INDENT = "    "
# Words no engine takes for a name without quotes, so that their case is free.
KEYWORDS = upper(
    "SELECT FROM WHERE GROUP ORDER HAVING QUALIFY LIMIT UNION INTERSECT EXCEPT DISTINCT JOIN ON USING AND OR NOT IN IS NULL LIKE ILIKE BETWEEN "
    "CASE WHEN THEN ELSE AS WITH EXISTS ASC DESC RECURSIVE OVER PARTITION INSERT INTO UPDATE DELETE"
)
BEFORE_JOIN = upper("LEFT RIGHT FULL INNER CROSS OUTER NATURAL ASOF SEMI ANTI POSITIONAL")
CLAUSES = upper("SELECT FROM WHERE HAVING QUALIFY LIMIT WINDOW RETURNING VALUES SET")
SETS = upper("UNION INTERSECT EXCEPT")
COMPARING = frozenset({"=", "<", ">", "<=", ">=", "<>", "!="})
OPERATOR = frozenset("+-*/<>=~!@#%^&|?:")
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def format_sql(sql: str, dialect: str) -> str:
    """``sql`` with one clause a line, lists over several lines where they are long, keywords in capitals; comments stay where they are.

    Each word stays as it is but for the case of keywords; formatted once more it stays the same. What is not closed is left as it is.
    """
    parts: list[str] = []
    masked = TEMPLATE.sub(lambda found: parts.append(found[0]) or f"aiser_template_{len(parts) - 1}_", sql)
    listed = words(masked, dialect, comments=True)
    if not listed or not all(word.closed for word in listed):
        return sql
    text = _Layout(listed, masked).text()
    return re.sub(r"aiser_template_(\d+)_", lambda found: parts[int(found[1])], text)


@dataclass
class _Open:
    """A bracket that is open: the indent inside it, whether a query stands in it, and in which clause that is."""

    indent: int
    query: bool
    clause: str = ""
    between: int = 0
    broken: bool = False  # whether the clause's list has one entry a line


class _Layout:
    """The statement, written word by word."""

    def __init__(self, listed: Sequence[Word], sql: str) -> None:
        self._words = listed
        self._sql = sql
        self._lines: list[str] = []
        self._line = ""
        self._open = [_Open(0, query=True)]
        self._cases: list[int] = []  # at which depth a CASE is open

    def text(self) -> str:
        """All of it."""
        for at, word in enumerate(self._words):
            self._write(at, word)
        self._break(0)
        return "\n".join(line.rstrip() for line in self._lines).strip("\n")

    def _write(self, at: int, word: Word) -> None:
        if _is_sign(word, ")") and len(self._open) > 1:
            closed = self._open.pop()
            if closed.query:
                self._break(max(closed.indent - 1, 0))
            self._append(at, ")")
        elif word.kind == "comment":
            self._comment(at, word)
        else:
            top, spelt = self._open[-1], self._spelt(at, word)
            self._before(at, word, spelt, top)
            self._append(at, spelt)
            self._after(at, word, spelt, top)

    def _before(self, at: int, word: Word, spelt: str, top: _Open) -> None:
        """Begin a new line where the word begins a clause or a condition."""
        if self._begins(at, top):
            self._clause(word, top)
        elif top.query and not self._in_case() and spelt in {"AND", "OR"} and top.clause in {"WHERE", "HAVING", "ON", "QUALIFY"}:
            if spelt == "AND" and top.between:
                top.between -= 1
            else:
                self._break(top.indent + 1)
        if spelt == "BETWEEN" and not self._in_case():
            top.between += 1

    def _after(self, at: int, word: Word, spelt: str, top: _Open) -> None:
        """Open what the word opens, and break the line where a list does."""
        if word.upper == "CASE":
            self._cases.append(len(self._open))
        elif word.upper == "END" and self._in_case():
            self._cases.pop()
        elif _is_sign(word, "("):
            self._bracket(at, top)
        elif _is_sign(word, ","):
            if top.query and top.broken:
                self._break(top.indent + 1)
        elif _is_sign(word, ";"):
            self._open = [_Open(0, query=True)]
            self._break(0)
        elif top.query and self._begins_list(at, spelt):
            self._list(at, top)

    def _begins_list(self, at: int, spelt: str) -> bool:
        if spelt == "SELECT":
            return at + 1 < len(self._words) and self._next(at) != "DISTINCT"
        return spelt == "DISTINCT" and self._previous(at) == "SELECT"

    def _list(self, at: int, top: _Open) -> None:
        """Break after SELECT where its list is long or holds a query."""
        items, length = self._extent(at + 1)
        top.broken = items > 1 and (length > WIDTH - 30 or items > 4)
        if top.broken:
            self._break(top.indent + 1)

    def _extent(self, at: int) -> tuple[int, int]:
        """How many entries the list from ``at`` has, and how many letters."""
        depth, items, start = 0, 1, self._words[at].start if at < len(self._words) else 0
        end = start
        for word in self._words[at:]:
            if word.kind == "sign":
                depth += (word.text in "([{") - (word.text in ")]}")
            if depth < 0 or (depth == 0 and (word.upper in CLAUSES | SETS | {"GROUP", "ORDER"} or word.text == ";")):
                break
            items += depth == 0 and word.text == "," and word.kind == "sign"
            end = word.end
            if word.kind == "comment" and word.text[:2] != "/*":
                return max(items, 2), WIDTH
        return items, len(" ".join(self._sql[start:end].split()))

    def _begins(self, at: int, top: _Open) -> bool:
        """Whether the word begins a clause of the query it stands in."""
        word = self._words[at]
        if not top.query or self._in_case() or self._dotted(at):
            return False
        following = self._next(at)
        name = word.upper
        if name in CLAUSES | SETS:
            return not (name == "FROM" and self._previous(at) == "DISTINCT" and self._is_distinct_from(at)) and not (
                name == "SET" and top.clause != "UPDATE"
            )
        if name in {"GROUP", "ORDER"}:
            return following == "BY"
        if name == "JOIN":
            return self._previous(at) not in BEFORE_JOIN
        return name in BEFORE_JOIN and self._leads_to_join(at) and self._previous(at) not in BEFORE_JOIN

    def _clause(self, word: Word, top: _Open) -> None:
        name = word.upper
        joins = name == "JOIN" or name in BEFORE_JOIN
        if self._line.strip() or self._lines:
            self._break(top.indent)
        top.clause, top.between, top.broken = ("ON" if joins else name), 0, False
        if name in SETS:
            top.clause = ""

    def _bracket(self, at: int, top: _Open) -> None:
        following = next((word for word in self._words[at + 1 :] if word.kind != "comment"), None)
        query = following is not None and following.upper in {"SELECT", "WITH", "FROM"}
        indent = top.indent + 1 + (0 if not top.query or not query or top.clause in {"", "FROM", "ON", "WITH"} else 1)
        self._open.append(_Open(indent, query))
        if query:
            self._break(indent)

    def _comment(self, at: int, word: Word) -> None:
        own_line = "\n" in self._sql[self._words[at - 1].end if at else 0 : word.start]
        top = self._open[-1]
        if own_line and self._line.strip():
            self._break(top.indent + bool(top.clause))
        self._append(at, word.text)
        if word.text[:2] != "/*" or "\n" in self._sql[word.end : self._words[at + 1].start if at + 1 < len(self._words) else word.end]:
            self._break(top.indent + bool(top.clause))

    def _append(self, at: int, text: str) -> None:
        if self._line.strip() and self._gap(at):
            self._line += " "
        self._line += text

    def _gap(self, at: int) -> bool:
        """Whether a blank stands before the word: as it was typed, but after a comma, around a comparison, and within brackets."""
        before, word = self._words[at - 1], self._words[at]
        typed = before.end < word.start
        if "sign" in {before.kind, word.kind}:
            if word.text in {",", ")", ";"} and word.kind == "sign":
                return False
            if before.text == "(" and before.kind == "sign":
                return False
            if before.text == "," and before.kind == "sign":
                return True
            if (self._compares(at) or self._compares(at - 1)) and "" not in (before.text, word.text):
                return True
        return typed

    def _compares(self, at: int) -> bool:
        """Whether a comparison stands there by itself, and is no part of a longer operator."""
        word = self._words[at]
        if word.kind != "sign" or word.text not in COMPARING:
            return False
        left, right = self._sql[: word.start][-1:], self._sql[word.end :][:1]
        return left not in OPERATOR and right not in OPERATOR - {"-", "+", ":"}

    def _break(self, indent: int) -> None:
        if self._line.strip():
            self._lines.append(self._line)
        self._line = INDENT * indent

    def _spelt(self, at: int, word: Word) -> str:
        name = word.upper
        if not name or self._dotted(at):
            return word.text
        if (
            name in KEYWORDS
            or (name == "END" and self._in_case())
            or (name == "BY" and self._previous(at) in {"GROUP", "ORDER", "PARTITION"})
        ):
            return name
        if name in BEFORE_JOIN and self._leads_to_join(at):
            return name
        return name if name == "ALL" and self._previous(at) in SETS else word.text

    def _leads_to_join(self, at: int) -> bool:
        following = at + 1
        while following < len(self._words) and self._words[following].upper in BEFORE_JOIN:
            following += 1
        return following < len(self._words) and self._words[following].upper == "JOIN"

    def _is_distinct_from(self, at: int) -> bool:
        return at > 1 and self._words[at - 2].upper in {"IS", "NOT"}

    def _in_case(self) -> bool:
        return bool(self._cases) and self._cases[-1] == len(self._open)

    def _dotted(self, at: int) -> bool:
        """Whether the word is part of a name with dots, such as ``t.from``."""
        near = [self._words[place] for place in (at - 1, at + 1) if 0 <= place < len(self._words)]
        return any(word.text == "." and word.kind == "sign" for word in near)

    def _previous(self, at: int) -> str:
        return self._words[at - 1].upper if at else ""

    def _next(self, at: int) -> str:
        return self._words[at + 1].upper if at + 1 < len(self._words) else ""


def _is_sign(word: Word, text: str) -> bool:
    return word.kind == "sign" and word.text == text
