"""The library that speaks the protocol, which is an extra."""

from __future__ import annotations

from importlib.util import find_spec

from aiser_jupyter.errors import UsageError


def needed() -> None:
    """Raise `UsageError` where the package ``mcp`` is not installed."""
    if not there():
        raise UsageError("The Model Context Protocol needs the package mcp.", hint='Install it: pip install "aiser-jupyter[mcp]".')


def there() -> bool:
    """Whether the package is installed; a folder of that name is none."""
    found = find_spec("mcp")
    return found is not None and found.origin is not None
