"""What one user may see of one connection: the role they ask in, and who they are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.errors import RefusedError

if TYPE_CHECKING:
    from aiser_jupyter.identity import Claim, Identity
    from aiser_jupyter.policy.policy import Policy
    from aiser_jupyter.policy.role import Role


@dataclass(frozen=True)
class Grant:
    """A role as it holds for one user; ``salt`` is the reference to the secret that masks by hash are made with, ``digest`` the policy's fingerprint."""

    role: Role
    identity: Identity
    tenant: str = ""
    salt: str = ""
    digest: str = ""

    @property
    def who(self) -> str:
        """Whose bounds they are: of the tenant, the user and the role, in one word."""
        return json.dumps([self.role.tenant or self.tenant, self.identity.user, self.role.name])

    def value(self, name: str) -> Claim:
        """What ``:name`` in a condition on rows stands for; raises RefusedError where it is not known, as no rows must be guessed."""
        own: dict[str, Claim] = {"user": self.identity.user, "groups": self.identity.groups, "role": self.role.name}
        tenant = self.role.tenant or self.tenant
        found = tenant or None if name == "tenant" else own.get(name, self.identity.claim(name))
        if found is None:
            raise RefusedError(
                f"The policy shows rows by {name}, and nothing says what yours is.",
                hint="Whoever governs this workspace sets it, e.g. in AISER_CLAIMS.",
            )
        return found


def viewer(policy: Policy, identity: Identity, role: str, tenant: str) -> str:
    """All that decides what somebody may see, in one word; empty where there is no policy."""
    if not policy.active:
        return ""
    told = (tenant, identity.user, identity.groups, identity.claims, role, policy.digest or repr(policy))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def grant(policy: Policy, identity: Identity, connection: str, *, role: str = "", tenant: str = "") -> Grant | None:
    """What holds for a user on a connection, None where it is not governed; raises RefusedError for a role that is not theirs."""
    if not policy.governs(connection):
        return None
    return Grant(policy.role(identity, role), identity, tenant, policy.salt, policy.digest)
