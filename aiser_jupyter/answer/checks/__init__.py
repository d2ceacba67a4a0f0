"""Checks on an answer between its query and its sentence: each looks for one kind of trouble in what came back."""

from aiser_jupyter.answer.checks.checked import Checked
from aiser_jupyter.answer.checks.verify import verify

__all__ = ["Checked", "verify"]
