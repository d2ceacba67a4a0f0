"""What stands out in a table, tested, or the plain answer that nothing does."""

from aiser_jupyter.discover.finding import Finding
from aiser_jupyter.discover.findings import Findings
from aiser_jupyter.discover.scan import discover

__all__ = ["Finding", "Findings", "discover"]
