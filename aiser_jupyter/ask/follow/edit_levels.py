"""Edits along a hierarchy of the semantic model, or along time: a level down into one of its members, a level up again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.follow import edit_periods, edits
from aiser_jupyter.ask.follow.said import grain_of
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Item
from aiser_jupyter.catalog.semantic.names import split

if TYPE_CHECKING:
    import re

    from aiser_jupyter.ask.follow.edit_grammar import Turn
    from aiser_jupyter.ask.follow.said import Said
    from aiser_jupyter.ask.plan import Condition, Expression, Grain, Plan

Levels = tuple[ColumnRef, ...]
# The week is no part of a month.
FINER: dict[Grain, Grain] = {"year": "quarter", "quarter": "month", "month": "day", "week": "day"}
COARSER: dict[Grain, Grain] = {"quarter": "year", "month": "quarter", "week": "month", "day": "month"}
ORDER: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


def drilled(turn: Turn, match: re.Match[str]) -> Plan:
    """The level below: of the member that is named, with a test on it, else of all that is there."""
    what = (match.groupdict().get("what") or "").strip()
    if not what:
        return _down(turn)
    said = turn.said(what)
    if said.frame.periods:
        return _into_period(turn, said)
    if not said.frame.values:
        raise NoPlanError
    said.nothing_but("values")
    (condition, *more) = said.conditions()
    if more:
        raise NoPlanError
    turn.note(said)
    return _into(turn, condition)


def rolled(turn: Turn, match: re.Match[str]) -> Plan:
    """The level above, or the one that is named; a test on a member of it or of a level below goes."""
    what = (match.groupdict().get("what") or "").strip()
    if grain := grain_of(what) if what else None:
        return _coarser(turn, grain)
    for levels in hierarchies(turn):
        place = _deepest(turn.plan, levels)
        target = _named(turn, what, levels) if what else place - 1
        if 0 <= target < place:
            return _rolled_to(turn, levels, target)
    if not what:
        return _coarser(turn, None)
    raise NoPlanError


def both(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “By category then subcategory”: by the one, and within it by the other."""
    keys: list[Expression] = []
    shown: list[Expression] = []
    for name in ("first", "second"):
        said = turn.said(f"by {match[name]}")
        if said.frame.values or said.frame.periods or grain_of(match[name]):
            raise NoPlanError
        more_keys, more_shown = said.groups()
        if not more_shown:
            raise NoPlanError
        keys, shown = [*keys, *more_keys], [*shown, *more_shown]
        turn.note(said)
    if not edits.values(turn.plan):
        raise NoPlanError
    # Those that are there already take their places anew, in the order that was said.
    select = tuple(item for item in turn.plan.select if item.aggregate or item.expression not in shown)
    left = replace(turn.plan, select=select, group=tuple(e for e in turn.plan.group if e not in shown), rank_within=())
    return edits.reordered(edits.grouped(left, keys, shown), turn.plan)


def hierarchies(turn: Turn) -> list[Levels]:
    """The hierarchies of the semantic model, coarsest level first; those that the plan groups by before those it only tests."""
    definitions = turn.schema.definitions
    found = [tuple(ColumnRef(*split(level)) for level in one.levels) for one in (definitions.model.hierarchies if definitions else ())]
    return sorted(found, key=lambda levels: not any(level in turn.plan.group for level in levels))


def _into(turn: Turn, condition: Condition) -> Plan:
    member = condition.item.expression
    for levels in hierarchies(turn):
        if member in levels[:-1]:
            place = levels.index(member)  # pyright: ignore[reportArgumentType]  # it is one of them
            below = [level for level in levels[place + 2 :] if level in turn.plan.group]
            narrowed = edits.filtered(turn.plan, condition, "narrow")
            return _shown(narrowed, turn, levels, [levels[place + 1], *below])
    raise NoPlanError


