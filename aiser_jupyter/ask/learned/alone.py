"""Arithmetic on one thread: small matrices gain nothing from more, a busy machine loses by them, and the sums stay the same."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()


def alone() -> AbstractContextManager[object]:
    """A context in which the linear algebra library uses one thread."""
    import numpy as np

    del np  # its library must be loaded before it can be told
    return _pools().limit(limits=1, user_api="blas")
