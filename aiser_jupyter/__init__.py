"""Ask a question in a notebook cell; get a number you can check, a chart, and a report that a board can read."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

# Below the version, which lower floors read. Light: what a workspace stands on loads when one is made.
from aiser_jupyter.workspaces import Workspace, workspace

__all__ = ["Workspace", "__version__", "load_ipython_extension", "workspace"]


def load_ipython_extension(shell: Any) -> None:
    """Register the magics in an IPython shell; what ``%load_ext aiser_jupyter`` calls."""
    from aiser_jupyter.magics import register

    register(shell)
