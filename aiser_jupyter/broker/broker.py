"""What all sessions of a broker share: connections, the policy as it is now, who is who, and the bounds that keep one client from stopping others."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.errors import CancelledError, DeadlineError, RefusedError, UsageError
from aiser_jupyter.policy import NOBODY
from aiser_jupyter.query import governed, workers
from aiser_jupyter.query.governed import GovernedSource
from aiser_jupyter.state import Entry, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiser_jupyter.broker.people import Peer, People
    from aiser_jupyter.context import Context
    from aiser_jupyter.identity import Identity
    from aiser_jupyter.policy import Grant, Policy
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.state import Run

_CONTEXTS = 2000  # of users and connections that are remembered
_SLICE_S = 0.2


@dataclass(frozen=True)
class Limits:
    """Bounds of a broker.

    ``sessions`` open at once in all, and ``user_sessions`` of one user; ``at_once`` statements run on one connection and ``user_at_once`` of one user, the others
    wait; ``timeout_s`` is the longest a statement may take, ``hello_s`` how long a client may take to say who it wants, ``stall_s`` how long it may leave rows lying.
    """

    sessions: int = 1000
    user_sessions: int = 32
    at_once: int = 5
    user_at_once: int = 3
    timeout_s: float = 300.0
    hello_s: float = 10.0
    stall_s: float = 60.0


class _Forgetful(State):
    """A history that keeps nothing: what a broker ran stands in its audit log alone, and its memory does not grow."""

    def record(self, run: Run, *, private: bool = False) -> Entry:
        """The run, to be amended by whoever runs it."""
        return Entry(run, private)


class Broker:
    """Connections under a policy, for whoever comes; ``policy`` and ``people`` give what holds at the moment, or raise, and then nobody is served."""

    def __init__(self, context: Context, policy: Callable[[], Policy], people: Callable[[], People], limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._policy = policy
        self._people = people
        # Nothing of anybody is kept here but the audit log: no history, no cache.
        settings = context.settings.model_copy(update={"cache": False, "state": False, "log": None})
        self._context = replace(context, settings=settings, state=_Forgetful(None), resolver=None, caller="broker", held=None)
        self._made: OrderedDict[tuple[object, ...], Context] = OrderedDict()
        self._lock = threading.Condition()
        workers.keep(self.limits.at_once)
        self._sessions: Counter[str] = Counter()
        self._running: Counter[tuple[str, str]] = Counter()
        self._most: dict[str, int] = {}
        if open_to_all := [name for name in context.sources.known() if not policy().governs(name)]:
            raise UsageError(
                f"The policy does not govern the connection {open_to_all[0]}.",
                hint="A broker serves governed connections alone: name it in the policy, or leave it out.",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The connections that are served."""
        return self._context.sources.known()

    def close(self) -> None:
        """Close the connections."""
        self._context.sources.close()

    def identify(self, peer: Peer, token: str) -> Identity:
        """Who a peer is, by what holds now."""
        return self._people().identify(peer, token)

    def context(self, identity: Identity, connection: str, role: str) -> tuple[Context, Source, Grant]:
        """In which context a user asks on a connection, what it is to them and what they may, by the policy as it is now; raises RefusedError where they may not."""
        policy = self._policy()
        key = (identity, connection, role, policy.digest)
        with self._lock:
            found = self._made.get(key)
            if found is not None:
                self._made.move_to_end(key)
        if found is None:
            found = self._under(policy, identity, connection, role)
        source = found.sources.get(connection)
        granted = source.grant if isinstance(source, GovernedSource) else None
        if granted is None or granted.role == NOBODY:
            raise RefusedError(f"The policy shows you nothing of {connection}.", where=identity.told_by, hint="Ask whoever governs it.")
        with self._lock:
            self._made[key] = found
            while len(self._made) > _CONTEXTS:
                self._made.popitem(last=False)
        return found, source, granted

    def _under(self, policy: Policy, identity: Identity, connection: str, role: str) -> Context:
        if connection not in self.names:
            raise UsageError(f"The broker has no connection {connection!r}.", hint="Ask whoever runs it for its name.")
        # An engine in this process could take all its memory with it; a server's own process is another.
        local = self._context.sources.get(connection).capabilities.local
        self._most[connection] = workers.MOST if local else self.limits.at_once
        update = {"policy_role": role, "worker": "always" if local else "never"}
        base = replace(self._context, settings=self._context.settings.model_copy(update=update))
        return governed.under(base, policy, identity)

    @contextmanager
    def session(self, user: str) -> Iterator[None]:
        """Count a session of a user; raises RefusedError where there are too many."""
        with self._lock:
            if self._sessions[user] >= self.limits.user_sessions:
                raise RefusedError(
                    f"You have {self.limits.user_sessions} connections to the broker open.", hint="Close results that you do not read."
                )
            self._sessions[user] += 1
        try:
            yield
        finally:
            with self._lock:
                self._sessions[user] -= 1
                if not self._sessions[user]:
                    del self._sessions[user]

    @contextmanager
    def place(self, user: str, connection: str, seconds: float, stopped: Callable[[], bool]) -> Iterator[None]:
        """A place to run one statement, waited for so long; raises DeadlineError, and CancelledError where the client does not want it any more."""
        until = time.monotonic() + seconds
        with self._lock:
            while self._full(user, connection):
                if stopped():
                    raise CancelledError("The query was cancelled.")
                if time.monotonic() >= until:
                    raise DeadlineError(
                        f"The query waited {seconds:g} s for a place at the broker.", hint="Others are running: try again later."
                    )
                self._lock.wait(_SLICE_S)
            self._running[connection, user] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[connection, user] -= 1
                if not self._running[connection, user]:
                    del self._running[connection, user]
                self._lock.notify_all()

    def _full(self, user: str, connection: str) -> bool:
        mine = sum(count for (_, who), count in self._running.items() if who == user)
        there = sum(count for (where, _), count in self._running.items() if where == connection)
        return mine >= self.limits.user_at_once or there >= min(self.limits.at_once, self._most[connection])
