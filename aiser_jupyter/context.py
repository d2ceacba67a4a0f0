"""What every function above the road takes: one frozen carrier of all that a run depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.policy import viewer
from aiser_jupyter.trust import values_to_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.catalog.store import CatalogStore
    from aiser_jupyter.clock import Clock
    from aiser_jupyter.events import Events
    from aiser_jupyter.identity import Identity
    from aiser_jupyter.policy import Policy
    from aiser_jupyter.policy.role import ModelAccess
    from aiser_jupyter.settings import Copy, Settings
    from aiser_jupyter.sources.registry import Registry
    from aiser_jupyter.state import State
    from aiser_jupyter.trust import Consent


@dataclass(frozen=True)
class Context:
    """Connections, what is known of them, who asks, what is allowed, where things are kept, and what time it is.

    ``resolver`` gives the value behind a name of the notebook (a frame, a Result, a number), or None. ``caller`` is who the parts run for where
    that is not the user at this machine: ``mcp`` for another assistant; history names it, and its statements are trusted no more than a model's. ``held`` gives the
    policy as it is now, which may be another than ``policy``: see `query.governed.current`.
    """

    sources: Registry
    catalogs: CatalogStore
    settings: Settings
    state: State
    identity: Identity
    policy: Policy
    clock: Clock
    events: Events
    resolver: Callable[[str], object | None] | None = None
    caller: str = ""
    held: Callable[[], Policy] | None = None

    @property
    def viewer(self) -> str:
        """Who looks, in one word: what is kept for one is not given to another. Empty where there is no policy."""
        return viewer(self.policy, self.identity, self.settings.policy_role, self.settings.tenant)

    def copy_for(self, connection: str) -> Copy:
        """What may be kept of what runs on ``connection``: its profile's ``copy``, else results of local files and metadata of databases.

        Of several, joined by `` + ``, the strictest decides.
        """
        if " + " in connection and connection not in self.sources:
            allowed = {self.copy_for(name) for name in connection.split(" + ")}
            return next(copy for copy in ("none", "metadata", "results") if copy in allowed)
        # One that could not be opened is taken for a server's: the less is kept.
        open_ = connection in self.sources
        local = self.sources.get(connection).capabilities.local if open_ else connection not in self.settings.connections
        return self.settings.copy_for(connection, local=local)

    def model_access(self, connection: str) -> ModelAccess:
        """What a language model may be told of ``connection``: all but by consent where it is not governed, else what the user's role allows."""
        if not self.policy.governs(connection):
            return "values"
        return self.policy.role(self.identity, self.settings.policy_role).model

    def values_to_model(self, connection: str) -> Consent:
        """Whether cell values of ``connection`` may be sent to a language model: where the policy lets them and somebody entitled asked for it."""
        if self.model_access(connection) != "values":
            return "no"
        return values_to_model(self.settings, self.sources.root, connection)
