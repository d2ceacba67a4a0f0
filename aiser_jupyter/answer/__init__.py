"""A question in, a checked reply in words out."""

from aiser_jupyter.answer.answer import Answer, Part
from aiser_jupyter.answer.intent import Intent, classify
from aiser_jupyter.answer.step import Step

__all__ = ["Answer", "Intent", "Part", "Step", "classify"]
