"""The user, their groups, and what is claimed of them."""

from __future__ import annotations

from dataclasses import dataclass

Claim = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True)
class Identity:
    """The user as the machine, or the hub that started it, knows them.

    ``claims`` are pairs of a name and a value, by name, such as a region that a directory holds; ``told_by`` says where it all comes from:
    ``AISER_IDENTITY_TOKEN``, ``AISER_USER``, ``JupyterHub`` or ``login``. ``sealed`` where the user could not have named somebody else: a token that a key
    verifies which they cannot change.
    """

    user: str
    groups: tuple[str, ...] = ()
    claims: tuple[tuple[str, Claim], ...] = ()
    told_by: str = "login"
    sealed: bool = False

    def claim(self, name: str) -> Claim | None:
        """What is claimed under ``name``, None where nothing is."""
        return dict(self.claims).get(name)
