"""A number with the query that yields it, and the check that prose says nothing else."""

from aiser_jupyter.facts.build import fact
from aiser_jupyter.facts.check import check
from aiser_jupyter.facts.fact import Fact

__all__ = ["Fact", "check", "fact"]
