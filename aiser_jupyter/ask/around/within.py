"""The first of a ranking inside each group: for every year the employee with the most revenue, the two best courses within every subject."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Expression, Grain, Item, Plan
from aiser_jupyter.ask.reader.assemble import Assembly
from aiser_jupyter.ask.reader.clause import Clause, NoClauseError
from aiser_jupyter.ask.reader.senses import Finder
from aiser_jupyter.ask.reader.when import event_date
from aiser_jupyter.ask.sql.render import leaves, tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.read import Read

FURTHEST = r"(?:top|bottom|best|worst|most|least|fewest|highest|lowest|largest|smallest|biggest|greatest|longest|shortest|oldest|youngest|newest|latest|earliest|most recent|cheapest|priciest|busiest|heaviest|strongest|leading)"
EACH = r"(?:each|every|each and every)(?: of (?:the|our))?"
LEADING = re.compile(
    rf"^\W*(?:for|in|within|per|at|by|from) {EACH} (?P<group>[^,?]+?)(?:,| -|:)? (?P<core>(?:(?:which|what|who|whose|show|list|give|find|name|the)\b).*\b{FURTHEST}\b.*)$",
    re.IGNORECASE,
)
TRAILING = re.compile(
    rf"^(?P<core>.*\b{FURTHEST}\b.*?),? (?:(?:for|in|within|per|at|by|of|from|inside|on) {EACH}|within (?:the|a)|(?<=\w )per) (?P<group>[^,?]+?)(?P<rest>(?: by | with |,| in (?:19|20)\d\d| last | this ).*)?\W*$",
    re.IGNORECASE,
)
GRAINS: dict[str, Grain] = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year", "weekday": "weekday"}
CERTAIN = 0.66  # how strongly a group must be named


def within(asked: Asked) -> list[Read]:
    """The ranking of the core, inside each group that is named before or after it."""
    for pattern in (LEADING, TRAILING):
        said = pattern.match(asked.text)
        if said is None:
            continue
        rest = said.groupdict().get("rest") or ""
        base = core(asked.part(f"{said['core']}{rest}"))
        if base is None or not _ranked(base.plan):
            continue
        plan = _inside(asked, base.plan, said["group"])
        made = turned(asked, base, plan, "rank within") if plan is not None else None
        if made is not None:
            return [made]
    return []


def _ranked(plan: Plan) -> bool:
    return bool(
        plan.limit and plan.order and not plan.rank_within and not plan.source and not plan.compound and not plan.having and not plan.either
    )


def _inside(asked: Asked, plan: Plan, name: str) -> Plan | None:
    keys, shown = _group(asked, plan, name.strip())
    mine = {i.expression for i in plan.select}
    if not shown or set(shown) & mine:
        return None
    figures = [i for i in plan.select if i.aggregate]
    grouped = tuple(dict.fromkeys((*keys, *shown, *plan.group))) if figures or plan.group else ()
    made = replace(
        plan,
        via=(*plan.via, *_along(asked, homes_of(plan)[0], shown)),
        select=(*(Item(e) for e in shown), *plan.select),
        group=grouped,
        rank_within=tuple(keys or shown),
        ties=True,
    )
    return made if _once(asked, made, figures) else None


def homes_of(plan: Plan) -> list[str]:
    """The tables whose rows are ranked."""
    return [leaves(i.expression)[0].table for i in plan.select if i.aggregate] or [leaves(plan.select[0].expression)[0].table]


def _along(asked: Asked, home: str, shown: list[Expression]) -> tuple[ColumnRef, ...]:
    """The key of what is ranked to its calendar, where other tables point to that too."""
    if not isinstance(shown[0], Bucket):
        return ()
    calendar = shown[0].column.table
    keys = asked.schema.catalog.keys
    own = [k for k in keys if k.table == home and k.ref_table == calendar and len(k.columns) == 1]
    return (ColumnRef(home, own[0].columns[0]),) if len(own) == 1 and sum(k.ref_table == calendar for k in keys) > 1 else ()


def _group(asked: Asked, plan: Plan, name: str) -> tuple[list[Expression], list[Expression]]:
    """What the group is: a grain of the date on which what is ranked happened, or the likeliest thing of that name."""
    grain = GRAINS.get(name.lower().removeprefix("calendar ").rstrip("s"))
    homes = homes_of(plan)
    if grain is not None:
        ref = event_date(asked.schema, homes[0], asked.linked.question.lower)
        return ([], [Bucket(ref[0], grain)]) if ref is not None and not ref[1] else ([], [])
    part = asked.part(name)
    chunks = Finder(part.linked, ()).chunks()
    covered = {i for c in chunks for i in range(c.start, c.end)}
    if len(chunks) != 1 or any(i not in covered for i, t in enumerate(part.linked.question.tokens) if t.content and t.kind == "word"):
        return [], []
    options = []
    for sense in chunks[0].senses:
        if sense.kind == "test" or sense.measure or sense.strength < CERTAIN:
            continue
        target = sense.column.table if sense.column else sense.table
        path = asked.schema.graph.path(tuple(dict.fromkeys((*tables_of(plan), target))))
        if path is not None:
            options.append((-sense.strength + 0.05 * path.cost, str(sense.column or sense.table), sense))
    if not options:
        return [], []
    best = min(options)[2]
    try:
        return Assembly(asked.schema, Clause(), asked.linked.question.lower)._group(best.column or best.table)  # noqa: SLF001  # the reader's own way to a group
    except NoClauseError:
        return [], []


def _once(asked: Asked, plan: Plan, figures: list[Item]) -> bool:
    """Whether the join to the groups repeats no row that is summed up or ranked."""
    graph = asked.schema.graph
    path = graph.path(tables_of(plan), plan.via)
    if path is None:
        return False
    homes = {
        leaf.table for i in (figures or [plan.order[0].item]) for leaf in leaves(i.expression) if isinstance(leaf, ColumnRef) or leaf.table
    }
    return not any(graph.multiplies(path, home) for home in homes if not all(i.distinct for i in figures) or not figures)
