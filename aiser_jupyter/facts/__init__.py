"""A number with the query that yields it, and the check that prose says nothing else."""

from aiser_jupyter.facts.fact import Fact

__all__ = ["Fact"]
