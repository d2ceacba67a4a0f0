"""Phrases that ask how long something took, with the words of the dates that it runs from and to."""

from __future__ import annotations

import re

IN = "check_in checkin arrival arrived admission admitted admit move_in start started"
OUT = "check_out checkout departure departed discharge discharged move_out end ended"
ORDERED = "order ordered placed purchase created booked"
SHIPPED = "shipped ship shipping dispatched dispatch sent pickup picked"
DELIVERED = "delivered delivery arrived arrival received"
OPENED = "opened open created reported raised submitted filed received start"
RESOLVED = "resolved resolution closed closing solved completed fixed"
BOOKED = "booked booking reserved reservation created ordered order"
BILLED = "issued issue invoice invoiced billed bill"
PAID = "paid payment settled"
STARTED = "started start begin began signup created"
ENDED = "ended end cancelled canceled terminated churned closed expired"
LONG = r"(?:how long|how many (?:days|nights|hours|minutes)|(?:average |avg |mean |median )?(?:time|days|nights|hours))"
# What is asked, and the words of the dates it runs from and to.
KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), start, end)
    for pattern, start, end in (
        (rf"\b(?:length|duration) of (?:the |their |a )?stays?\b|\b(?:nights?|days) (?:per|of each) (?:stay|booking|reservation|visit|admission)\b|\b{LONG} (?:do|does|did) [\w ]{{2,30}}?\bstay(?:ed)?\b|\bstay (?:length|duration)s?\b|\bnights stayed\b", IN, OUT),
        (rf"\b(?:resolution|handling|closing|close|resolve) times?\b|\btimes? to (?:resolve|resolution|close|solve|fix)\b|\b{LONG} (?:do|does|did|to) [\w ]{{0,40}}?\b(?:resolve|close|solve|fix)\b|\b{LONG} (?:it takes? |taken |needed )?(?:to|until) (?:resolve|close|solve|fix|resolution|closing)\b(?: (?:a|an|the) \w+)?", OPENED, RESOLVED),
        (rf"\b(?:delivery|transit|transport) times?\b|\b{LONG} (?:do|does|did) (?:a |an |the |our )?(?:delivery|deliveries|shipments?|parcels?|packages?|consignments?) (?:take|need|last)\b|\btimes? to deliver\b|\b{LONG} (?:it takes? )?(?:to|until) (?:deliver|delivery|arrival)\b|\b{LONG} (?:from|between) (?:ship\w*|dispatch|pickup) (?:to|until|and) (?:deliver\w*|arrival)\b", SHIPPED, DELIVERED),
        (rf"\b(?:processing|fulfil?ment|handling|dispatch|shipping) times?\b|\b{LONG} (?:it takes? )?(?:to|until) (?:ship|dispatch|shipping)\b", ORDERED, SHIPPED),
        (rf"\b(?:booking )?(?:lead|advance) times?\b|\b(?:days|weeks|long|far) (?:ahead|in advance)\b(?: (?:of (?:their |the )?(?:stay|arrival|trip|visit)|(?:do|did|does) [\w ]{{1,20}}? book))?|\b{LONG} (?:between|from) (?:the )?(?:booking|reservation) (?:and|to|until) (?:the )?(?:check[ -]?in|arrival|stay|start)\b|\bbooking window\b", BOOKED, IN),
        (rf"\b(?:payment|collection|settlement) times?\b|\b{LONG} (?:to|until|to get) (?:pay|paid|payment)\b|\b{LONG} (?:does it take )?(?:from|between) (?:the )?(?:invoice|issue|billing|bill)\w* (?:to|until|and) (?:the )?pa(?:id|yment|ying)\b|\b{LONG} (?:do|does|did) [\w ]{{2,30}}? take to (?:pay|settle)\b", BILLED, PAID),
        (r"\b(?:subscription|contract|customer|membership) (?:length|lifetime|lifespan|duration)s?\b|\b(?:length|duration|lifetime) of (?:a |the |our )?(?:subscription|contract|membership)s?\b", STARTED, ENDED),
    )
)  # fmt: skip


def places(text: str) -> list[tuple[int, int]]:
    """Where ``text`` asks how long something took, in characters."""
    return [match.span() for pattern, _, _ in KINDS for match in pattern.finditer(text)]
