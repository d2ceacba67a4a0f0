"""Filling a skeleton's slots for one question: a beam over columns, tables and literals."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.learned.agree import trait_fit
from aiser_jupyter.ask.learned.close import EmptySlotError, close, open_literals
from aiser_jupyter.ask.learned.features import column_features, role, table_features
from aiser_jupyter.ask.learned.skeleton import OPEN
from aiser_jupyter.ask.learned.traits import nested
from aiser_jupyter.ask.learned.variants import expand
from aiser_jupyter.ask.plan import ColumnRef, Plan
from aiser_jupyter.ask.sql import ways
from aiser_jupyter.ask.sql.render import tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.learned.skeleton import Skeleton, Use
    from aiser_jupyter.ask.learned.trees import Trees
    from aiser_jupyter.ask.link import Linked, Mention
    from aiser_jupyter.ask.schema import ColumnView

BEAM, BRANCH = 7, 5
JOIN_COST = 0.9
HOPELESS = 7.0
TRAITS, OTHER_WAY = 0.5, 0.4
SLACK = 1.5  # what literals found later may add
STORED, WIDTH = 0.3, 0.15  # for a quoted value that the data has, and for each word of it


@dataclass(frozen=True)
class State:
    """A skeleton partly filled: ``using`` are its tables, ``total`` the scores so far less the cost of joining them."""

    skeleton: Skeleton
    chance: float
    total: float
    columns: dict[str, ColumnRef] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[Mention, int | float | str]] = field(default_factory=dict)
    slot_scores: tuple[float, ...] = ()
    value_scores: tuple[float, ...] = ()
    joins: float = 0.0
    using: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Filled:
    """A skeleton with its slots filled: the plan, the state it came from, its literals, and what its variant scored."""

    plan: Plan
    state: State
    values: dict[str, tuple[Mention, int | float | str]]
    variant: float
    fit: float = 0.0

    @property
    def total(self) -> float:
        """The scores summed by hand, to choose who gets ranked."""
        return self.state.total + self.variant + TRAITS * self.fit

    @cached_property
    def plans(self) -> tuple[tuple[Plan, tuple[str, ...]], ...]:
        """The plan and all plans inside it, outermost first, each with its tables."""
        return tuple((plan, tables_of(plan)) for plan in nested(self.plan))


class Filler:
    """Scores slots of any skeleton for one question."""

    def __init__(self, linked: Linked, column_trees: Trees, table_trees: Trees, keep: int = 24) -> None:
        self.linked, self.schema = linked, linked.schema
        self.column_trees, self.table_trees = column_trees, table_trees
        self._column_rows = column_features(linked)
        self._table_rows = table_features(linked)
        self._kept = self._worth(keep)
        self.chance_of: dict[str, float] = {}
        self._literals: dict[tuple[ColumnRef, bool, bool], list[tuple[float, Mention, int | float | str]]] = {}
        self._scores: dict[tuple[str, tuple[float, ...]], list[tuple[float, int]]] = {}
        self._open: dict[str, list[str]] = {}
        self._most = max((STORED + WIDTH * m.width for m in linked.mentions if m.stored), default=0.0)

    def _worth(self, keep: int) -> np.ndarray:
        rows = self._column_rows
        quick = rows[:, 0] * rows[:, 2] + rows[:, 12] + rows[:, 15] + 0.5 * rows[:, 8] + 0.3 * rows[:, 23] + 0.2 * rows[:, 20]
        return np.sort(np.argsort(-quick, kind="stable")[:keep])

    def prepare(self, chances: list[tuple[float, Skeleton]]) -> None:
        """Score all slots of the skeletons in two sweeps of the trees."""
        skeletons = [skeleton for _, skeleton in chances]
        self.chance_of = {skeleton.key: chance for chance, skeleton in chances}
        for trees, rows, kept, letter in (
            (self.column_trees, self._column_rows, self._kept, "C"),
            (self.table_trees, self._table_rows, np.arange(len(self._table_rows)), "T"),
        ):
            roles = sorted(
                {role(s, name) for s in skeletons for name in s.slots if name[0] == letter}
                - {r for kind, r in self._scores if kind == letter}
            )
            if not roles:
                continue
            chosen = rows[kept]
            table = np.concatenate([np.concatenate([np.tile(np.array(r, np.float32), (len(chosen), 1)), chosen], axis=1) for r in roles])
            odds = trees.score(table).reshape(len(roles), len(chosen))
            for r, line in zip(roles, odds, strict=True):
                logs = -np.log1p(np.exp(-line))
                order = np.argsort(-logs, kind="stable")[: 2 * BRANCH]
                self._scores[letter, r] = [(float(logs[i]), int(kept[i])) for i in order]

    def bound(self, skeleton: Skeleton) -> float:
        """What no filling of a skeleton can exceed: every slot with its best, no two of the same role alike; -inf where the question has too few literals."""
        literals = self._literals_of(skeleton)
        if len(literals) > len(self.linked.mentions):
            return -math.inf
        total, met = self.chance_of[skeleton.key] + len(literals) * self._most, Counter[tuple[str, tuple[float, ...]]]()
        for name in skeleton.slots:
            kind = (name[0], role(skeleton, name))
            scores = self._scores[kind]
            if met[kind] >= len(scores):
                return -math.inf
            total += scores[met[kind]][0]
            met[kind] += 1
        return total

    def _literals_of(self, skeleton: Skeleton) -> list[str]:
        if skeleton.key not in self._open:
            self._open[skeleton.key] = open_literals(skeleton.plan)
        return self._open[skeleton.key]

    def fill(self, skeleton: Skeleton) -> list[State]:
        """The best fillings of one skeleton, not closed yet, best first."""
        chance = self.chance_of[skeleton.key]
        states = [State(skeleton, chance, chance)]
        for name in skeleton.slots:
            literal_uses = _literals(skeleton, name)
            after: list[State] = []
            for state in states:
                floor = after[BEAM - 1].total - SLACK if len(after) >= BEAM else -math.inf
                after = sorted([*after, *self._extend(state, name, literal_uses, floor)], key=lambda s: -s.total)[:BEAM]
            states = after
        return states

    def _extend(self, state: State, name: str, literal_uses: list[tuple[Use, tuple[str, ...]]], floor: float) -> list[State]:
        scored = self._scores[name[0], role(state.skeleton, name)]
        extended: list[State] = []
        for score, i in scored:
            if score < scored[0][0] - HOPELESS or state.total + score < floor or len(extended) >= 2 * BRANCH:
                break
            if name[0] == "T":
                table = self.schema.tables[i].name
                if table not in state.tables.values():
                    extended += self._joined(state, score, table, state.columns, {**state.tables, name: table})
                continue
            view = self.schema.columns[i]
            if view.ref in state.columns.values() or not _fits(view, state.skeleton.uses[name]):
                continue
            for after in self._joined(state, score, view.ref.table, {**state.columns, name: view.ref}, state.tables):
                extended += self._with_values(after, view.ref, literal_uses) if literal_uses else [after]
        return extended

    def _joined(self, state: State, score: float, table: str, columns: dict[str, ColumnRef], tables: dict[str, str]) -> list[State]:
        using, joins = state.using, state.joins
        if table not in using:
            using = using | {table}
            path = self.schema.graph.path(tuple(using))
            if path is None:
                return []
            joins = path.cost
        total = state.total + score - JOIN_COST * (joins - state.joins)
        return [
            State(
                state.skeleton,
                state.chance,
                total,
                columns,
                tables,
                state.values,
                (*state.slot_scores, score),
                state.value_scores,
                joins,
                using,
            )
        ]

    def _with_values(self, state: State, ref: ColumnRef, literals: list[tuple[Use, tuple[str, ...]]]) -> list[State]:
        states = [state]
        for use, names in literals:
            for name in names:
                states = [
                    State(
                        s.skeleton, s.chance, s.total + score, s.columns, s.tables, {**s.values, name: (mention, value)}, s.slot_scores,
                        (*s.value_scores, score), s.joins, s.using,
                    )
                    for s in states
                    for score, mention, value in self.literals(ref, use, name, s)[:3]
                ]  # fmt: skip
        return states

    def literals(self, ref: ColumnRef, use: Use, name: str, state: State) -> list[tuple[float, Mention, int | float | str]]:
        """The literals of the question that ``ref`` may be tested against, with log-scores, best first."""
        key = (ref, use.operator == "between", "%" in name)
        if key not in self._literals:
            self._literals[key] = self._scored(ref, use, name)
        taken = [mention for mention, _ in state.values.values()]
        return [option for option in self._literals[key] if option[1] not in taken] if taken else self._literals[key]

    def _scored(self, ref: ColumnRef, use: Use, name: str) -> list[tuple[float, Mention, int | float | str]]:
        view, start = self.schema.view(ref), self.linked.columns[self.schema.index[ref]].start
        options = []
        for mention in self.linked.mentions:
            stored = dict(mention.stored).get(ref)
            score, value = _literal_score(view, use, name, mention, stored)
            if score > -6.0:
                options.append((score - _apart(start, mention) - 0.01 * mention.start, mention, value))
        return sorted(options, key=lambda o: (-o[0], o[1].start))

    def close(self, state: State) -> list[Filled]:
        """The state as plans, best first; none where a key, a link or a literal has nothing to stand on."""
        taken = {mention for mention, _ in state.values.values()}
        spare = [m for m in self.linked.mentions if m.kind == "number" and m not in taken]
        values = dict(state.values)
        for name in self._literals_of(state.skeleton):
            if name not in values:
                if not spare:
                    return []
                mention = spare.pop(0)
                values[name] = (mention, mention.value)
        literals = {name: value for name, (_, value) in values.items()}
        found = []
        for score, plan in expand(state.skeleton.plan, self.linked, values):
            try:
                closed = close(plan, self.schema, state.columns, state.tables, literals)
            except EmptySlotError:
                continue
            likely = trait_fit(self.linked, closed)
            found.append(Filled(closed, state, values, score, likely))
            found += [
                Filled(other, state, values, score + 1.5 * gain - OTHER_WAY, likely) for gain, other in ways.others(self.linked, closed)
            ]
        return found


def _apart(start: int, mention: Mention) -> float:
    """How far a literal stands from the words of its column, which mostly come right before it."""
    gap = mention.start - start
    return 0.0 if start < 0 else 0.05 * min(10, gap if gap > 0 else 3 - gap)


def _literals(skeleton: Skeleton, name: str) -> list[tuple[Use, tuple[str, ...]]]:
    """The tests in which slot ``name`` meets open literals."""
    found = []

    def look(plan: Plan) -> None:
        for clause, conditions in (("where", plan.where), ("having", plan.having)):
            for condition in conditions:
                expression = condition.item.expression
                if clause == "where" and isinstance(expression, ColumnRef) and expression.table == OPEN and expression.column == name:
                    use = next(u for u in skeleton.uses[name] if u.clause == clause and u.operator == condition.operator)
                    names = tuple(v[1:] for v in condition.values if isinstance(v, str) and v.startswith("$V"))
                    if names:
                        found.append((use, names))
                if condition.plan:
                    look(condition.plan)
        if plan.compound:
            look(plan.compound[1])

    look(skeleton.plan)
    return found


def _fits(view: ColumnView, uses: tuple[Use, ...]) -> bool:
    """Whether a column of this type can stand in all of these places."""
    for use in uses:
        if use.aggregate == "avg" and not (view.numeric or view.temporal):
            return False
        if use.operator == "between" and view.type == "text" and view.stems[-1:] != ("dat",):
            return False
    return True


def _literal_score(view: ColumnView, use: Use, name: str, mention: Mention, stored: str | None) -> tuple[float, int | float | str]:  # noqa: PLR0911  # the first rule that fits, in order
    """How well a mention serves as literal of a test on ``view``, and as what value; -9 where it cannot."""
    like = "%" in name
    if like:
        if view.numeric or mention.kind == "number":
            return (-3.0 if mention.kind == "number" else -9.0), str(mention.value)
        return (-0.2 if mention.kind == "quoted" else -1.0 if mention.kind == "name" else -2.5), str(mention.value)
    if use.operator == "between":
        return (
            (-0.1, mention.value)
            if view.numeric and mention.kind == "number"
            else (-0.7, str(mention.value))
            if mention.kind in ("number", "quoted")
            else (-9.0, "")
        )
    if stored is not None:
        return (STORED if mention.kind == "quoted" else 0.0) + WIDTH * mention.width, stored
    if view.numeric:
        return (-0.3, mention.value) if mention.kind == "number" else (-9.0, "")
    if mention.kind == "quoted" and not mention.stored:
        return -1.0, mention.value
    if mention.kind == "name" and not mention.stored:
        return -1.8, mention.value
    if mention.kind == "number":
        return (-0.9 if view.temporal or view.stems[-1:] in (("dat",), ("year",)) else -2.5), str(mention.value)
    return -4.0 if mention.kind in ("quoted", "value") and view.type == "text" else -9.0, mention.value
