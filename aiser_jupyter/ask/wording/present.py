"""What is told of the present, as an adjective of what it is true of: people we employ now are current employees, turbines still in operation current turbines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.vocabulary.verbs import OVER
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

COUNT = re.compile(r"\bcurrent (?P<count>(?:total )?(?:number|count)) of (?:the |our )?(?P<what>[a-z]+)\b", re.IGNORECASE)
EMPLOY = re.compile(
    r"\b(?P<ask>how many|number of) (?:people|persons|employees|staff|workers|colleagues) (?:do|does) (?:we|it|the (?:company|firm|business)) "
    r"(?:(?:currently|now|presently|still) )?employ(?:,? (?:right now|now|currently|today|at the moment|at present))?\b(?! (?:at|in|per|for) (?:each|every)\b)",
    re.IGNORECASE,
)
RUNNING = re.compile(
    r"\b(?P<ask>how many|number of|which|what|list(?: the| all)?|show(?: me)?(?: the| all)?) (?:of (?:the|our) )?(?P<what>[a-z]+) "
    r"(?:(?:that|which|who) )?(?:are |is )?(?:still |currently )?(?:in (?:operation|service|use)|operational|operating|up and running|on duty)\b",
    re.IGNORECASE,
)


def plainly(text: str, schema: Schema) -> str:
    """``text`` with what is told of now as "current", where the data tells when such things were over."""
    if _ends(schema, "employee") and (found := EMPLOY.search(text)):
        text = text[: found.start()] + f"{found['ask']} current employees" + text[found.end() :]
    text = COUNT.sub(lambda m: f"{m['count']} of current {m['what']}" if _ends(schema, m["what"]) else m.group(), text)
    return RUNNING.sub(lambda m: f"{m['ask']} current {m['what']}" if _ends(schema, m["what"]) else m.group(), text)


def _ends(schema: Schema, word: str) -> bool:
    """Whether things of a name have a day on which they were over, which some do not have."""
    homes = {i for i, table in enumerate(schema.tables) if table.stems[-1:] == (stem(word.lower()),)}
    return any(v.table in homes and v.temporal and OVER & set(v.stems) and not schema.filled(v.ref) for v in schema.columns)
