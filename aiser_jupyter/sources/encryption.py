"""Whether a workspace encrypts the values it keeps, and under which key: the books of `state.db` name it, the keyring or the environment holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from aiser_jupyter.errors import EncryptionError
from aiser_jupyter.sources import spill, workspace_key
from aiser_jupyter.sources.workspace_key import Key

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from aiser_jupyter.state import State


@dataclass(frozen=True)
class Named:
    """The key that the books name: its fingerprint, and the reference it was last found behind."""

    fingerprint: str
    reference: str


class Encryption:
    """Encryption of one workspace's added tables, extracts and kept results; ``wanted`` by its settings, with ``reference`` as the key's place.

    Once the books name a key everything that is written is encrypted, whatever the settings say later: nothing falls back to plain files by itself.
    """

    def __init__(self, state: State, *, wanted: bool = False, reference: str = "") -> None:
        self._of = ref(state)  # the state is what this is found by
        self.wanted = wanted
        self.reference = reference
        self.settled = False  # whether what lay there in plain form was seen to, by `rekey.settle`
        self._known: dict[str, Key] = {}
        if wanted:
            spill.encrypt(self)

    @property
    def _state(self) -> State:
        state = self._of()
        assert state is not None
        return state

    def named(self) -> Named | None:
        """What the books say; None where nothing is encrypted yet."""
        if self._state.file is None or not self._state.file.is_file():
            return None
        with self._state.store() as store:
            named = read(store)
        if named is not None:
            spill.encrypt(self)
        return named

    def key(self) -> Key | None:
        """The key to write with, made where the settings want one and there is none; None where this workspace does not encrypt.

        Raises EncryptionError where the key that the books name cannot be had.
        """
        named = self.named()
        if named is not None:
            return self.find(named.fingerprint, named.reference)
        return self._begun() if self.wanted and self._state.file is not None else None

    def find(self, fingerprint: str, reference: str = "") -> Key:
        """The key of that fingerprint, wherever it is; raises EncryptionError that says where it was looked for."""
        if fingerprint in self._known:
            return self._known[fingerprint]
        self._known[fingerprint] = key = found(fingerprint, (self.reference, reference))
        return key

    def know(self, key: Key) -> None:
        """Hold a key for this process."""
        self._known[key.fingerprint] = key

    def _begun(self) -> Key:
        """The first key of the workspace, entered into the books by whichever process comes first."""
        with self._state.store() as store:
            own = not store.in_transaction
            if own:
                store.execute("BEGIN IMMEDIATE")
            try:
                named = read(store)
                if named is None:
                    made, place = fresh(self.reference)
                    enter(store, Named(made.fingerprint, place))
                    named = Named(made.fingerprint, place)
                    self.know(made)
                if own:
                    store.execute("COMMIT")
            except BaseException:
                if own and store.in_transaction:
                    store.execute("ROLLBACK")
                raise
        return self.find(named.fingerprint, named.reference)


def found(fingerprint: str, references: Sequence[str]) -> Key:
    """The key of that fingerprint, behind one of ``references`` or in the keyring; raises EncryptionError that says where it was looked for."""
    told = []
    for place in dict.fromkeys(filter(None, (*references, f"keyring:{workspace_key.entry(fingerprint)}"))):
        try:
            key = workspace_key.from_reference(place)
        except EncryptionError as error:
            told.append(f"{place}: {error.message}")
            continue
        if key.fingerprint == fingerprint:
            return key
        told.append(f"{place}: another key ({key.fingerprint})")
    raise EncryptionError(
        f"What this workspace keeps is encrypted under the key {fingerprint}, which cannot be had.",
        where="; ".join(told),
        hint="Bring the key back, or say where it is: encrypt_key in .aiser/settings.toml. Is it lost? `aiser state rekey --drop` drops what it locks and begins anew.",
    )


def fresh(reference: str) -> tuple[Key, str]:
    """The key behind ``reference``, or a new one in the keyring where that is empty; with its reference."""
    if reference:
        return workspace_key.from_reference(reference), reference
    made = Key.made()
    return made, workspace_key.keep(made)


def read(store: sqlite3.Connection) -> Named | None:
    """The key that the open books name."""
    row = store.execute("SELECT fingerprint, reference FROM encryption WHERE id = 1").fetchone()
    return Named(*row) if row else None


def enter(store: sqlite3.Connection, named: Named | None) -> None:
    """Name another key in the open books, or none."""
    if named is None:
        store.execute("DELETE FROM encryption")
        return
    values = (named.fingerprint, named.reference, datetime.now(UTC).isoformat())
    store.execute("INSERT OR REPLACE INTO encryption (id, fingerprint, reference, since) VALUES (1, ?, ?, ?)", values)


_all: WeakKeyDictionary[State, Encryption] = WeakKeyDictionary()


def use(state: State, *, wanted: bool, reference: str = "") -> Encryption:
    """Say what the settings of the workspace of ``state`` want."""
    return _all.setdefault(state, Encryption(state, wanted=wanted, reference=reference))


def of(state: State) -> Encryption:
    """The encryption of the workspace of ``state``."""
    return _all.get(state) or use(state, wanted=False)
