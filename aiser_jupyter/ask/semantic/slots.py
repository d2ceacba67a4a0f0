"""Slots of a verified query: a value, number or period that its question and its SQL share, and what may take its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.plan import ColumnRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.grammar.periods import Period
    from aiser_jupyter.ask.link import Linked, Mention
    from aiser_jupyter.ask.question import Token
    from aiser_jupyter.ask.schema import Schema

TESTS = (exp.EQ, exp.NEQ, exp.In)


@dataclass(frozen=True)
class Slot:
    """A place for a literal: ``value`` is what stands there, ``column`` where another one must be stored; ``forms`` of a period say how it is written."""

    kind: str
    value: object
    column: ColumnRef | None = None
    forms: tuple[tuple[str, str], ...] = ()

    def read(self, linked: Linked, token: int) -> Iterator[tuple[object, int]]:
        """What may stand in the slot from a token of a question on, and the token behind it."""
        if self.kind == "number":
            found = linked.question.tokens[token]
            if found.kind == "number" and isinstance(found.value, (int, float)) and found.text.endswith("%") is False:
                yield found.value, token + 1
            return
        for mention in linked.mentions:
            if mention.start == token:
                for ref, stored in mention.stored:
                    if ref == self.column:
                        yield stored, mention.end

    def fits(self, period: Period) -> dict[str, str] | None:
        """How a period of a question is written in the forms that the SQL has; None where it has not all of them."""
        ways = dict(forms(period))
        written = {old: ways[form] for form, old in self.forms if form in ways}
        return written if len(written) == len(self.forms) else None

    def put(self, tree: exp.Expr, value: object) -> None:
        """Write another value into the SQL."""
        if isinstance(value, dict):
            for node in list(tree.find_all(exp.Literal)):
                if node.name in value:
                    node.replace(exp.Literal(this=value[node.name], is_string=node.is_string))
            return
        for node in list(tree.find_all(exp.Literal)):
            if self.kind == "number" and not node.is_string and float(node.name) == self.value:
                node.replace(exp.Literal.number(str(value)))
            elif self.kind == "value" and node.is_string and node.name == self.value:
                node.replace(exp.Literal.string(str(value)))

    def told(self, value: object) -> str:
        """The change in words."""
        if isinstance(value, dict):
            return ", ".join(f"{old} was replaced by {new}" for old, new in value.items())
        return f"{self.value} was replaced by {value}"


def value_slot(mention: Mention, tree: exp.Expr, schema: Schema) -> Slot | None:
    """The slot of a stored value that the SQL compares one column with."""
    held = {value for _, value in mention.stored}
    nodes = [node for node in tree.find_all(exp.Literal) if node.is_string and node.name in held]
    if not nodes or len({node.name for node in nodes}) != 1:
        return None
    columns = {_column(node, schema) for node in nodes}
    column = next(iter(columns))
    if len(columns) != 1 or column is None or (column, nodes[0].name) not in mention.stored:
        return None
    return Slot("value", nodes[0].name, column)


def _column(node: exp.Literal, schema: Schema) -> ColumnRef | None:
    """The column that a literal is compared with; None where that is not certain."""
    test = node.parent
    other = (
        test.this
        if isinstance(test, TESTS) and test.this is not node
        else getattr(test, "expression", None)
        if isinstance(test, TESTS)
        else None
    )
    select = node.find_ancestor(exp.Select)
    if not isinstance(other, exp.Column) or select is None:
        return None
    from_ = select.args.get("from_") or select.args.get("from")
    tables = [part.this for part in (from_, *(select.args.get("joins") or [])) if part is not None]
    if any(not isinstance(table, exp.Table) for table in tables):
        return None
    named = {table.alias_or_name.casefold(): found for table in tables if (found := schema.catalog.table(table.name))}
    homes = [named.get(other.table.casefold())] if other.table else list(named.values())
    held = [ColumnRef(table.name, column.name) for table in homes if table and (column := table.column(other.name))]
    return held[0] if len(held) == 1 else None


def number_slot(token: Token, tree: exp.Expr) -> Slot | None:
    """The slot of a number that stands in the SQL once."""
    if not isinstance(token.value, (int, float)):
        return None
    nodes = [node for node in tree.find_all(exp.Literal) if not node.is_string and float(node.name) == token.value]
    return Slot("number", token.value) if len(nodes) == 1 else None


def forms(period: Period) -> list[tuple[str, str]]:
    """How SQL may write a period: its first day, the day after, the last day; a whole year as its number, a whole month as YYYY-MM."""
    found = []
    if period.start:
        found.append(("first", period.start.isoformat()))
    if period.end:
        found += [("after", period.end.isoformat()), ("last", (period.end - timedelta(days=1)).isoformat())]
    if period.start and period.end:
        if (period.start.month, period.start.day, period.end) == (1, 1, date(period.start.year + 1, 1, 1)):
            found.append(("year", str(period.start.year)))
        elif period.start.day == 1 and period.end == (period.start.replace(day=28) + timedelta(days=4)).replace(day=1):
            found.append(("month", period.start.isoformat()[:7]))
    return found


def period_slots(period: Period, tree: exp.Expr) -> Slot | None:
    """The slot of a question's period where the SQL writes all of it; None where it writes a part alone, or nothing."""
    written = {node.name for node in tree.find_all(exp.Literal)}
    found = [(form, text) for form, text in forms(period) if text in written]
    kinds = {form for form, _ in found}
    whole = kinds in ({"year"}, {"month"}) or (
        ("first" in kinds or period.start is None) and (kinds & {"after", "last"} or period.end is None)
    )
    mixed = kinds & {"year", "month"} and kinds & {"first", "after", "last"}
    return Slot("period", None, forms=tuple(found)) if kinds and whole and not mixed else None
