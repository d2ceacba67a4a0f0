"""`aiser broker`: connections of this process's user, given to others as the policy lets each of them see."""

from __future__ import annotations

import signal
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.mcp import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.broker.people import People


@click.command("broker")
@click.option("--policy", "policy", type=click.Path(path_type=Path), required=True, help="The policy file; read again when it changes.")
@click.option("--socket", "place", type=click.Path(path_type=Path), required=True, help="The Unix domain socket to listen at (0660).")
@click.option(
    "--on", multiple=True, help="NAME=TARGET: a connection to serve; TARGET is a path, a URL or a reference. Else the profiles here."
)
@click.option("--people", type=click.Path(path_type=Path), help="Who each uid is (docs/governed.md); else the accounts of this machine.")
@click.option("--group", default="", help="The group whose members may open the socket; else the process's own.")
@click.option(
    "--at-once", type=click.IntRange(1, 500), default=5, show_default=True, help="Statements at once on one connection; others wait."
)
@click.option("--user-at-once", type=click.IntRange(1, 500), default=3, show_default=True, help="Statements at once of one user.")
@click.option("--timeout", type=click.FloatRange(0.1, 86400), default=300.0, show_default=True, help="Seconds that a statement may take.")
def command(
    policy: Path, place: Path, on: tuple[str, ...], people: Path | None, group: str, at_once: int, user_at_once: int, timeout: float
) -> int:
    """Hold connections and their credentials, and serve them under a policy to the users of this machine."""
    from aiser_jupyter.broker import serve
    from aiser_jupyter.broker.broker import Broker, Limits
    from aiser_jupyter.policy.watch import Watched
    from aiser_jupyter.workspaces import Workspace

    over = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: over.set())
    ws = Workspace()
    try:
        for number, target in enumerate(on, 1):
            name, where = named(target, number)
            ws.connect(where, name=name)
        limits = Limits(at_once=at_once, user_at_once=user_at_once, timeout_s=timeout)
        broker = Broker(ws.context, Watched(policy), _people(people), limits)
        listening = serve.opened(place, group)
        click.echo(f"Serving {', '.join(broker.names) or 'nothing'} at {place}. SIGTERM ends it.", err=True)
        serve.serve(broker, listening, over.is_set)
    finally:
        ws.close()
    return 0


def _people(path: Path | None) -> Callable[[], People]:
    """Who is who: by the file as it is now, else by the accounts of the machine."""
    from aiser_jupyter.broker import people

    return people.People if path is None else partial(people.load, path)
