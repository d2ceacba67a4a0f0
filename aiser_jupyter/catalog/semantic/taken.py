"""A model taken over from another tool's definitions: all its files are read before any of them is understood."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from aiser_jupyter.catalog.semantic.model import Unread
from aiser_jupyter.catalog.semantic.nodes import Document, Node

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from aiser_jupyter.catalog.semantic.model import SemanticModel
    from aiser_jupyter.catalog.semantic.nodes import Problem


class Taken(ABC):
    """Collects what several files say, each of which may name what another one defines."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unread: list[Unread] = []

    @classmethod
    def from_files(cls, files: Sequence[tuple[str, str]]) -> Self:
        """What the files (label, text) say together."""
        found = cls()
        for label, text in files:
            document = Document(text, label)
            root = document.root()
            found.take(document, {name: node for name, _, node in document.mapping(root, "the file")} if root is not None else {})
            found.problems += document.problems
        return found

    @abstractmethod
    def take(self, document: Document, held: dict[str, Node]) -> None:
        """Collect one file by what ``held`` at its top."""

    @abstractmethod
    def model(self) -> SemanticModel:
        """What all files say."""

    def skip(self, what: str, why: str, document: Document, node: Node) -> None:
        """List a definition that is not taken over."""
        self.unread.append(Unread(what, why, document.place(node)))


def held_in(document: Document, node: Node | None) -> dict[str, Node]:
    """The entries of a mapping by their names; none where it is no mapping."""
    import yaml

    return {name: value for name, _, value in document.mapping(node, "an entry")} if isinstance(node, yaml.MappingNode) else {}


def words(name: str) -> str:
    """A name as people say it: underscores are blanks."""
    return name.replace("_", " ").strip()
