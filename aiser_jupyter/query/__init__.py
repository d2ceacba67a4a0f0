"""The one road to data: guard, enforce, route, execute, and the result."""

from aiser_jupyter.query.result import Result
from aiser_jupyter.query.road import run

__all__ = ["Result", "run"]
