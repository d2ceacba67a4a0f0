"""Connections to where data lives: one module an engine, one Protocol for all."""

from aiser_jupyter.sources.source import Source

__all__ = ["Source"]
