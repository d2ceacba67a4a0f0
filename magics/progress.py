"""A bar under a cell while a query runs long, and a notice after a slow one; nothing of the bar stays in the notebook."""

from __future__ import annotations

import contextlib
import time
from threading import Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.events import Event
    from aiser_jupyter.workspaces import Workspace

AFTER_S = 1.0  # a query that is done sooner shows no bar
EVERY_S = 0.2


class Bar:
    """The bar of one query: shown once it ran ``AFTER_S``, moved by ``query.progress``, taken away at the end.

    ``only`` says that its cell holds nothing else that could show something.
    """

    def __init__(self, *, only: bool = False) -> None:
        self._only = only
        self._began = time.monotonic()
        self._handle: Any = None
        self._drawn = 0.0
        self._share: float | None = None
        self._over = False

    def move(self, event: Event) -> None:
        """Take what an event tells: ``share`` or ``fraction`` from 0 to 1."""
        told = event.data.get("share", event.data.get("fraction"))
        if isinstance(told, int | float) and 0 <= told <= 1:
            self._share = max(float(told), self._share or 0.0)  # a bar that goes back says nothing
        self.draw()

    def draw(self) -> None:
        """Show how far it is, not more often than an eye can follow."""
        now = time.monotonic()
        if self._over or now - self._began < AFTER_S or now - self._drawn < EVERY_S:
            return
        from IPython.display import display

        self._drawn = now
        forms = self._forms(now - self._began)
        if self._handle is None:
            self._handle = display(forms, raw=True, display_id=True)
        else:
            self._handle.update(forms, raw=True)

    def publish(self, forms: dict[str, Any]) -> None:
        """Show what the query gave in the place of the bar, or by itself where there is none."""
        from IPython.display import display

        self._over = True
        if self._handle is None:
            display(forms, raw=True)
        else:
            self._handle.update(forms, raw=True)
            self._handle = None

    @property
    def visible(self) -> bool:
        """Whether the bar is shown now."""
        return self._handle is not None

    def end(self) -> None:
        """Leave nothing behind: the output goes where it is the cell's only one, else it stays without content."""
        self._over = True
        if self._handle is None:
            return
        self._handle.update({}, raw=True)
        self._handle = None
        if self._only:
            from IPython.display import clear_output

            clear_output()

    def _forms(self, seconds: float) -> dict[str, str]:
        if self._share is None:
            text = f"running, {seconds:.0f} s"
            return {"text/plain": text, "text/html": f'<progress aria-label="Query" max="1"></progress> {text}'}
        filled = round(20 * self._share)
        text = f"{self._share:.0%}, {seconds:.0f} s"
        bar = f'<progress aria-label="Query" max="1" value="{self._share:.3f}"></progress> {text}'
        return {"text/plain": f"[{'#' * filled}{'.' * (20 - filled)}] {text}", "text/html": bar}


@contextlib.contextmanager
def shown(ws: Workspace, *, only: bool = False) -> Iterator[Bar]:
    """Show how far the queries within are, what the slow ones could do, and that they could not be written down."""
    bar = Bar(only=only)
    said: list[Event] = []

    def hear(event: Event) -> None:
        if event.kind == "query.progress":
            bar.move(event)
        elif event.kind in {"query.slow", "state.trouble"}:
            said.append(event)

    stop = ws.context.events.listen(hear)
    timer = Timer(AFTER_S + 0.05, bar.draw)  # an engine that tells nothing still shows that it runs
    timer.daemon = True
    timer.start()
    try:
        yield bar
    finally:
        stop()
        timer.cancel()
        bar.end()
        for event in said:
            tell(event)


def tell(event: Event) -> None:
    """Say of a slow query what could make it faster, and of a store that cannot be used what to do."""
    data = event.data
    if event.kind == "state.trouble":
        note(f"{data.get('message')} {data.get('hint')}")
        return
    elapsed = data.get("elapsed_ms")
    took = f"The query took {float(elapsed) / 1000:,.1f} s." if isinstance(elapsed, int | float) else "The query was slow."
    hints = data.get("hints")
    said = [str(hint) for hint in hints] if isinstance(hints, list | tuple) else []
    note(" ".join([took, *said]))


def note(text: str) -> None:
    """Show a line below what the cell shows."""
    from html import escape

    from IPython.display import display

    display({"text/plain": text, "text/html": f'<p class="aiser-note" style="font-size:12px;opacity:.75">{escape(text)}</p>'}, raw=True)
