"""A progress line on standard error: quiet for programs and in logs, a bar for people."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiser_jupyter.events import Event
    from aiser_jupyter.workspaces import Workspace


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A function ``tell(what, done, of)`` that draws where the work stands until the block ends."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def tell(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of)

        yield tell


@contextlib.contextmanager
def queries(ws: Workspace, *, quiet: bool = False) -> Iterator[None]:
    """Draw how far the queries within are, as far as their engines tell it."""
    with contextlib.ExitStack() as stack:
        tell: Callable[[str, int, int], None] | None = None

        def hear(event: Event) -> None:
            nonlocal tell
            share = event.data.get("share", event.data.get("fraction"))
            if event.kind == "query.progress" and isinstance(share, int | float) and not quiet:
                if tell is None:  # rich is loaded for a query that takes a while alone
                    tell = stack.enter_context(progress())
                tell("running", round(100 * share), 100)

        stack.callback(ws.context.events.listen(hear))
        yield
