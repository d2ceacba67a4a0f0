from __future__ import annotations

from datetime import UTC, datetime

from aiser_jupyter.events import Event, Events


def test_tells_listeners_in_order_until_they_stop():
    events, told = Events(), []
    stop = events.listen(lambda event: told.append(("first", event.kind)))
    events.listen(lambda event: told.append(("second", event.kind)))
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    events.emit(Event("query.done", moment))
    stop()
    stop()
    events.emit(Event("query.failed", moment))
    assert told == [("first", "query.done"), ("second", "query.done"), ("second", "query.failed")]
