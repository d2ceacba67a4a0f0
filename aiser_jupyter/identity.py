"""Who runs this."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """The user, as the machine knows them."""

    user: str


def from_environment() -> Identity:
    """``AISER_USER``, else the login name."""
    return Identity(os.environ.get("AISER_USER") or getpass.getuser())
