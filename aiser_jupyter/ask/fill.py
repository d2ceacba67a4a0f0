"""Filling a skeleton's slots for one question: a beam over columns, tables and literals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from aiser_jupyter.ask.close import EmptySlotError, close, open_literals
from aiser_jupyter.ask.features import column_features, role, table_features
from aiser_jupyter.ask.plan import ColumnRef, Plan
from aiser_jupyter.ask.skeleton import OPEN

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked, Mention
    from aiser_jupyter.ask.schema import ColumnView
    from aiser_jupyter.ask.skeleton import Skeleton, Use
    from aiser_jupyter.ask.trees import Trees

BEAM, BRANCH = 6, 5
JOIN_COST = 0.9
COMPARING = frozenset({">", "<", ">=", "<=", "between"})


@dataclass(frozen=True)
class Filled:
    """A skeleton with its slots filled: the plan, and what each part of the filling scored."""

    plan: Plan
    skeleton: Skeleton
    chance: float
    columns: dict[str, ColumnRef]
    tables: dict[str, str]
    values: dict[str, tuple[Mention, int | float | str]]
    slot_scores: tuple[float, ...]
    value_scores: tuple[float, ...]
    joins: float

    @property
    def total(self) -> float:
        """The scores summed by hand, to choose who gets ranked."""
        return self.chance + sum(self.slot_scores) + sum(self.value_scores) - JOIN_COST * self.joins


@dataclass(frozen=True)
class _State:
    columns: dict[str, ColumnRef] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[Mention, int | float | str]] = field(default_factory=dict)
    slot_scores: tuple[float, ...] = ()
    value_scores: tuple[float, ...] = ()
    joins: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.slot_scores) + sum(self.value_scores) - JOIN_COST * self.joins

    def using(self) -> tuple[str, ...]:
        return tuple(sorted({ref.table for ref in self.columns.values()} | set(self.tables.values())))


class Filler:
    """Scores slots of any skeleton for one question."""

    def __init__(self, linked: Linked, column_trees: Trees, table_trees: Trees, keep: int = 24) -> None:
        self.linked, self.schema = linked, linked.schema
        self.column_trees, self.table_trees = column_trees, table_trees
        self._column_rows = column_features(linked)
        self._table_rows = table_features(linked)
        self._kept = self._worth(keep)
        self.chance_of: dict[str, float] = {}
        self._scores: dict[tuple[str, tuple[float, ...]], list[tuple[float, int]]] = {}

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

    def fill(self, skeleton: Skeleton) -> list[Filled]:
        """The best fillings of one skeleton, best first."""
        states = [_State()]
        for name in skeleton.slots:
            states = [after for state in states for after in self._extend(state, skeleton, name)]
            states = sorted(states, key=lambda s: -s.total)[:BEAM]
        return [filled for state in states if (filled := self._close(skeleton, state))]

    def _extend(self, state: _State, skeleton: Skeleton, name: str) -> list[_State]:
        scored = self._scores[name[0], role(skeleton, name)]
        extended = []
        if name[0] == "T":
            for score, i in scored[:BRANCH]:
                table = self.schema.tables[i].name
                if table not in state.tables.values():
                    extended += self._joined(state, score, tables={**state.tables, name: table})
            return extended
        uses = skeleton.uses[name]
        literal_uses = [(use, values) for use, values in _literals(skeleton, name)]
        for score, i in scored:
            view = self.schema.columns[i]
            if view.ref in state.columns.values() or not _fits(view, uses):
                continue
            for after in self._joined(state, score, columns={**state.columns, name: view.ref}):
                extended += self._with_values(after, view.ref, literal_uses)
            if len(extended) >= 2 * BRANCH:
                break
        return extended

    def _joined(self, state: _State, score: float, **change: Any) -> list[_State]:
        after = _State(**{**state.__dict__, **change, "slot_scores": (*state.slot_scores, score)})
        tables = after.using()
        path = self.schema.graph.path(tables)
        if path is None:
            return []
        return [_State(**{**after.__dict__, "joins": path.cost})]

    def _with_values(self, state: _State, ref: ColumnRef, literals: list[tuple[Use, tuple[str, ...]]]) -> list[_State]:
        states = [state]
        for use, names in literals:
            for name in names:
                states = [
                    _State(**{**s.__dict__, "values": {**s.values, name: (mention, value)}, "value_scores": (*s.value_scores, score)})
                    for s in states
                    for score, mention, value in self.literals(ref, use, name, s)[:3]
                ]
        return states

    def literals(self, ref: ColumnRef, use: Use, name: str, state: _State) -> list[tuple[float, Mention, int | float | str]]:
        """The literals of the question that ``ref`` may be tested against, with log-scores, best first."""
        view = self.schema.view(ref)
        taken = {mention for mention, _ in state.values.values()}
        options = []
        for mention in self.linked.mentions:
            if mention in taken:
                continue
            stored = dict(mention.stored).get(ref)
            score, value = _literal_score(view, use, name, mention, stored)
            if score > -6.0:
                order = 0.02 * mention.start
                options.append((score - order, mention, value))
        return sorted(options, key=lambda o: (-o[0], o[1].start))

    def _close(self, skeleton: Skeleton, state: _State) -> Filled | None:
        """The state as a plan; None where a key, a link or a literal has nothing to stand on."""
        taken = {mention for mention, _ in state.values.values()}
        spare = [m for m in self.linked.mentions if m.kind == "number" and m not in taken]
        values = dict(state.values)
        for name in open_literals(skeleton.plan):
            if name not in values:
                if not spare:
                    return None
                mention = spare.pop(0)
                values[name] = (mention, mention.value)
        try:
            plan = close(skeleton.plan, self.schema, state.columns, state.tables, {name: value for name, (_, value) in values.items()})
        except EmptySlotError:
            return None
        return Filled(
            plan,
            skeleton,
            self.chance_of[skeleton.key],
            state.columns,
            state.tables,
            values,
            state.slot_scores,
            state.value_scores,
            state.joins,
        )


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
        if use.aggregate in ("sum", "avg") and not view.numeric:
            return False
        if use.operator in COMPARING and view.type == "text" and not view.stems[-1:] == ("dat",):
            return False
    return True


def _literal_score(view: ColumnView, use: Use, name: str, mention: Mention, stored: str | None) -> tuple[float, int | float | str]:
    """How well a mention serves as literal of a test on ``view``, and as what value; -9 where it cannot."""
    like = "%" in name
    if like:
        if view.numeric or mention.kind == "number":
            return (-3.0 if mention.kind == "number" else -9.0), str(mention.value)
        return (-0.2 if mention.kind == "quoted" else -1.0 if mention.kind == "name" else -2.5), str(mention.value)
    if use.operator in COMPARING:
        if view.numeric:
            return (-0.1, mention.value) if mention.kind == "number" else (-9.0, "")
        if view.temporal or view.type == "text":
            return (-0.7, str(mention.value)) if mention.kind in ("number", "quoted") else (-9.0, "")
        return -9.0, ""
    if stored is not None:
        return (0.3 if mention.kind == "quoted" else 0.0) + 0.15 * mention.width, stored
    if view.numeric:
        return (-0.3, mention.value) if mention.kind == "number" else (-9.0, "")
    if mention.kind == "quoted" and not mention.stored:
        return -1.0, mention.value
    if mention.kind == "name" and not mention.stored:
        return -1.8, mention.value
    if mention.kind == "number":
        return -2.5, str(mention.value)
    return -4.0 if mention.kind in ("quoted", "value") and view.type == "text" else -9.0, mention.value
