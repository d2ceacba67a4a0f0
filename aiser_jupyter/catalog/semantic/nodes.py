"""YAML as nodes that know their line: every value is the text that was written, and every mistake is noted with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from aiser_jupyter.catalog.semantic.model import Place
from aiser_jupyter.catalog.semantic.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

Node = yaml.Node
LONGEST = 2_000_000
NOTHING = frozenset({"", "~", "null"})
TRUE, FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


@dataclass(frozen=True)
class Problem:
    """A mistake: where, what was found, and what to write instead."""

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" {self.hint}" if self.hint else "")


@dataclass
class Document:
    """A YAML text and the mistakes found in it so far; ``file`` is what it is called in them."""

    text: str
    file: str
    problems: list[Problem] = field(default_factory=list)

    def root(self) -> Node | None:
        """The top node, None for an empty text or one that is no YAML, which is noted."""
        if len(self.text) > LONGEST:
            self.problems.append(Problem(Place(self.file), f"the file has {len(self.text):,} characters; at most {LONGEST:,} are read."))
            return None
        try:
            # An alias names another node again, and a few lines of them can stand for billions.
            alias = next((event for event in yaml.parse(self.text, yaml.SafeLoader) if isinstance(event, yaml.AliasEvent)), None)
            if alias is None:
                return yaml.compose(self.text, yaml.SafeLoader)
            self.problems.append(Problem(self._at(alias.start_mark), "anchors and aliases (*) are not read.", "Write the value out."))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._at(mark) if mark else Place(self.file)
            hint = "Within {…} a text with , ? : or brackets stands in quotes." if "expected ','" in str(error.problem) else ""
            self.problems.append(Problem(place, f"this is no valid YAML: {error.problem or error.context}.", hint))
        except (yaml.YAMLError, RecursionError) as error:
            self.problems.append(Problem(Place(self.file), f"this is no valid YAML: {str(error).splitlines()[0]}."))
        return None

    def _at(self, mark: yaml.Mark) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)

    def place(self, node: Node, word: str = "") -> Place:
        """Where a node stands, or where ``word`` first stands in it."""
        mark = node.start_mark
        if word and mark.index is not None and node.end_mark.index is not None:
            found = self.text.casefold().find(word.casefold(), mark.index, node.end_mark.index)
            if found >= 0:
                line = self.text.count("\n", 0, found)
                return Place(self.file, line + 1, found - (self.text.rfind("\n", 0, found) + 1) + 1)
        return self._at(mark)

    def wrong(self, node: Node, message: str, hint: str = "", *, word: str = "") -> None:
        """Note a mistake in ``node``, at ``word`` where that is in it."""
        self.problems.append(Problem(self.place(node, word), message, hint))

    def mapping(self, node: Node | None, what: str) -> list[tuple[str, Node, Node]]:
        """The entries of a mapping as (key, its node, value); a key that comes twice is noted and left out."""
        if node is None or empty(node):
            return []
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} must be a mapping, and {said(node)} stands there.", "Write `name: …` lines.")
            return []
        found: dict[str, tuple[str, Node, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or empty(key):
                self.wrong(key, f"a name in {what} must be a text, and {said(key)} stands there.")
            elif key.value.casefold() in found:
                first = self.place(found[key.value.casefold()][1]).line
                self.wrong(key, f"{what} names {key.value!r} twice; the first is in line {first}.", "Keep one of them.")
            else:
                found[key.value.casefold()] = (key.value, key, value)
        return list(found.values())

    def known(self, node: Node | None, what: str, keys: Iterable[str]) -> dict[str, Node]:
        """The entries of a mapping that has only ``keys``; any other is noted with the nearest of them."""
        allowed = tuple(keys)
        found = {}
        for name, key, value in self.mapping(node, what):
            if name in allowed:
                if not empty(value):
                    found[name] = value
                continue
            hint = did_you_mean(name, allowed) or f"Known: {', '.join(allowed)}."
            if isinstance(node, yaml.MappingNode) and node.flow_style and empty(value):
                hint = "Within {…} a text with a comma stands in quotes."
            self.wrong(key, f"{what} has no key {name!r}.", hint)
        return found

    def items(self, node: Node | None) -> list[Node]:
        """The entries of a list; one value is a list of one."""
        if node is None or empty(node):
            return []
        return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

    def text_of(self, node: Node | None, what: str) -> str:
        """A value as the text that was written, empty where there is none."""
        if node is None or empty(node):
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, f"{what} must be a text, and {said(node)} stands there.")
            return ""
        return node.value.strip()

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """A list of texts, or one text."""
        return tuple(dict.fromkeys(text for one in self.items(node) if (text := self.text_of(one, f"an entry of {what}"))))

    def flag(self, node: Node | None, what: str) -> bool:
        """A true or false, false where there is none."""
        text = self.text_of(node, what).casefold()
        if node is not None and text not in TRUE | FALSE:
            self.wrong(node, f"{what} must be true or false, and {text!r} stands there.")
        return text in TRUE

    def choice(self, node: Node | None, what: str, among: Iterable[str]) -> str:
        """One of some words, empty where there is none."""
        text, allowed = self.text_of(node, what), tuple(among)
        if node is not None and text and text not in allowed:
            self.wrong(node, f"{what} cannot be {text!r}.", did_you_mean(text, allowed) or f"It is one of {', '.join(allowed)}.")
            return ""
        return text


def empty(node: Node) -> bool:
    """Whether nothing is written there, or null."""
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in NOTHING


def said(node: Node) -> str:
    """What a node is, in words."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return f"{node.value!r}" if len(str(node.value)) < 40 else "a text"
