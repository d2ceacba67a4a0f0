"""The policy of a workspace: its roles, and which of them holds for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy.role import Role

if TYPE_CHECKING:
    from aiser_jupyter.identity import Identity

# Whom no role names sees nothing of a governed connection.
NOBODY = Role("nobody")


@dataclass(frozen=True)
class Policy:
    """Roles in the order they are tried, for the ``connections`` named (None: all); without any roles nothing is governed.

    ``audit`` is the file of the audit log (empty: `.aiser/audit.jsonl`), ``salt`` a reference to the secret that masks by hash are made with, ``digest`` the fingerprint of the file, ``place`` where it lies, and ``sealed`` says that
    the user who runs this process can neither change nor replace it.
    """

    roles: tuple[Role, ...] = ()
    connections: frozenset[str] | None = None
    salt: str = ""
    audit: str = ""
    digest: str = ""
    place: str = ""
    sealed: bool = False

    @property
    def active(self) -> bool:
        """Whether anything is governed."""
        return bool(self.roles)

    def governs(self, connection: str) -> bool:
        """Whether rules hold for that connection."""
        return self.active and (self.connections is None or connection in self.connections)

    def role(self, identity: Identity, wanted: str = "") -> Role:
        """The role in which a user asks: the ``wanted`` one, else the first that is theirs, else `NOBODY`; raises RefusedError where the wanted one is not theirs."""
        theirs = [role for role in self.roles if role.has(identity)]
        if not wanted:
            return theirs[0] if theirs else NOBODY
        found = next((role for role in theirs if role.name == wanted), None)
        if found is None:
            names = ", ".join(role.name for role in theirs) or "none"
            raise RefusedError(f"The role {wanted} is not yours.", where=self.place, hint=f"Your roles: {names}.")
        return found
