"""The other names that a semantic model gives tables, columns and values, and what it hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.words import stem, stems
from aiser_jupyter.catalog.values import WORD, ValueHit

if TYPE_CHECKING:
    from aiser_jupyter.catalog.semantic import SemanticModel


class Named:
    """What a checked model calls the elements of its catalog."""

    def __init__(self, model: SemanticModel) -> None:
        self.names: dict[ColumnRef | str, tuple[tuple[str, ...], ...]] = {}
        self.values: list[tuple[tuple[str, ...], ValueHit]] = []
        self._hidden: set[tuple[str, str]] = set()
        self._labels: dict[str, tuple[ColumnRef, ...]] = {}
        for table in model.tables:
            self._keep(table.name, table.synonyms)
            self._labels[table.name] = tuple(ColumnRef(table.name, column) for column in table.label)
            if table.hidden:
                self._hidden.add((table.name, ""))
            for column in table.columns:
                self._keep(ColumnRef(table.name, column.name), column.synonyms)
                if column.hidden:
                    self._hidden.add((table.name, column.name))
                for value, words in column.values:
                    hit = ValueHit(table.name, column.name, value)
                    self.values += [(tuple(stem(word) for word in WORD.findall(said.casefold())), hit) for said in words]

    def _keep(self, element: ColumnRef | str, synonyms: tuple[str, ...]) -> None:
        said = tuple(found for name in synonyms if (found := stems(name)))
        if said:
            self.names[element] = said

    def hidden(self, table: str, column: str = "") -> bool:
        """Whether a table, or a column of it, is not asked about."""
        return (table, "") in self._hidden or (table, column) in self._hidden

    def label(self, table: str) -> tuple[ColumnRef, ...]:
        """The columns that name a row, where the model says them."""
        return self._labels.get(table, ())
