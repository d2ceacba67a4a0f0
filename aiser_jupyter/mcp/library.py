"""The library that speaks the protocol, which is an extra."""

from __future__ import annotations

from importlib.util import find_spec

from aiser_jupyter.errors import UsageError


def needed() -> None:
    """Raise `UsageError` where the package ``mcp`` is not installed."""
    if find_spec("mcp") is None:
        raise UsageError("The Model Context Protocol needs the package mcp.", hint='Install it: pip install "aiser-jupyter[mcp]".')
