"""States and kinds: what holds now, what ended, and a state or kind that is tested of what it was said of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.grammar import states
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Days
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.vocabulary.verbs import OVER
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

KINDS = 30  # different values up to which a column tells a kind
STATUSES = 8  # … a state
SHORTEST = 4  # letters that a short name must share with a word to be short for it
PRIORITY = re.compile(r"\b(?:high|low|medium|top|critical|urgent)(?:est)?[- ](?P<what>priority|severity|urgency)\b", re.IGNORECASE)
NOW = re.compile(
    r"\b(?:currently|at the moment|right now|at present|presently|as of (?:now|today)|nowadays|current|active|these days)\b", re.IGNORECASE
)


def _untested_priority(seen: Seen) -> bool:
    said = PRIORITY.search(seen.text)
    tested = {word for test in seen.tests for word in seen.stems_of(test.item.expression)}
    return said is not None and stem(said["what"]) in seen.named - tested


def _other_table(seen: Seen) -> bool:
    """Whether a value right before a noun is tested of another table than the noun's, which has it too: electrical requests are no electrical trade."""
    for mention in seen.linked.mentions if seen.tests else ():
        homes = {ref.table for ref, _ in mention.stored}
        if len(homes) < 2 or any(view.distinct > KINDS for ref, _ in mention.stored if (view := seen.view(ref)) is not None):
            continue  # a name, and no kind of anything
        after = {view.name for view, match in zip(seen.schema.tables, seen.linked.tables, strict=True) if mention.end in match.positions}
        values = {value for _, value in mention.stored}
        tested = {
            test.item.expression.table for test in seen.tests if isinstance(test.item.expression, ColumnRef) and set(test.values) & values
        }
        if homes & after and tested and not tested & after:
            return True
    return False


def _past_too(seen: Seen) -> bool:
    return _over_too(seen) or _left_too(seen)


def _over_too(seen: Seen) -> bool:
    """Whether those of now are counted and nothing is tested, though rows have a day on which they ended."""
    if seen.tests or not seen.shown_figures:
        return False
    return any(
        view.temporal and view.ref.table in seen.tables and set(view.stems) & OVER and not seen.schema.filled(view.ref)
        for view in seen.schema.columns
    )


def _left_too(seen: Seen) -> bool:
    """Whether the data knows who left or what ended, and no state, flag or date is tested."""
    if any(_on_state(seen, test) for test in seen.tests):
        return False
    return any(states.dated(seen.schema, home, states.ENDED) is not None for home in _shown(seen))


def _shown(seen: Seen) -> set[str]:
    """The tables of what is shown."""
    return {leaf.table for item in seen.plan.select for leaf in leaves(item.expression)} & set(seen.schema.table_index)


def _on_state(seen: Seen, test: Condition) -> bool:
    """Whether a status, a flag, or whether a date is there, is tested."""
    view = seen.view(test.item.expression)
    known = view is not None and (view.type == "boolean" or bool(set(view.stems) & states.STATUS) or view.temporal)
    return known or test.operator in ("is null", "is not null")


def _other_day(seen: Seen) -> bool:
    """Whether a state has a date of its own and the rows in it are dated by another: terminated ones by the day they began."""
    dates: set[object] = {part.column for part in seen.parts if isinstance(part, Bucket)}
    told = seen.dates(dates | {test.item.expression for test in seen.tests if test.operator in (">=", "<", "<=", ">")})
    for test in seen.tests if told else ():
        ref = test.item.expression
        if test.operator != "=" or not isinstance(ref, ColumnRef) or len(test.values) != 1:
            continue
        word = str(test.values[0]).lower()
        own = {v.ref for v in seen.schema.columns if v.temporal and v.ref.table == ref.table and _short_for(v.stems, word)}
        if word in seen.lower and own and not own & set(told) and any(one.table == ref.table for one in told):
            return not {w for one in told for w in seen.schema.view(one).stems} & set(seen.linked.question.stems)
    return False


def _short_for(stems: tuple[str, ...], word: str) -> bool:
    """Whether a part of a name is the beginning of a word, or made of the same."""
    return any((len(part) >= SHORTEST and word.startswith(part)) or kin(part, stem(word)) for part in stems)


def _of_another(seen: Seen) -> bool:
    """Whether a state is tested of a table that nobody named, though what was named has a state of its own: open complaints are no open invoices."""
    near = seen.exact | _shown(seen) if seen.tests else set()
    for test in seen.tests:
        view = seen.view(test.item.expression)
        if test.operator != "=" or view is None or view.ref.table in near:
            continue
        if not (set(view.stems) & states.STATUS) or view.distinct > STATUSES:
            continue
        words = {word for value in test.values for word in str(value).lower().split()}
        beside = seen.tables - {view.ref.table}
        own = any(v.ref.table in beside and v.temporal and any(_short_for(v.stems, w) for w in words) for v in seen.schema.columns)
        if own and words & seen.lower:
            return True
    return False


def _verb_as_state(seen: Seen) -> bool:
    """Whether the verb of a time between two dates is also taken for a state: how long it takes to ship is no test for shipped."""
    days = [part for part in seen.parts if isinstance(part, Days)]
    ends = {word for one in days for end in (one.start, one.end) for word in seen.stems_of(end)}
    for test in seen.plan.where if days else ():
        words = {stem(word) for value in test.values for word in str(value).lower().split()}
        told = test.operator == "=" and seen.view(test.item.expression) is not None and words & ends
        if told and sum(token.stem in words for token in seen.linked.question.tokens) == 1:
            return True
    return False


DOUBTS = (
    Doubt("priority", "a high or low priority was asked for, and none is tested", NONE, _untested_priority, PRIORITY, early=True),
    Doubt("kind_of_other", "a kind is tested of another thing than the one that it was said of", NONE, _other_table, early=True),
    Doubt("past_too", "those of now were asked for, and those that ended are read too", LOST, _past_too, NOW),
    Doubt("other_day", "what ended is dated by another day than its end", LOST, _other_day),
    Doubt("state_of_other", "a state is tested of another thing than the one that was named", LOST, _of_another),
    Doubt("verb_as_state", "the verb of a time between two dates is taken for a state", LOST, _verb_as_state),
)
