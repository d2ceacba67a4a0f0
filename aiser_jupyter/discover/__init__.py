"""What stands out in a table, tested, or the plain answer that nothing does."""

from aiser_jupyter.discover.finding import Finding

__all__ = ["Finding"]
