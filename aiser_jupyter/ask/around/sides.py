"""Two sides of one thing: did Harbour have more cat than dog visits, club members against everyone else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.around.things import counted_table, things
from aiser_jupyter.ask.plan import ColumnRef, Item, Order, Plan
from aiser_jupyter.ask.sql.render import leaves, tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.read import Read

MORE = re.compile(
    r"^\W*(?:did|do|does|have|has|had) (?:the |our )?(?P<who>.+?) (?:have |has |had |get |got |make |made |see |saw |handle |receive |place |sell |host )?(?P<how>more|fewer|less) (?P<one>[\w' -]+?) than (?P<other>[\w' -]+?)(?P<when>,? (?:in|during|last|this|since|so far|over the) [\w ]+)?\W*$",
    re.IGNORECASE,
)
THERE = re.compile(
    r"^\W*(?:are|were|have|did) (?:there|we|you)(?: had| have| get| sell)? (?P<how>more|fewer|less) (?P<one>[\w' -]+?) than (?P<other>[\w' -]+?)(?P<when>,? (?:in|at|during|last|this|since|so far|over the) [\w ]+)?\W*$",
    re.IGNORECASE,
)
ELSE = re.compile(
    r"^\W*(?P<one>[\w' -]+?) (?:vs\.?|versus|against|compared (?:to|with)) (?:everyone else|everybody else|all (?:the )?(?:others?|rest)|the (?:rest|others?)|others)\W+(?P<figure>.+?)\W*$",
    re.IGNORECASE,
)
REST = re.compile(
    r"^\W*(?P<figure>.+?) (?:of|for|among) (?:the |our )?(?P<one>[\w' -]+?),? (?:vs\.?|versus|against|and|than|(?:as )?compared (?:to|with)) (?:that of |those of )?(?:everyone else|everybody else|all (?:the )?(?:others?|rest)|(?:the )?rest(?: of [\w ]+?)?|(?:the )?others?|other [a-z]+s)\W*$",
    re.IGNORECASE,
)
PLACE = re.compile(r"^(?:in|from|at|by|with|for|on|of) ", re.IGNORECASE)
PLACE_OF = re.compile(r" (?:in|from|at|by|with|for|on|of) ", re.IGNORECASE)
PLAIN = frozenset({"sum", "count", "avg", "min", "max", "median"})


def sides(asked: Asked) -> list[Read]:
    """Whether there is more of the one than of the other; a figure for those with a flag and those without."""
    said = MORE.match(asked.text) or THERE.match(asked.text)
    if said is not None:
        made = _more(asked, said)
        return [made] if made else []
    apart = ELSE.match(asked.text) or REST.match(asked.text)
    if apart is not None:
        made = _else(asked, apart["one"], apart["figure"])
        return [made] if made else []
    return []


def _more(asked: Asked, said: re.Match[str]) -> Read | None:
    who, when = said.groupdict().get("who") or "", said["when"] or ""
    if who.lower() in ("we", "you", "there"):
        who = ""
    one, other = said["one"], said["other"]
    where = PLACE.match(other)
    if where and (noun := PLACE_OF.split(one, maxsplit=1)[0].strip()):
        other = f"{noun} {other}"
    elif len(one.split()) < len(other.split()) and other.split()[-1] not in one:
        one = f"{one} {other.split()[-1]}"
    for way in (f" at {who}", f" of {who}", f" by {who}", f" {who}") if who else ("",):
        reads = [core(asked.part(f"number of {each}{way}{when}")) for each in (one, other)]
        if reads[0] is None or reads[1] is None:
            continue
        tables = [counted_table(asked, r.plan) for r in reads if r is not None]
        first, second = reads[0].plan, reads[1].plan
        if tables[0] is None or tables[0] != tables[1] or first.group or second.group or first.select != second.select:
            continue
        shared = tuple(c for c in first.where if c in second.where)
        halves = [tuple(c for c in p.where if c not in shared) for p in (first, second)]
        if not all(halves) or any(c.plan for half in halves for c in half) or (who and not shared):
            continue
        a, b = (replace(first.select[0], only=half) for half in halves)
        a, b = (b, a) if said["how"].lower() in ("fewer", "less") else (a, b)
        plan = Plan((replace(a, less=b, window="exists"),), (), shared)
        path = asked.schema.graph.path(tables_of(plan))
        if path is None or asked.schema.graph.multiplies(path, tables[0]) or first.select[0].distinct:
            return None
        return turned(asked, reads[0], plan, "sides", reads[1].notes)
    return None


def _else(asked: Asked, who: str, figure: str) -> Read | None:
    """The figure by the column of two values that tells who they are."""
    one = things(asked, f"number of {who}")
    tests = [c for c in one.where if c.operator == "=" and isinstance(c.item.expression, ColumnRef)] if one else []
    if one is None or len(tests) != 1 or len(one.where) != 1:
        return None
    ref = tests[0].item.expression
    if not isinstance(ref, ColumnRef) or asked.schema.view(ref).distinct != 2:  # yes and no
        return None
    base = core(asked.part(figure))
    figures = [i for i in base.plan.select if i.aggregate] if base else []
    if (
        base is None
        or not figures
        or base.plan.group
        or base.plan.limit
        or base.plan.source
        or any(i.aggregate not in PLAIN for i in figures)
    ):
        return None
    plan = replace(base.plan, select=(Item(ref), *base.plan.select), group=(ref,), order=(Order(Item(ref)),))
    path = asked.schema.graph.path(tables_of(plan), plan.via)
    homes = {leaf.table for i in figures for leaf in leaves(i.expression)}
    if path is None or any(asked.schema.graph.multiplies(path, home) for home in homes):
        return None
    return turned(asked, base, plan, "sides", (f"{who} are those with {ref.column} {tests[0].values[0]}",))