def _down(turn: Turn) -> Plan:
    for levels in hierarchies(turn):
        place = _deepest(turn.plan, levels)
        if 0 <= place < len(levels) - 1:
            return _shown(turn.plan, turn, levels, [levels[place + 1]])
    bucket = _bucket(turn.plan)
    return edit_periods.by_grain(turn.plan, bucket.column, _next(FINER, bucket.grain), alone=False)


def _into_period(turn: Turn, said: Said) -> Plan:
    bucket = _bucket(turn.plan)
    said.nothing_but("periods")
    said.understood()
    span = said.span()
    if span is None:
        raise NoPlanError
    turn.note(said)
    plan = edit_periods.during(turn.plan, bucket.column, span)
    return edit_periods.by_grain(plan, bucket.column, _next(FINER, bucket.grain), alone=False)


def _coarser(turn: Turn, grain: Grain | None) -> Plan:
    bucket = _bucket(turn.plan)
    wanted = grain or _next(COARSER, bucket.grain)
    if bucket.grain not in ORDER or wanted not in ORDER or ORDER.index(wanted) <= ORDER.index(bucket.grain):
        raise NoPlanError
    return edit_periods.by_grain(turn.plan, bucket.column, wanted, alone=False)


def _rolled_to(turn: Turn, levels: Levels, target: int) -> Plan:
    kept = [level for level in levels[:target] if level in turn.plan.group]
    lifted = [c for c in turn.plan.where if c.item.expression in levels[target:] and c.operator in ("=", "in") and not c.item.aggregate]
    plan = replace(turn.plan, where=tuple(c for c in turn.plan.where if c not in lifted))
    turn.assumptions += [
        f"the test on {levels[target].column} goes: this is the level above" for c in lifted if c.item.expression == levels[target]
    ]
    return _shown(plan, turn, levels, [*kept, levels[target]])


def _shown(plan: Plan, turn: Turn, levels: Levels, wanted: list[ColumnRef]) -> Plan:
    """The plan by these levels of a hierarchy in the place of its others."""
    naming = [level for level in levels if level not in wanted and turn.schema.view(level).naming]
    standing = [edits.of_table(turn.schema, level.table) for level in naming if level in plan.group]

    def gone(expression: Expression) -> bool:
        return expression not in wanted and (expression in levels or any(stands(expression) for stands in standing))

    select = tuple(item for item in plan.select if item.aggregate or not gone(item.expression))
    left = replace(plan, select=select, group=tuple(e for e in plan.group if not gone(e)), rank_within=())
    made = edits.grouped(left, (), wanted)
    places = {Item(level): place for place, level in enumerate(levels)}
    columns = iter(sorted((item for item in made.select if item in places), key=lambda item: places[item]))
    ordered = tuple(next(columns) if item in places else item for item in made.select)
    return edits.reordered(replace(made, select=ordered), plan)


def _deepest(plan: Plan, levels: Levels) -> int:
    """The finest level that the plan groups by, else the finest it tests; -1 where it has none."""
    grouped = [place for place, level in enumerate(levels) if level in plan.group]
    tested = [levels.index(c.item.expression) for c in plan.where if c.item.expression in levels and c.operator == "="]  # pyright: ignore[reportArgumentType]  # it is one of them
    return max(grouped or tested, default=-1)


def _named(turn: Turn, text: str, levels: Levels) -> int:
    """The place of the level that ``text`` names; -1 for another thing."""
    said = turn.said(f"by {text}")
    said.nothing_but()
    said.understood()
    options = [option.column for noun in said.frame.nouns for option in noun.segment.options]
    return next((levels.index(column) for column in options if column in levels), -1)  # pyright: ignore[reportArgumentType]  # it is one of them


def _bucket(plan: Plan) -> Bucket:
    buckets = [e for e in plan.group if isinstance(e, Bucket)]
    if len(buckets) != 1:
        raise NoPlanError
    return buckets[0]


def _next(ladder: dict[Grain, Grain], grain: Grain) -> Grain:
    if grain not in ladder:
        raise NoPlanError
    return ladder[grain]
