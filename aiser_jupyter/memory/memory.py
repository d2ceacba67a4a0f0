"""The memory of one workspace and user: teach, keep, find, forget."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from aiser_jupyter import features
from aiser_jupyter.errors import AiserError, RefusedError, SettingsError, UsageError
from aiser_jupyter.memory import bm25, bounds, hear, masking, session
from aiser_jupyter.memory.entry import EVERYONE, Entry, Kind, Owner, checked
from aiser_jupyter.memory.sqlite import SqliteMemory
from aiser_jupyter.memory.store import from_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aiser_jupyter.context import Context
    from aiser_jupyter.memory.store import MemoryStore

_USERINFO = re.compile(r"://[^/@]*@")
NEAREST = 20
REST_S = 60.0
RESTING = "memory was not used: it failed a moment ago"
T = TypeVar("T")


def of(context: Context) -> Memory:
    """The memory that a context reaches."""
    return Memory(context)


def enabled() -> bool:
    """Whether memory is on: ``AISER_ENABLE_MEMORY=false`` switches it off."""
    return features.enabled("memory")


@dataclass(frozen=True)
class Memory:
    """What is remembered for one user of one workspace.

    Taught words, verified queries and preferences are kept once they are confirmed; episodes (question, restatement, SQL) as they happen, where
    the workspace has its folder. What ``copy = none`` forbids to keep stays in this process.
    """

    context: Context

    @property
    def enabled(self) -> bool:
        """Whether anything is remembered at all."""
        return enabled()

    @property
    def session(self) -> session.Session:
        """What this process remembers by itself."""
        return session.of(self.context.state, self.context.viewer)

    # Where things are kept

    def owner(self, on: str | None = None, *, everyone: bool = False) -> Owner:
        """Whose memory it is on a connection (the default one where None); of no place in particular where there is no connection."""
        return Owner(self.context.settings.tenant, EVERYONE if everyone else self.context.identity.user, self.place(on))

    def place(self, on: str | None = None) -> str:
        """A digest of a connection's address, which knows no password and no user, and where it is governed of the role; empty without a connection."""
        context = self.context
        sources = context.sources
        name = on or sources.default
        if not name:
            return ""
        told = name
        with suppress(AiserError):
            told = _USERINFO.sub("://", sources.get(name).place) or name
        if context.policy.governs(name):
            # What was asked in one role may name what another does not see.
            told = f"{told}\0{context.policy.role(context.identity, context.settings.policy_role).name}"
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

    def lasting(self) -> MemoryStore | None:
        """The store that outlives this process: the team's, else the workspace's file; None while there is no folder."""
        if self.context.settings.memory_url:
            return self._team(self.context.settings.memory_url)
        return SqliteMemory(self.context.state) if self.context.state.file is not None else None

    def _team(self, address: str) -> MemoryStore:
        from aiser_jupyter.sources.reference import is_reference, secret

        here = self.session
        if here.team is None:
            here.team = from_url(secret(address) if is_reference(address) else address)
        return here.team

    def _stores(self) -> list[MemoryStore]:
        lasting = self.lasting()
        return [self.session.own, *([lasting] if lasting is not None else [])]

    def _home(self, on: str | None) -> MemoryStore:
        """Where a confirmed thing is kept: lastingly unless the connection's copy mode, or ``state = false``, forbids it."""
        name = on or self.context.sources.default
        if name and self.context.copy_for(name) == "none":
            return self.session.own
        if not self.context.settings.memory_url and self.context.state.folder is not None and self.context.state.file is None:
            self.context.state.create()
        return self.lasting() or self.session.own

    def quietly(self, what: Callable[[], T], otherwise: T) -> tuple[T, str]:
        """What ``what`` gives, or ``otherwise`` and why: a store that fails must not cost an answer, and is left alone for a minute."""
        here = self.session
        if not self.enabled:
            return otherwise, ""
        if time.monotonic() < here.rest_until:
            return otherwise, RESTING
        try:
            return what(), ""
        except (AiserError, sqlite3.Error) as error:
            here.rest_until = time.monotonic() + REST_S
            return otherwise, f"memory was not used: {error.message if isinstance(error, AiserError) else error}"

    # What is known

    def entries(self, on: str | None = None, kinds: Sequence[Kind] = ()) -> list[Entry]:
        """What is remembered of a connection, oldest first, without what has expired."""
        if not self.enabled:
            return []
        owner, now = self.owner(on), self.context.clock.now()
        found = [entry for store in self._stores() for entry in store.find(owner, kinds)]
        return [entry for entry in found if not bounds.expired(entry, now, self.context.settings)]

    def everything(self) -> list[Entry]:
        """All that is remembered for this user, of every connection, oldest first."""
        owner = self.owner()
        return [entry for store in self._stores() for entry in store.all(owner.tenant, owner.user)]

    def hear(self, question: str, on: str | None = None) -> hear.Heard:
        """The question with the taught words of a connection put in place."""
        return hear.hear(question, self.entries(on, ("synonym",)))

    def verified(self, on: str | None = None) -> list[dict[str, str]]:
        """The verified queries of a connection as ``{"question", "sql", "on"}``, with the ``note`` that an answer by one must carry."""
        return [
            {"question": e.text, "sql": e.value["sql"], "on": e.connection, "note": f"answered by the query kept on {hear.day(e.at)}"}
            for e in self.entries(on, ("verified",))
        ]

    def near(self, question: str, on: str | None = None, limit: int = NEAREST) -> list[Entry]:
        """What bears on a question: preferences, taught words in it, then the nearest verified queries and episodes above the floor."""
        entries = self.entries(on)
        heard = hear.hear(question, [e for e in entries if e.kind == "synonym"])
        used = set(heard.used)
        first = [e for e in entries if e.kind == "preference"] + [e for e in entries if e.id in used]
        rest = [e for e in entries if e.kind in ("verified", "episode")]
        return first + self._ranked(heard.text, rest)[:limit]

    def search(self, words: str, on: str | None = None) -> list[Entry]:
        """The entries whose words are nearest to ``words``, nearest first; of every connection where none is named."""
        return self._ranked(words, self.entries(on) if on else self.everything())

    def _ranked(self, question: str, entries: Sequence[Entry]) -> list[Entry]:
        scores = bm25.relevances(question, [entry.words() for entry in entries])
        floor = self.context.settings.memory_relevance
        ranked = sorted(zip(scores, entries, strict=True), key=lambda pair: (-pair[0], pair[1].kind != "verified", -pair[1].id))
        return [entry for score, entry in ranked if score >= floor and score > 0]

    # What is learned

    def lesson(self, kind: Kind, text: str, value: Mapping[str, str], on: str | None = None, *, everyone: bool = False) -> Entry:
        """An entry about a connection, not kept yet."""
        now = self.context.clock.now()
        name = on or self.context.sources.default or ""
        policy = self.context.policy
        if everyone and policy.governs(name) and not policy.role(self.context.identity, self.context.settings.policy_role).auditor:
            raise RefusedError(
                f"{name} is governed, and what you teach everyone may name what others do not see.",
                hint="Teach it for yourself, or ask somebody whose role is an auditor.",
            )
        return checked(Entry(kind, " ".join(text.split()), value, self.owner(on, everyone=everyone), name, now, now))

    def propose(self, entry: Entry) -> int:
        """Hold an entry until it is confirmed; the number to keep it by."""
        return self.session.propose(entry)

    def keep(self, number: int) -> Entry:
        """Keep what was proposed under that number; raises UsageError where nothing was."""
        self._on()
        entry = self.session.proposals.get(number)
        if entry is None:
            known = ", ".join(map(str, self.session.proposals)) or "none"
            raise UsageError(f"Nothing was proposed under number {number}.", hint=f"Proposed in this session: {known}.")
        kept = self.learn(entry)
        del self.session.proposals[number]
        return kept

    def learn(self, entry: Entry) -> Entry:
        """Keep a confirmed entry."""
        self._on()
        store = self._home(entry.connection or None)
        owned = store.find(entry.owner)
        same = any(e.kind == entry.kind and e.text.casefold() == entry.text.casefold() and e.owner == entry.owner for e in owned)
        if not same:
            bounds.room(owned, self.context.settings)
        return store.put(entry)

    def remember(self, question: str, restated: str, sql: str, dialect: str, on: str) -> Entry | None:
        """Keep what was asked as an episode, as far as the connection's copy mode lets it, where there is a place to keep it."""
        store = self.lasting()
        if not self.enabled or store is None or not self.context.settings.memory_items:
            return None
        value = masking.episode(question, restated, sql, dialect, self.context.copy_for(on))
        if value is None:
            return None
        text = value["question"][:2_000]
        entry = self.lesson("episode", text or masking.HIDDEN, {k: v for k, v in value.items() if k != "question"}, on)
        kept = store.put(entry)
        self.prune(store, entry.owner)
        return kept

    def prune(self, store: MemoryStore, owner: Owner) -> int:
        """Take away what is expired or over the bound; how many."""
        here = self.session
        entries = store.find(owner)
        if here.pruned and len(entries) <= self.context.settings.memory_items:
            return 0
        here.pruned = True
        gone = bounds.over(entries, self.context.clock.now(), self.context.settings)
        return store.remove(owner.tenant, owner.user, [entry.id for entry in gone]) if gone else 0

    def note_used(self, ids: Iterable[int]) -> None:
        """Count a use of entries, so that what is useful stays."""
        numbers, now = list(ids), self.context.clock.now()
        tenant = self.context.settings.tenant
        lasting = self.lasting()
        self.session.own.used(tenant, [n for n in numbers if n < 0], now)
        if lasting is not None:
            lasting.used(tenant, [n for n in numbers if n > 0], now)

    # What is forgotten

    def forget(self, what: int | str | None = None, *, everything: bool = False) -> tuple[int, str]:
        """Forget an entry by number, all that a phrase stands in, or everything; how many entries went, and why bytes may still be readable.

        With a taught phrase go the episodes that hold it, the proposals, and the short-term turns that hold it.
        """
        known = self.everything()
        if everything:
            gone = known
        elif isinstance(what, int) or (isinstance(what, str) and re.fullmatch(r"-?\d+", what.strip())):
            number = int(what)
            gone = [e for e in known if e.id == number]
            if not gone:
                raise UsageError(f"Memory has no entry {number}.", hint="%aiser memory show lists each with its number.")
            if gone[0].kind in ("synonym", "verified"):
                gone += [e for e in known if e.kind == "episode" and _holds(e, gone[0].text)]
        elif what and what.strip():
            gone = [e for e in known if _holds(e, what)]
            if not gone and not any(_holds(e, what) for e in self.session.proposals.values()):
                raise UsageError(f"Memory holds nothing with “{what.strip()}”.", hint="%aiser memory show lists what it holds.")
        else:
            raise UsageError("Say what to forget.", hint="A number, a phrase, or everything: %aiser memory forget --all.")
        return self._remove(gone, [e.text for e in gone if e.taught] if not everything else None)

    def _remove(self, gone: Sequence[Entry], phrases: Sequence[str] | None) -> tuple[int, str]:
        owner, here = self.owner(), self.session
        count = here.own.remove(owner.tenant, owner.user, [e.id for e in gone if e.id < 0])
        left = ""
        lasting = self.lasting()
        if lasting is not None:
            count += lasting.remove(owner.tenant, owner.user, [e.id for e in gone if e.id > 0])
            left = lasting.erase()
        if phrases is None:
            here.proposals.clear()
            here.turns.clear()
        else:
            for number in [n for n, e in here.proposals.items() if any(_holds(e, phrase) for phrase in phrases)]:
                del here.proposals[number]
        return count, left

    # In and out

    def export(self) -> list[dict[str, Any]]:
        """Everything as plain data."""
        return [entry.as_json() for entry in self.everything()]

    def take(self, items: Sequence[Mapping[str, Any]]) -> int:
        """Keep exported entries as this user's; how many. Raises UsageError for an item that is none."""
        self._on()
        entries = [self._imported(number, item) for number, item in enumerate(items, 1)]
        for entry in entries:
            self._home(entry.connection if entry.connection in self.context.sources else None).put(entry)
        return len(entries)

    def _imported(self, number: int, item: Mapping[str, Any]) -> Entry:
        from aiser_jupyter.memory.entry import moment

        try:
            value = {str(k): str(v) for k, v in dict(item["value"]).items()}
            owner = replace(self.owner(everyone=bool(item.get("everyone"))), place=str(item.get("place", "")))
            entry = Entry(
                item["kind"],
                str(item["text"]),
                value,
                owner,
                str(item.get("connection", "")),
                moment(item["at"]),
                moment(item["used_at"]),
                int(item.get("uses", 0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(
                "An entry of the file cannot be read.", where=f"entry {number}: {error}", hint="Give a file that `memory export` wrote."
            ) from None
        needed = {"synonym": ("means",), "verified": ("sql",), "preference": ("value",), "episode": ("sql",)}.get(entry.kind, ())
        if any(name not in value for name in needed):
            raise UsageError(
                "An entry of the file cannot be read.",
                where=f"entry {number}: a {entry.kind} without {', '.join(needed)}",
                hint="Give a file that `memory export` wrote.",
            )
        return checked(entry)

    def _on(self) -> None:
        if not self.enabled:
            raise SettingsError("Memory is switched off.", where="AISER_ENABLE_MEMORY=false", hint="Unset it to keep what you teach.")


def _holds(entry: Entry, phrase: str) -> bool:
    """Whether a phrase stands in an entry, in any case, as whole words."""
    wanted = rf"(?<!\w){re.escape(' '.join(phrase.split()))}(?!\w)"
    return any(re.search(wanted, text, re.IGNORECASE) for text in (entry.text, *entry.value.values()))
