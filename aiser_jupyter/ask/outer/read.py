"""Reads a question as one that is made of others, where it has such a form."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer import among, colon, during, with_share
from aiser_jupyter.ask.outer import but_never as denied
from aiser_jupyter.ask.outer import together as joint
from aiser_jupyter.ask.outer.against import against
from aiser_jupyter.ask.outer.but_never import but_never
from aiser_jupyter.ask.outer.core import Outer
from aiser_jupyter.ask.outer.grew import grew
from aiser_jupyter.ask.outer.latest import latest
from aiser_jupyter.ask.outer.middle import middle
from aiser_jupyter.ask.outer.net import net
from aiser_jupyter.ask.outer.of_them import of_them
from aiser_jupyter.ask.outer.stock import stock
from aiser_jupyter.ask.outer.together import together
from aiser_jupyter.ask.plan import ColumnRef, Star
from aiser_jupyter.ask.wording.normal import mended

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.plan import Item, Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

FORMS = (
    among.among,
    with_share.with_share,
    during.during,
    colon.colon,
    grew,
    but_never,
    together,
    of_them,
    stock,
    latest,
    middle,
    against,
    net,
)
TWO = (denied.asked, joint.asked)
FIGURE = re.compile(
    r"\b(?:units|revenue|sales|turnover|total|average|avg|median|numbers?|counts?|quantity|share|rate|percentage)\b", re.IGNORECASE
)
ONE_OF_TWO = 0.6  # what a reading costs that asks for two things, and tests one or mixes them


def heard(schema: Schema, text: str, read: Callable[[str], list[Scored]]) -> list[Scored]:
    """The readings of ``text``: of the first form whose parts are all read, else those of the whole."""
    outer = Outer(schema, mended(text, schema), read)
    for form in FORMS:
        if made := form(outer):
            return made
    found = read(text)
    return [one if _whole(outer.text, one.plan) else replace(one, confidence=one.confidence * ONE_OF_TWO) for one in found]


def _whole(text: str, plan: Plan) -> bool:
    """Whether a plan, made of no parts, may answer a question that is made of several."""
    if among.AMONG.match(text) or during.ASKED.match(text):
        return False
    if (said := colon.ASKED.match(text)) is not None and FIGURE.search(said["figure"]):
        return bool(figures(plan))
    if with_share.asked(text):
        return len(figures(plan)) > 1
    if any(asked(text) for asked in TWO):
        return len([c for c in plan.where if c.plan]) > 1 or _of_one_row(plan)
    return True


def figures(plan: Plan) -> list[Item]:
    """What a plan shows that is summed up or counted."""
    return [item for item in plan.select if item.aggregate]


def _of_one_row(plan: Plan) -> bool:
    """Whether both tests are on columns of the very rows that are counted, each of which says something else: with a partner and with dependents."""
    tests = [c.item.expression for c in plan.where if c.plan is None and isinstance(c.item.expression, ColumnRef)]
    counted = {item.expression.table for item in plan.select if isinstance(item.expression, (Star, ColumnRef))}
    return len(set(tests)) == len(tests) > 1 and {test.table for test in tests} == counted
