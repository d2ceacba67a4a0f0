"""What falls due, ends or begins in the days to come: leases that run out in the next 90 days."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.things import held, shown, things
from aiser_jupyter.ask.grammar.periods import SMALL, shifted, start_of
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.around.core import Asked
    from aiser_jupyter.ask.reader.read import Read

NEXT = re.compile(
    r"\b(?P<verb>(?:(?:that|which|who) )?(?:(?:will|are|is|do|does|going|set|to|be|have|has) )*(?:running out|run(?:s)? out|expir(?:e|es|ing)|end(?:s|ing)?|finish(?:es|ing)?|due|fall(?:s|ing)? due|mature(?:s)?|start(?:s|ing)?|begin(?:s|ning)?|arriv(?:e|es|ing)|leav(?:e|es|ing)|check(?:s|ing)? ?(?:in|out)|return(?:s|ing)?|renew(?:s|ing)?|scheduled|planned|promised|delivered|shipped)) "
    r"(?:(?:in|within|over|during) )?(?:the )?(?:(?:next|coming|following) (?:(?P<count>\d+|two|three|four|five|six|seven|ten|twelve) )?(?P<unit>day|week|month|quarter|year)s?)\b",
    re.IGNORECASE,
)
KIN = {
    "run": "end expiry expires expiration until valid", "expir": "end expiry expires expiration until valid", "end": "end until",
    "finish": "end finish completion", "due": "due", "fall": "due", "matur": "maturity due", "start": "start begin from", "begin": "start begin from",
    "arriv": "arrival arrive", "leav": "departure leave end", "check": "check", "return": "return due", "renew": "renewal renew end",
    "schedul": "scheduled schedule", "plan": "planned plan", "promis": "promised promise", "deliver": "delivery", "ship": "ship",
}  # fmt: skip


def ahead(asked: Asked) -> list[Read]:
    """The things whose date lies in the days to come, counted or listed; none where no one date of theirs is kin to the verb."""
    said = NEXT.search(asked.text)
    if said is None:
        return []
    one = things(asked, f"{asked.text[: said.start()]} {asked.text[said.end() :]}")
    ref = _date(asked, one.table, said["verb"]) if one is not None else None
    if one is None or ref is None:
        return []
    first, last = _span(said, asked.today)
    tests = (Condition(Item(ref), ">=", (first.isoformat(),)), Condition(Item(ref), "<", (last.isoformat(),)))
    note = f"the period is {first.isoformat()} to {(last - timedelta(days=1)).isoformat()}"
    made = shown(asked, one, (*held(asked, one), *tests), "ahead", (note,))
    return [made] if made else []


def _span(said: re.Match[str], today: date) -> tuple[date, date]:
    """The first of the days to come and the day after the last: so many from tomorrow on, or the next whole month."""
    unit = said["unit"].lower()
    if said["count"] is None:
        start = shifted(start_of(today, unit), unit, 1)
        return start, shifted(start, unit, 1)
    count = SMALL.get(said["count"].lower()) or int(said["count"])
    first = today + timedelta(days=1)
    if unit in ("day", "week"):
        return first, shifted(first, unit, count)
    whole = shifted(first.replace(day=1), unit, count)
    return first, min(whole + timedelta(days=first.day - 1), shifted(whole, "month", 1))


def _date(asked: Asked, table: str, verb: str) -> ColumnRef | None:
    """The one date of a table whose name is kin to a verb."""
    words = re.findall(r"[a-z]+", verb.lower())
    begun = next((kin for word in words for begin, kin in KIN.items() if word.startswith(begin)), "")
    wanted = {stem(w) for w in begun.split()}
    views = [asked.schema.columns[i] for i in asked.schema.table(table).columns]
    if "check" in begun:
        wanted = {stem("in")} if "in" in words else {stem("out")}
    found = [v.ref for v in views if v.temporal and wanted & set(v.stems)]
    return found[0] if len(found) == 1 else None
