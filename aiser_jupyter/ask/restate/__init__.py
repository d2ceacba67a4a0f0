"""English made from a query's syntax tree alone, so that a reader sees what ran and not what was asked."""

from aiser_jupyter.ask.restate import condition, expression, moment, parts, statement, window  # noqa: F401  # each registers the nodes it words
from aiser_jupyter.ask.restate.outline import Outline, Value, outline
from aiser_jupyter.ask.restate.statement import restate

__all__ = ["Outline", "Value", "outline", "restate"]
