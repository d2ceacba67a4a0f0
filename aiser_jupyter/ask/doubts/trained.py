"""What training reads is doubted for more: it was learned on data of another kind, and leaves words out without saying so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import HALF, LOST, Doubt
from aiser_jupyter.ask.grammar import measures, relations
from aiser_jupyter.ask.grammar.composed import DOING
from aiser_jupyter.ask.plan import ColumnRef, Star
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

UNSAID = 2  # words without a place from which on a query answers something else
FIGURES = 12  # different numbers in a column from which on it is a figure, and no kind of anything
RARELY = 0.7  # what is left of a query that takes a name for what only tells of a row
OTHERS = 0.35  # what is left of a query that counts the things themselves where others of theirs were asked for
# Things by a kind of theirs, with no verb: their number is asked for, and no list of the kinds.
GROUPED = re.compile(
    r"^\W*(?!(?:list|show|find|give|return|display|what|which|who|how|name|get)\b)[\w' -]+? (?:by|per) [\w' -]+\W*$", re.IGNORECASE
)
COUNTING = frozenset({("number", "of"), ("count", "of"), ("how", "many")})


def _unsaid(seen: Seen) -> bool:
    """Whether words have no place in the plan: several, or one that says where from or by what, through the newsletter."""
    if not seen.learned or not seen.schema.trade:
        return False
    return len(seen.missing) >= UNSAID or any(_means(seen, word.lower()) for word in seen.missing)


def _means(seen: Seen, word: str) -> bool:
    """Whether a word that the data does not know says where from or by what something was."""
    if not word.isalpha() or stem(word) in seen.schema.vocabulary or word in relations.forms():
        return False
    return re.search(rf"\b(?:through|via|from|using|by means of) (?:the |our |an? )?{word}\b", seen.text, re.IGNORECASE) is not None


def by_figure(seen: Seen) -> bool:
    """Whether a plan groups what it adds up by another figure, of data that is a business's: total calls by number of operators."""
    if not seen.schema.trade or not seen.shown_figures:
        return False
    lower = seen.linked.question.lower
    for view in filter(None, map(seen.view, seen.plan.group)):
        place = seen.match(view.ref).start
        if measures.amount(view) and (view.distinct > FIGURES or (place > 0 and lower[place - 1] == "per")):
            return True
    return False


def _told_by_figure(seen: Seen) -> bool:
    return seen.learned and by_figure(seen)


def _ungrouped(seen: Seen) -> bool:
    """Whether a plan leaves out a "per", or the "by" of a count, before a name of the data: it groups by nothing and shows no figure."""
    if not seen.learned or (seen.shown_figures and any(plan.group for plan in seen.plans)):
        return False
    if GROUPED.match(seen.text) and not (seen.shown_figures or seen.plan.where or seen.plan.order):
        return True
    linked, lower = seen.linked, seen.linked.question.lower
    names = [match for match in (*linked.tables, *linked.columns) if match.exact == 1.0]
    starts, inside = {match.start for match in names}, {i for match in names for i in match.positions}
    cues = {i for i, word in enumerate(lower) if word in _cues(seen)}
    return any(i not in inside and starts & {i + 1, i + 2} for i in cues)


def _cues(seen: Seen) -> frozenset[str]:
    """The words that call for a group, beside what a plan shows."""
    plan, lower = seen.plan, seen.linked.question.lower
    if plan.order:
        return bag("per")
    if seen.schema.trade:
        return bag("per by each")
    counted = any(lower[i : i + 2] in COUNTING for i in range(len(lower)))
    return bag("per by") if counted or any(item.aggregate in ("avg", "sum") for item in plan.select) else bag("per")


def _by_own_name(seen: Seen) -> bool:
    """Whether a plan counts the rows of a table by the very column that names them, as in albums titled Iron Maiden, where the question asks who has them."""
    plan = seen.plan
    if len(plan.select) != 1 or plan.select[0].aggregate != "count" or not seen.lower & DOING:
        return False
    counted = plan.select[0].expression
    if not isinstance(counted, (Star, ColumnRef)) or counted.table not in seen.schema.table_index:
        return False
    display = seen.schema.table(counted.table).display
    tested = any(test.operator == "=" and test.item.expression in display for test in plan.where)
    return tested and any(ref not in display for mention in seen.linked.mentions for ref, _ in mention.stored)


def _other_name(seen: Seen) -> bool:
    """Whether a value is tested in a column that names no row, where it is the name of a row of a business's data: the artist of a track, and not its composer."""
    if not seen.learned or not seen.schema.trade:
        return False
    held = {(test.item.expression, value) for test in seen.plan.where if test.operator == "=" for value in test.values}
    for mention in seen.linked.mentions:
        shown = {ref: ref in seen.schema.table(ref.table).display for ref, _ in mention.stored}
        names = {(ref, value) for ref, value in mention.stored if shown[ref] and seen.schema.view(ref).naming}
        others = {(ref, value) for ref, value in mention.stored if not shown[ref] and not seen.match(ref).positions}
        if names and not held & names and held & others:
            return True
    return False


DOUBTS = (
    Doubt("unsaid", "words of the question have no place in the query", HALF, _unsaid),
    Doubt("by_figure", "figures are told by another figure", LOST, _told_by_figure),
    Doubt("ungrouped", "figures were asked for by something, and nothing is grouped", LOST, _ungrouped),
    Doubt("other_name", "what is the name of one thing is looked for where it only tells of another", RARELY, _other_name),
    Doubt("by_own_name", "things are counted by their own name, and the name is of something else", OTHERS, _by_own_name),
)
