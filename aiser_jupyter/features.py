"""Features that can be switched off: ``AISER_ENABLE_<FEATURE>=false`` takes one out of help, panels and what other assistants are offered."""

from __future__ import annotations

import os
import re

OFF = frozenset({"0", "false", "no", "off"})


def enabled(feature: str) -> bool:
    """Whether the feature of that name is on; it is unless the environment says ``false``, ``no``, ``off`` or ``0``."""
    return os.environ.get(variable(feature), "").strip().casefold() not in OFF


def variable(feature: str) -> str:
    """The name in the environment: of ``tool.chart`` it is ``AISER_ENABLE_TOOL_CHART``."""
    return "AISER_ENABLE_" + re.sub(r"\W+", "_", feature).upper()
