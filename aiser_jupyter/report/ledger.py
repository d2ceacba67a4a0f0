"""What a document's numbers are and which queries made them, gathered while it is laid out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiser_jupyter.facts import Fact
from aiser_jupyter.report.blocks import Query, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass
class Ledger:
    """Facts by id, queries in the order of their first figure, and what had to be left out."""

    facts: dict[str, Fact] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    untraced: list[str] = field(default_factory=list)
    figures: int = 0

    def figure_id(self) -> str:
        """Give the id of the next figure."""
        self.figures += 1
        return f"f{self.figures}"

    def query(self, sql: str, title: str, detail: str = "") -> str:
        """Note a query and give its id; the same SQL is one query."""
        for query in self.queries.values():
            if query.sql == sql:
                return query.id
        made = Query(f"q{len(self.queries) + 1}", title, sql, detail)
        self.queries[made.id] = made
        return made.id

    def fact(self, fact: Fact) -> str:
        """Note a fact and give the reference to it."""
        self.facts[fact.id] = fact
        return f"[[{fact.id}]]"

    def take(self, prefix: str, found: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Note the facts of one output under ``prefix``; gives the new id of each old one."""
        ids: dict[str, str] = {}
        for i, item in enumerate(found):
            new = f"{prefix}.n{i}"
            ids[str(item["id"])] = new
            self.fact(
                Fact(
                    new,
                    item.get("value"),
                    str(item.get("text", "")),
                    str(item.get("unit", "")),
                    str(item.get("sql", "")),
                    str(item.get("source", "")),
                    moment(item.get("as_of")),
                )
            )
        return ids

    def of(self, prefix: str) -> list[Fact]:
        """Give the facts of one output."""
        return [fact for fact in self.facts.values() if fact.id.startswith(f"{prefix}.")]


def moment(text: object) -> datetime:
    """ISO text as a moment in UTC where it names no zone; the epoch for anything else."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def source(query: str, sql: str, dialect: str, name: str, as_of: str) -> Source:
    """The source line of a figure: its tables as the SQL names them, else the connection's name."""
    return Source(query, tables(sql, dialect) or name, as_of)


def tables(sql: str, dialect: str) -> str:
    """The tables that a statement reads, in order; empty where it cannot be parsed."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(sql, dialect=dialect or None)
    except sqlglot.ParseError:
        return ""
    within = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    names = [table.name for table in tree.find_all(exp.Table) if table.name and table.name not in within]
    return ", ".join(dict.fromkeys(names))
