"""Who runs this: what the machine, the hub or a signed token says of the user."""

from aiser_jupyter.identity.environment import from_environment
from aiser_jupyter.identity.identity import Claim, Identity

__all__ = ["Claim", "Identity", "from_environment"]
