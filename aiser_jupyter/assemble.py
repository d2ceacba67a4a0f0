"""The parts a workspace stands on, put together once."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from aiser_jupyter import clock as clocks
from aiser_jupyter import identity
from aiser_jupyter.context import Context
from aiser_jupyter.errors import AiserError
from aiser_jupyter.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiser_jupyter.clock import Clock
    from aiser_jupyter.errors import StateError
    from aiser_jupyter.events import Events
    from aiser_jupyter.settings import Profile, Settings
    from aiser_jupyter.sources.registry import Registry
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.state.history import History


def context(path: str | Path, *, clock: Clock | None, resolver: Callable[[str], object | None] | None) -> Context:
    """The context of the workspace that ``path`` lies in: settings read, nothing connected, nothing written."""
    from aiser_jupyter import logs, metrics, settings
    from aiser_jupyter.catalog.store import CatalogStore
    from aiser_jupyter.events import Events
    from aiser_jupyter.query import governed
    from aiser_jupyter.sources import encryption, policy_table
    from aiser_jupyter.sources.registry import Registry
    from aiser_jupyter.sources.shelf import Shelf
    from aiser_jupyter.state import State

    root = settings.find_root(path)
    knobs = settings.load(root)
    folder = root / settings.FOLDER
    events, clock = Events(), clock or clocks.from_environment()
    who = identity.from_environment()
    state = State(
        folder if knobs.state else None,
        keep_days=knobs.history_days,
        on_trouble=partial(_trouble, events, clock),
        team=partial(_team, knobs.state_url, knobs.tenant, who.user) if knobs.state_url and knobs.state else None,
    )
    encryption.use(state, wanted=knobs.encrypt, reference=knobs.encrypt_key)
    catalogs = CatalogStore()
    registry = Registry(knobs.default, _profiles(knobs), root, shelf=Shelf(state), changed=catalogs.drop)
    made = Context(
        sources=registry,
        catalogs=catalogs,
        settings=knobs,
        state=state,
        identity=who,
        policy=Policy(),
        clock=clock,
        events=events,
        resolver=resolver,
        held=policy_table.held(root),
    )
    made = governed.under(made, made.held() if made.held is not None else Policy(), made.identity)
    metrics.of(made.events).watch(partial(_open, registry))
    if knobs.log is not None:
        logs.to_file(made.events, root / knobs.log)
    return made


def _team(address: str, tenant: str, user: str) -> History:
    """Where a team's history is kept; raises SettingsError for an address that is none of PostgreSQL."""
    from aiser_jupyter.errors import SettingsError
    from aiser_jupyter.sources.reference import is_reference, secret
    from aiser_jupyter.state.postgres import PostgresHistory

    url = secret(address) if is_reference(address) else address
    if url.partition(":")[0].lower() not in ("postgresql", "postgres"):
        raise SettingsError(
            "A team's history is kept in PostgreSQL alone.",
            where="state_url",
            hint="The address begins with postgresql://; leave it out for .aiser/state.db.",
        )
    return PostgresHistory(url, tenant, user)


def _trouble(events: Events, clock: Clock, error: StateError | None) -> None:
    """Tell the listeners that the store cannot be used (``state.trouble``), or can again (``state.well``)."""
    from aiser_jupyter.events import Event

    told = error.as_json() if error is not None else {}
    events.emit(Event("state.trouble" if error is not None else "state.well", clock.now(), told))


def _open(registry: Registry) -> list[Source]:
    """The connections that are open now."""
    found = []
    for name in registry.names():
        with suppress(AiserError):  # closed meanwhile
            found.append(registry.get(name))
    return found


def _profiles(knobs: Settings) -> dict[str, Profile]:
    """The profiles of the settings, and one named ``database`` where the environment has a DATABASE_URL."""
    from aiser_jupyter.settings import Profile

    given = {"database": Profile(url="env:DATABASE_URL")} if os.environ.get("DATABASE_URL") else {}
    return {**given, **knobs.connections}
