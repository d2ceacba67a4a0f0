"""What can be done with the data by name: for assistants of our own, for others over MCP, and for whoever extends us."""

from aiser_jupyter.answer.tools.registry import Registry, registry
from aiser_jupyter.answer.tools.tool import Output, Tool

__all__ = ["Output", "Registry", "Tool", "registry"]
