"""Edits that need a whole condition read: how many of those were cancelled, only the ones that stayed, which region has the most of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.compared import beside_in
from aiser_jupyter.ask.around.core import Asked, core
from aiser_jupyter.ask.follow import edit_periods, edits
from aiser_jupyter.ask.grammar import periods
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Item, Plan, Star
from aiser_jupyter.ask.question import read as tokens_of
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.follow.edit_grammar import Turn
    from aiser_jupyter.ask.plan import Condition
    from aiser_jupyter.ask.schema import Schema

# That a thing was not called off is a test of its own, whose words are empty elsewhere.
HAPPENED = re.compile(r"\b(?:took place|taken place|happened|went ahead|were held|showed up|came about|materiali[sz]ed)\b", re.IGNORECASE)
GOING = re.compile(r"\b(?:going|headed|bound|shipped|sent|delivered) (?:to|for)\b", re.IGNORECASE)
OF_EACH = re.compile(r" (?:of|in|for) (?:the|that|each|every|its|their) (?:same )?(?:day|week|month|quarter|year|\w+)$", re.IGNORECASE)
LOWEST = frozenset({"least", "fewest", "lowest", "smallest", "quietest", "weakest", "worst"})


def such(turn: Turn, match: re.Match[str]) -> Plan:
    """Only those of which a condition holds that is told in words of its own."""
    plan = turn.plan
    if plan.source or plan.compound or plan.having or plan.rank_within or any(i.only or i.less for i in plan.select):
        raise NoPlanError
    shared = {c.item for i in plan.select for c in i.among}
    for home in _homes(plan):
        found = _tests(turn, home, match["what"].strip())
        added = tuple(c for c in found if c not in plan.where)
        if HAPPENED.search(match["what"]) and all(_of_time(turn, c) for c in added):
            raise NoPlanError
        if added and not any(c.item in shared for c in added):
            # Another value in the place of the one that was asked for, a test on another column beside the others.
            kept = tuple(c for c in plan.where if c.plan is not None or not any(c.item == new.item for new in added))
            return replace(plan, where=(*kept, *added))
    raise NoPlanError


def _of_time(turn: Turn, test: Condition) -> bool:
    """Whether a test is on a date, and so tells nothing of whether a thing took place."""
    return any(isinstance(leaf, ColumnRef) and turn.schema.view(leaf).temporal for leaf in leaves(test.item.expression))


def counted_such(turn: Turn, match: re.Match[str]) -> Plan:
    """How many of those pass a condition, by the same groups."""
    figures = edits.values(turn.plan)
    if not figures:
        turn.plan = edits.counted(turn.schema, turn.plan)
    elif len(figures) != 1 or figures[0].aggregate != "count" or figures[0].window or figures[0].among:
        raise NoPlanError
    return such(turn, match)


def most_of(turn: Turn, match: re.Match[str]) -> Plan:
    """The one group, of those that are named, with the most or least of what was counted or summed up."""
    plan = turn.plan
    if not edits.values(plan):
        plan = edits.counted(turn.schema, plan)
    if plan.group or len(edits.values(plan)) != 1:
        raise NoPlanError
    said = turn.said(f"by {match['what']}")
    keys, shown = said.groups()
    if not shown:
        raise NoPlanError
    turn.note(said)
    return edits.limited(edits.grouped(plan, keys, shown), 1, descending=match["way"].lower() not in LOWEST)


def share_of(turn: Turn, match: re.Match[str]) -> Plan:
    """The share that what was counted or summed up has in a whole that is named: what share of all customers is that."""
    plan = turn.plan
    figures = edits.values(plan)
    plain = len(figures) == 1 and figures[0] == Item(figures[0].expression, figures[0].aggregate, figures[0].distinct)
    if not plain or figures[0].aggregate not in ("count", "sum") or not plan.where or plan.source or plan.having or plan.limit:
        raise NoPlanError
    what = OF_EACH.sub("", match["what"]) if plan.group else match["what"]
    head = "number of" if figures[0].aggregate == "count" else "total"
    found = core(Asked(Linked(tokens_of(f"{head} {what}"), turn.schema, turn.lexicon), turn.today))
    if (
        found is None
        or found.plan.select != tuple(figures)
        or found.plan.group
        or found.plan.having
        or found.plan.source
        or found.plan.either
    ):
        raise NoPlanError
    among = tuple(c for c in plan.where if c not in found.plan.where)
    path = turn.schema.graph.path(tables_of(plan))
    home = leaves(figures[0].expression)[0].table
    if not among or plan.either or path is None or turn.schema.graph.multiplies(path, home):
        raise NoPlanError
    turn.assumptions += [note for note in found.notes if note not in turn.assumptions]
    turn.assumptions += ["the share is told within each group"] if plan.group else []
    return _told_in(plan, figures[0], among, found.plan.where)


def _told_in(plan: Plan, figure: Item, among: tuple[Condition, ...], where: tuple[Condition, ...]) -> Plan:
    """The plan with the share that those which pass ``among`` have in those which pass ``where``, by the same groups."""
    share = replace(figure, among=among)
    order = tuple(replace(o, item=share) if o.item == figure else o for o in plan.order)
    return replace(plan, select=tuple(share if i == figure else i for i in plan.select), where=where, order=order if plan.group else ())


def share_of_those(schema: Schema, plan: Plan, before: Plan) -> Plan | None:
    """The share that what was counted has in what had been counted before one more test was made; None where that is not how it came."""
    figures = edits.values(plan)
    added = tuple(c for c in plan.where if c not in before.where)
    same = plan.select == before.select and plan.group == before.group and len(figures) == 1 and set(before.where) <= set(plan.where)
    if not same or not added or plan.source or plan.having or plan.limit or plan.either or any(c.plan is not None for c in added):
        return None
    figure = figures[0]
    path = schema.graph.path(tables_of(plan))
    if figure != Item(figure.expression, figure.aggregate, figure.distinct) or figure.aggregate not in ("count", "sum") or path is None:
        return None
    if schema.graph.multiplies(path, leaves(figure.expression)[0].table):
        return None
    return _told_in(plan, figure, added, before.where)


def grown(turn: Turn, match: re.Match[str]) -> Plan:
    """The change of the figure from one period to another."""
    plan, found = turn.plan, periods.find(match["what"], turn.today, apart=True)
    column = edit_periods.date_of(turn.schema, plan)
    figures = edits.values(plan)
    if column is None or len(found) != 2 or len(figures) != 1 or plan.limit or plan.having or plan.source:
        raise NoPlanError
    left = tuple(e for e in plan.group if not isinstance(e, Bucket))
    bare = replace(
        plan,
        select=tuple(i for i in plan.select if not isinstance(i.expression, Bucket)),
        group=left,
        where=(
            *(c for c in plan.where if not edit_periods.about(c, column)),
            *edit_periods.tests_of(column, (found[0].start, found[0].end)),
        ),
        order=(),
    )
    made = beside_in(bare, column, (found[0], found[1]), growth=True, percent=True)
    if made is None:
        raise NoPlanError
    return made


def _homes(plan: Plan) -> tuple[str, ...]:
    """The tables whose rows the plan is about, first what it sums up or lists."""
    items = edits.values(plan) or plan.select
    return tuple(dict.fromkeys(leaf.table for item in items for leaf in leaves(item.expression)))


def _tests(turn: Turn, home: str, said: str) -> tuple[Condition, ...]:
    """What the words test of the rows of a table."""
    name = " ".join(split(home))
    own = set(turn.schema.table(home).stems)
    words = GOING.sub("to", said).split()
    while words and (words[0].lower() in ("the", "for", "those", "all") or stem(words[0].lower()) in own):
        words = words[1:]
    said = " ".join(words)
    if not said:
        return ()
    for joined in ("that are", "with", "that", ""):
        text = f"number of {name} {joined} {said}"
        found = core(Asked(Linked(tokens_of(" ".join(text.split())), turn.schema, turn.lexicon), turn.today))
        if found is None:
            continue
        plan = found.plan
        counts = len(plan.select) == 1 and plan.select[0].aggregate == "count" and not plan.select[0].distinct
        if (
            counts
            and plan.select[0].expression == Star(home)
            and plan.where
            and not (plan.group or plan.having or plan.source or plan.limit)
        ):
            turn.assumptions += [note for note in found.notes if note not in turn.assumptions]
            return plan.where
    return ()
