"""The things that a phrase is about: rows of one table, counted or listed, and the tests that they pass."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.reader.display import display
from aiser_jupyter.ask.sql.render import leaves, tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.read import Read

COUNT = r"(?:how many(?: different)?|(?:the |our |total )*(?:number|count) of)"
COUNTED = re.compile(rf"^\W*(?:and )?{COUNT} ", re.IGNORECASE)
HOW_MANY = re.compile(
    r"\s*[,;:–-]*\s*\bhow many(?: (?:are|were) (?:there|they|those|these|it)| (?:is|was) (?:it|that))?\W*$", re.IGNORECASE
)
ASKED = re.compile(
    r"^\W*(?:(?:which|what|list|show|give|find|name|return|get|display|who are|what are|which are|me|us|all|of|the|our|those|any|please)\s+)*",
    re.IGNORECASE,
)
DANGLING = re.compile(
    r"(?:(?:^|\s+)(?:that|which|who|whose|with|where|is|are|was|were|be|been|has|have|had|do|did|does|and|,|:|-|–|there|priced|currently|still|made|came|come|came in|paid|valued|costing))+\s*$",
    re.IGNORECASE,
)
WITH = re.compile(r"\bwith(?: any| some)? [a-z]+$", re.IGNORECASE)
RANKED = re.compile(r"\b(?:top|most|least|fewest|highest|lowest|average|avg|mean|median|total|share|percent|percentage)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Things:
    """Rows of ``table`` that the plan of ``base``, which counts them, selects; ``counted`` where their number is asked for."""

    table: str
    base: Read
    counted: bool

    @property
    def where(self) -> tuple[Condition, ...]:
        """The tests that they pass."""
        return self.base.plan.where


def things(asked: Asked, text: str) -> Things | None:
    """What ``text`` counts or lists; None where it is anything else, or a word of it has no place."""
    counted = bool(COUNTED.match(text)) or bool(HOW_MANY.search(text))
    told = HOW_MANY.sub("", COUNTED.sub("", text).strip(" ?.!,"))
    told = DANGLING.sub("", ASKED.sub("", told)).strip(" ?.!,;:")
    if not told or RANKED.search(told):
        return None
    base = core(asked.part(f"number of {told}"))
    base = _with_any(asked, told, base) if base is not None else None
    table = counted_table(asked, base.plan) if base is not None else None
    return Things(table, base, counted) if base is not None and table is not None else None


def _with_any(asked: Asked, told: str, base: Read) -> Read:
    """The rows "with children" as those whose number of them is above 0, and not as two figures."""
    figures = base.plan.select
    if len(figures) != 2 or not WITH.search(told) or [i.aggregate for i in figures] != ["count", "sum"]:  # their number and the total
        return base
    ref = figures[1].expression
    if not isinstance(figures[0].expression, Star) or not isinstance(ref, ColumnRef) or ref.table != figures[0].expression.table:
        return base
    view = asked.schema.view(ref)
    if view.low != 0 or not isinstance(view.high, int):
        return base
    test = Condition(Item(ref), ">", (0,))
    return replace(base, plan=replace(base.plan, select=figures[:1], where=(*base.plan.where, test)))


def counted_table(asked: Asked, plan: Plan) -> str | None:
    """The table whose rows a plan counts, each once, and does nothing else but group them."""
    figures = [i for i in plan.select if i.aggregate]
    if len(figures) != 1 or plan.limit or plan.having or plan.source or plan.compound or plan.either:
        return None
    item = figures[0]
    if item.aggregate != "count" or item.window or item.among or item.over or item.only or item.less:
        return None
    leaf = item.expression
    if isinstance(leaf, Star) and not item.distinct:
        return leaf.table
    if not isinstance(leaf, ColumnRef) or not item.distinct or leaf.table not in asked.schema.table_index:
        return None
    if asked.schema.table(leaf.table).key == leaf:
        return leaf.table
    above = [k.ref_table for k in asked.schema.catalog.keys if k.table == leaf.table and k.columns == (leaf.column,)]
    return above[0] if len(above) == 1 and above[0] in asked.schema.table_index else None


def homes(condition: Condition) -> tuple[str, ...]:
    """The tables that a test is about."""
    found = [leaf.table for leaf in leaves(condition.item.expression)]
    return tuple(dict.fromkeys((*found, *(leaf.table for leaf in (leaves(condition.other.expression) if condition.other else ())))))


def below(asked: Asked, table: str, condition: Condition) -> bool:
    """Whether a test is on rows of which one of ``table`` may have several."""
    path = asked.schema.graph.path(tuple(dict.fromkeys((table, *homes(condition)))))
    return path is not None and asked.schema.graph.multiplies(path, table)


def among_keys(asked: Asked, table: str, where: tuple[Condition, ...], *, without: bool = False, tables: tuple[str, ...] = ()) -> Condition:
    """The test that a row of ``table`` is, or is not, one of those whose joined rows pass ``where``; raises LookupError where it has no key."""
    key = asked.schema.table(table).key
    if key is None:
        raise LookupError(table)
    inner = Plan((Item(key),), tuple(dict.fromkeys((table, *tables))), where)
    if asked.schema.graph.path(tables_of(inner)) is None:
        raise LookupError(table)
    return Condition(Item(key), "not in" if without else "in", (), inner)


def held(asked: Asked, one: Things) -> tuple[Condition, ...]:
    """Its tests as tests on rows of its own table: those on what a row may have several of by a nested query."""
    low = tuple(c for c in one.where if c.plan is None and below(asked, one.table, c))
    rest = tuple(c for c in one.where if c not in low)
    beside = several(asked, one)
    return (*rest, among_keys(asked, one.table, low, tables=beside)) if low or beside else rest


def several(asked: Asked, one: Things) -> tuple[str, ...]:
    """The tables that its plan joins only so that a row of them is there, of which one thing may have several."""
    graph = asked.schema.graph
    paths = {name: graph.path((one.table, name)) for name in one.base.plan.tables if name != one.table}
    return tuple(name for name, path in paths.items() if path is not None and graph.multiplies(path, one.table))


def shown(asked: Asked, one: Things, where: tuple[Condition, ...], kind: str, notes: tuple[str, ...] = ()) -> Read | None:
    """The things that pass ``where``, counted or listed as was asked, by the groups of their plan."""
    plan = one.base.plan
    if one.counted:
        made = replace(plan, select=tuple(_once(asked, one.table, i) for i in plan.select), where=where, tables=())
        figures = [i for i in made.select if i.aggregate]
        order = tuple(replace(o, item=figures[0]) if o.item.aggregate else o for o in plan.order)
        made = replace(made, order=order)
    else:
        if plan.group:
            return None
        rows = display(asked.schema, one.table)
        made = Plan(tuple(Item(ref) for ref in rows), (), where)
    path = asked.schema.graph.path(tables_of(made))
    if path is None or asked.schema.graph.multiplies(path, one.table):
        return None
    return turned(asked, one.base, made, kind, notes)


def _once(asked: Asked, table: str, item: Item) -> Item:
    """A count of rows, which no join repeats any longer."""
    if item.aggregate != "count":
        return item
    del asked
    return Item(Star(table), "count")
