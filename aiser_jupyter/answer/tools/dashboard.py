"""The tool `dashboard`: the figures and charts that a dashboard on a topic should have."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.plain import value
from aiser_jupyter.answer.tools.pages import SAID, shortened
from aiser_jupyter.errors import CannotAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.answer.tiles import Tile
    from aiser_jupyter.context import Context


@dataclass(frozen=True)
class Proposed:
    """The proposed tiles in the order of reading, and the table they are about."""

    table: str
    source: str
    tiles: tuple[Tile, ...]

    def as_json(self) -> dict[str, object]:
        """The proposal as plain JSON: charts as specs over their statements, without rows."""
        return {"v": 1, "table": self.table, "source": self.source, "tiles": [plain(tile) for tile in self.tiles]}


class Dashboard:
    """A proposal; nothing is kept."""

    name = "dashboard"
    description = (
        "Propose the figures and charts of a dashboard on a topic (sales, customers, a table's name): each with its SQL, its chart, why it is there and its place. "
        "The statements have run; read their rows with query."
    )
    read_only = True
    local: frozenset[str] = frozenset()
    schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "about": {
                "type": "string",
                "maxLength": 200,
                "default": "",
                "description": "The topic; what the data say most about where left out.",
            },
            "on": {"type": "string", "description": "The connection; the default one where left out."},
        },
        "additionalProperties": False,
    }

    def run(self, context: Context, arguments: Mapping[str, Any]) -> Proposed:
        """The tiles; `CannotAnswerError` where nothing in the data is about the topic."""
        from aiser_jupyter.answer import tiles, topic
        from aiser_jupyter.query.profile import profile

        catalog = profile(context, arguments.get("on"))
        found = topic.topic(catalog, arguments["about"])
        if found is None:
            raise CannotAnswerError(f"Nothing in {catalog.source} is about {arguments['about']!r}.", hint="describe lists the tables.")
        return Proposed(found.star.table.name, catalog.source, tiles.tiles(context, found))


def plain(tile: Tile) -> dict[str, object]:
    """A tile as plain JSON."""
    found = {"title": tile.title, "reason": tile.reason, "row": tile.row, "columns": tile.columns, "spec": value(asdict(tile.spec))}
    return {**found, "sql": shortened(tile.sql, SAID), "row_count": tile.result.row_count}


TOOL = Dashboard()
