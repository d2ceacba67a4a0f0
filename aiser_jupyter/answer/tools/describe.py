"""The tool `describe`: which connections, tables and columns there are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.plain import value
from aiser_jupyter.answer.tools.given import table as known
from aiser_jupyter.answer.tools.pages import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.catalog import Catalog, Table
    from aiser_jupyter.context import Context

MOST_TABLES = 200
MOST_COLUMNS = 400


@dataclass(frozen=True)
class Described:
    """The connections, and the tables of one; or the columns of one table with type, range and key."""

    connections: tuple[str, ...]
    source: str
    dialect: str
    tables: tuple[dict[str, object], ...] = ()
    table: str = ""
    columns: tuple[dict[str, object], ...] = ()
    left_out: int = 0

    def as_json(self) -> dict[str, object]:
        """The description as plain JSON."""
        found: dict[str, object] = {"v": 1, "connections": list(self.connections), "source": self.source, "dialect": self.dialect}
        found |= {"table": self.table, "columns": list(self.columns)} if self.table else {"tables": list(self.tables)}
        return found | ({"left_out": self.left_out} if self.left_out else {})


class Describe:
    """What there is to ask about."""

    name = "describe"
    description = "List the tables of a connection with their rows and columns; with table, that table's columns with type, missing and distinct values, range and key."
    read_only = True
    local: frozenset[str] = frozenset()
    schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "table": {"type": "string", "minLength": 1, "description": "A table, for its columns."},
            "like": {"type": "string", "minLength": 1, "description": "Only tables whose name has this in it."},
            "on": {"type": "string", "description": "The connection; the default one where left out."},
        },
        "additionalProperties": False,
    }

    def run(self, context: Context, arguments: Mapping[str, Any]) -> Described:
        """The tables, or the columns of one."""
        from aiser_jupyter.query.profile import profile

        catalog = profile(context, arguments.get("on"))
        blank = Described(context.sources.names(), catalog.source, catalog.dialect)
        if "table" not in arguments:
            like = arguments.get("like", "").casefold()
            named = [one for one in catalog.tables if like in one.name.casefold()]
            listed = tuple(
                {"name": full(one), "kind": one.kind, "rows": one.row_count, "columns": len(one.columns)} for one in named[:MOST_TABLES]
            )
            return Described(blank.connections, blank.source, blank.dialect, listed, left_out=max(len(named) - MOST_TABLES, 0))
        found = known(context, arguments["table"], catalog.source)
        measured = catalog.table(found.name) or found
        if context.caller and context.model_access(catalog.source) != "values":
            measured = replace(measured, columns=tuple(replace(one, statistics=None) for one in measured.columns))
        listed = tuple(column(catalog, measured, place) for place in range(len(measured.columns[:MOST_COLUMNS])))
        return Described(
            blank.connections,
            blank.source,
            blank.dialect,
            table=full(measured),
            columns=listed,
            left_out=max(len(measured.columns) - MOST_COLUMNS, 0),
        )


def full(table: Table) -> str:
    """The table's name with its schema."""
    return f"{table.schema}.{table.name}" if table.schema else table.name


def column(catalog: Catalog, table: Table, place: int) -> dict[str, object]:
    """One column of a table; what is not known is left out."""
    one = table.columns[place]
    found: dict[str, object] = {"name": shortened(one.name, 200), "type": one.type, "db_type": one.db_type, "nullable": one.nullable}
    if one.comment:
        found["comment"] = shortened(one.comment, 500)
    if one.primary:
        found["key"] = "primary"
    for link in catalog.keys:
        if link.table == table.name and one.name in link.columns:
            found["points_to"] = f"{link.ref_table}.{link.ref_columns[link.columns.index(one.name)]}"
            found["declared"] = link.declared
    if one.statistics is not None:
        seen = one.statistics
        found |= {
            "missing": seen.nulls,
            "distinct": seen.distinct,
            "from": shortened(value(seen.minimum), 100),
            "to": shortened(value(seen.maximum), 100),
        }
    return found


TOOL = Describe()
