"""Build guard: the three linked folders must be folders, or the wheel would lack half the product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LINKS = ("magics", "widgets", "templates")


class LinkGuard(BuildHookInterface):
    """Stops a build from a checkout in which a symbolic link became a text file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's signature
        """Check each linked folder before anything is packed; raises RuntimeError with what to do."""
        for name in LINKS:
            place = Path(self.root, "aiser_jupyter", name)
            if not (place / "__init__.py").is_file():
                raise RuntimeError(
                    f"aiser_jupyter/{name} is not a folder but a text file or missing: this checkout has lost its symbolic links.\n"
                    "Set `git config core.symlinks true` (on Windows with developer mode on), then `git checkout -- aiser_jupyter`."
                )
