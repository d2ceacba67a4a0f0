from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from made import relation_of

from aiser_jupyter.discover.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


@pytest.fixture
def evidence() -> Callable[[pd.DataFrame], Evidence]:
    return lambda frame: Evidence(relation_of(frame))


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)
