"""What happened, and whether it is what a query reads: what was sold is among the sales, what ended is dated by its end, who left works here no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import relations, states
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Plan
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked

NOW = re.compile(r"\b(?:currently|presently|at present|right now|at the moment|these days)\b", re.IGNORECASE)
DONE = re.compile(r"(?:ed|sold|bought|paid|sent|lent|built|given|taken|taught)$")
SOLD = frozenset(map(stem, bag("sale sales selling sold sell")))
SHORTEST = 4  # letters that a short name must share with a word to be short for it
STATUSES = 8  # kinds up to which a column tells a state


def names_in(linked: Linked, held: list[object]) -> set[str]:
    """The words of the names of the columns in a plan."""
    return {word for part in held if isinstance(part, ColumnRef) and part in linked.schema.index for word in linked.schema.view(part).stems}


def outside(linked: Linked, held: list[object], plans: list[Plan]) -> bool:
    """Whether something was done of which a table tells, and neither that table nor a name, value or date of it is read: cars sold are no cars that arrived."""
    used = {name for plan in plans for name in tables_of(plan)}
    named, values = (
        names_in(linked, held),
        {stem(w) for p in held if isinstance(p, Condition) for v in p.values for w in str(v).lower().split()},
    )
    for word in linked.question.lower:
        if not DONE.search(word) or word not in relations.forms():
            continue
        base = relations.forms()[word]
        roots = {stem(word), stem(base), base} | (SOLD if base == "sell" else set())
        events = {
            view.name
            for view in linked.schema.tables
            if roots & set(view.stems[-1:]) or any(kin(root, one) for root in roots for one in view.stems[-1:])
            if any(linked.schema.columns[i].temporal for i in view.columns)
        }
        if not events or roots & (named | values) or any(kin(root, one) for root in roots for one in named | values):
            continue
        if not events & used:
            return True
        dates = {part.column for part in held if isinstance(part, Bucket)}
        dates |= {p.item.expression for p in held if isinstance(p, Condition) and isinstance(p.item.expression, ColumnRef)}
        told = [ref for ref in dates if ref in linked.schema.index and linked.schema.view(ref).temporal]
        if told and base == "sell" and not any(ref.table in events for ref in told) and any(ref.table in used for ref in told):
            return True
    return False


def past_too(linked: Linked, plan: Plan, tests: list[Condition]) -> bool:
    """Whether what is so now is asked for where the data knows who left or what ended, and nothing is tested for it."""
    if not NOW.search(linked.question.text) or _on_state(linked, tests):
        return False
    homes = {leaf.table for item in plan.select for leaf in leaves(item.expression)} & set(linked.schema.table_index)
    return any(states.dated(linked.schema, home, states.ENDED) is not None for home in homes)


def _on_state(linked: Linked, tests: list[Condition]) -> bool:
    """Whether anything tests a status, a flag, or whether a date is there."""
    for test in tests:
        ref = test.item.expression
        if test.operator in ("is null", "is not null"):
            return True
        if isinstance(ref, ColumnRef) and ref in linked.schema.index:
            view = linked.schema.view(ref)
            if view.type == "boolean" or set(view.stems) & states.STATUS or view.temporal:
                return True
    return False


def other_day(linked: Linked, held: list[object], tests: list[Condition]) -> bool:
    """Whether a state has a date of its own and the rows in it are dated by another: terminated ones by the day they began."""
    dates = {part.column for part in held if isinstance(part, Bucket)}
    dates |= {t.item.expression for t in tests if isinstance(t.item.expression, ColumnRef) and t.operator in (">=", "<", "<=", ">")}
    told = [ref for ref in dates if ref in linked.schema.index and linked.schema.view(ref).temporal]
    lower = set(linked.question.lower)
    for test in tests:
        ref = test.item.expression
        if test.operator != "=" or not isinstance(ref, ColumnRef) or len(test.values) != 1 or not told:
            continue
        word = str(test.values[0]).lower()
        own = {v.ref for v in linked.schema.columns if v.temporal and v.ref.table == ref.table and _short_for(v.stems, word)}
        own_said = word in lower and own and not own & set(told)
        if own_said and any(one.table == ref.table for one in told):
            said = {w for one in told for w in linked.schema.view(one).stems} & set(linked.question.stems)
            return not said
    return False


def _short_for(stems: tuple[str, ...], word: str) -> bool:
    """Whether a part of a name is the beginning of a word, or made of the same."""
    return any((len(part) >= SHORTEST and word.startswith(part)) or kin(part, stem(word)) for part in stems)


def state_of_another(linked: Linked, plan: Plan, tests: list[Condition]) -> bool:
    """Whether a state is tested of a table that nobody named, though what was named has a state of its own: open complaints are no open invoices."""
    named = {view.name for view, match in zip(linked.schema.tables, linked.tables, strict=True) if match.exact == 1.0}
    shown = {leaf.table for item in plan.select for leaf in leaves(item.expression)} & set(linked.schema.table_index)
    for test in tests:
        ref = test.item.expression
        if test.operator != "=" or not isinstance(ref, ColumnRef) or ref.table in named | shown or ref not in linked.schema.index:
            continue
        view = linked.schema.view(ref)
        if not (set(view.stems) & states.STATUS) or view.distinct > STATUSES:
            continue
        words = {word for value in test.values for word in str(value).lower().split()}
        beside = set(tables_of(plan)) - {ref.table}
        own = [v for v in linked.schema.columns if v.ref.table in beside and v.temporal and any(_short_for(v.stems, w) for w in words)]
        if own and words & set(linked.question.lower):
            return True
    return False
