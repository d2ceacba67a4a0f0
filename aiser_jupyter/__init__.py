"""Ask a question in a notebook cell; get a number you can check, a chart, and a report that a board can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiser_jupyter.workspaces import Workspace, workspace

__version__ = "0.1.0"

__all__ = ["Workspace", "__version__", "load_ipython_extension", "workspace"]


def load_ipython_extension(shell: Any) -> None:
    """Register the magics in an IPython shell; what ``%load_ext aiser_jupyter`` calls."""
    from aiser_jupyter.magics import register

    register(shell)


def __getattr__(name: str) -> Any:
    # Late, so that `import aiser_jupyter` stays as light as the interpreter itself.
    if name in {"Workspace", "workspace"}:
        from aiser_jupyter import workspaces

        return getattr(workspaces, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
