"""The share that the rows passing a test have in a figure: what percentage of the bills came in late, what share of revenue comes from repeat orders."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core, turned
from aiser_jupyter.ask.sql.render import leaves, tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Item, Plan
    from aiser_jupyter.ask.reader.read import Read

PART_OF = re.compile(
    r"^\W*(?:(?:what|which)(?: is| was| are)? |show |give )?(?:the )?(?:share|percentage|percent|proportion|fraction|portion|part|%) (?:of|from) (?:all (?:of )?)?(?:the |our |my |these |those )*(?P<told>.+?)\W*$",
    re.IGNORECASE,
)
VERB = re.compile(
    r"\b(?:(?:that|which|who) )?(?:comes? from|came from|(?:is|are|was|were|be) (?:made|placed|earned|spent|due) (?:by|to|in|with|on|from)|stems? from|goes to|went to|falls? on|belongs? to|(?:is|are|was|were) from|"
    r"is|are|was|were|has|have|had|do|does|did|(?:ended|ends?) up(?: in| as| with)?|resulted in|results? in|led to|turned into|became|got|gets?|came in|came|contains?|includes?|uses?|paid|went|go|goes|still|never|not|\w{3,}ed)\b",
    re.IGNORECASE,
)
SPLITS = 3  # so many ways to part the whole from its test are tried
LIGHT = re.compile(
    r"^(?:(?:that|which|who) )?(?:comes? from|came from|stems? from|goes to|went to|falls? on|ended up(?: in| as| with)?|ends? up(?: in| as| with)?|resulted in|results? in|led to|turned into|became|came in|came)$",
    re.IGNORECASE,
)
FROM = re.compile(r"\b(?:from|to|on)$", re.IGNORECASE)
RELATIVE = re.compile(r"^(?:that|which|who) ", re.IGNORECASE)


def shared(asked: Asked) -> list[Read]:
    """The share of the rows, or of their sum, that pass the test told after its whole."""
    said = PART_OF.match(asked.text.replace("?", " "))
    if said is None:
        return []
    told = said["told"]
    splits = [match for match in VERB.finditer(told) if match.start() > 2 and match.end() < len(told)]
    for split in splits[::-1][:SPLITS]:
        found = _split(asked, told[: split.start()].strip(), split.group(), told[split.end() :].strip())
        if found is not None:
            return [found]
    return []


def _split(asked: Asked, what: str, verb: str, test: str) -> Read | None:
    """The share, where the words before the verb are a whole and those from there on a test."""
    plain = RELATIVE.sub("", verb)
    telling = ("from" if FROM.search(verb) else "with") if LIGHT.match(verb) else f"that {plain}"
    for head in ("number of", "total"):
        whole = core(asked.part(f"{head} {what}"))
        if whole is None or not _plain(whole.plan):
            continue
        for joined in dict.fromkeys((telling, plain)):
            part = core(asked.part(f"{head} {what} {joined} {test}"))
            plan = _share(asked, whole.plan, part.plan) if part is not None else None
            if part is not None and plan is not None:
                return turned(asked, part, plan, "share")
        return None
    return None


def _plain(plan: Plan) -> bool:
    figures = [i for i in plan.select if i.aggregate]
    return (
        len(figures) == 1
        and len(plan.select) == 1
        and figures[0].aggregate in ("count", "sum")
        and not (figures[0].distinct or figures[0].window or figures[0].among or figures[0].over or figures[0].only)
        and not (plan.limit or plan.having or plan.source or plan.compound or plan.either or plan.group)
    )


def _share(asked: Asked, whole: Plan, part: Plan) -> Plan | None:
    figures = [i for i in part.select if i.aggregate]
    if figures != [i for i in whole.select if i.aggregate] or part.having or part.source or part.limit or part.compound or part.either:
        return None
    among = tuple(c for c in part.where if c not in whole.where)
    if not among:
        return None
    item: Item = replace(figures[0], among=among)
    home = leaves(item.expression)[0].table
    path = asked.schema.graph.path(tables_of(part))
    if path is None or asked.schema.graph.multiplies(path, home):
        return None
    shown = tuple(i for i in part.select if not i.aggregate)
    order = tuple(replace(o, item=item) if o.item == figures[0] else o for o in part.order)
    return replace(part, select=(*shown, item), where=whole.where, order=order)
