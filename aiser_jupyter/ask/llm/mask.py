"""Cell values kept out of what a model is sent, and put back into what it replies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.ask.llm import plan_json
from aiser_jupyter.ask.llm.engine_words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.ask.plan import Plan

MARK = re.compile(r"@value(\d+)")
_ISO = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)?)?")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\([^()]*\)|\b\d[\w.,:-]*")
_WORD = re.compile(r"[^\W_]+")
_SAID = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
HIDDEN = "…"
_RUN = re.compile(f"{HIDDEN}(?:[ _./@:-]*{HIDDEN})+")


@dataclass
class Values:
    """The stored values that a question was linked to, each under a mark such as ``@value1``; with ``shown`` they are sent as they are.

    ``sent`` are those that were.
    """

    shown: bool
    question: str
    marks: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def mark(self, value: str) -> str:
        """How ``value`` is written to the model."""
        if self.shown:
            if value not in self.sent:
                self.sent.append(value)
            return value
        for mark, known in self.marks.items():
            if known == value:
                return mark
        mark = f"@value{len(self.marks) + 1}"
        self.marks[mark] = value
        return mark

    def back(self, text: str) -> str:
        """``text`` with each mark as the value it stands for; a mark that was never given stays."""
        return MARK.sub(lambda found: self.marks.get(found[0], found[0]), text)

    def plan(self, plan: Plan) -> Plan:
        """A plan with its text literals as the model may see them."""
        return plan_json.strings(plan, self._literal)

    def plan_back(self, plan: Plan) -> Plan:
        """A plan of the model with the values its marks stand for."""
        return plan_json.strings(plan, self.back)

    def sql(self, text: str, dialect: str) -> str:
        """A query with its text literals as the model may see them; empty where it cannot be read."""
        return self._over(text, dialect, self._literal)

    def sql_back(self, text: str, dialect: str) -> str:
        """A query of the model with the values its marks stand for; as it is where it names none or cannot be read."""
        return (self._over(text, dialect, self.back) or text) if MARK.search(text) else text

    def error(self, text: str, known: Iterable[str]) -> str:
        """What an engine said, its first lines, without anything that may be a cell: only names, words of ``known`` and those that errors are said with stay."""
        if self.shown:
            return text[:600]
        names = self._names(known) | WORDS

        def kept(found: re.Match[str]) -> str:
            return found[0] if found[0].casefold() in names else HIDDEN

        return _RUN.sub(HIDDEN, _SAID.sub(kept, self.complaint(text, known)))

    def complaint(self, text: str, known: Iterable[str]) -> str:
        """What we said of a reply: our own words stay, of what they quote only names and words of ``known``."""
        if self.shown:
            return text[:600]
        names = self._names(known)

        def kept(found: re.Match[str]) -> str:
            words = _WORD.findall(found[0].casefold())
            return found[0] if words and all(word in names for word in words) else HIDDEN

        return _QUOTED.sub(kept, "\n".join(text.splitlines()[:3]))[:600]

    def _names(self, known: Iterable[str]) -> set[str]:
        return {word.casefold() for part in (*known, self.question) for word in _WORD.findall(part)}

    def _literal(self, value: str) -> str:
        bare = value.strip("%")
        known = self.shown or bare in self.question or MARK.fullmatch(bare) or _ISO.fullmatch(bare)
        if known and bare not in self.marks.values():
            return value
        return value.replace(bare, self.mark(bare)) if bare else value

    @staticmethod
    def _over(text: str, dialect: str, swap: Any) -> str:
        try:
            tree = sqlglot.parse_one(text, read=dialect)
        except SqlglotError:
            return ""
        for literal in list(tree.find_all(exp.Literal)):
            if literal.is_string:
                literal.set("this", swap(literal.this))
        return tree.sql(dialect=dialect, comments=False)
