import numpy as np
from threadpoolctl import threadpool_info

from aiser_jupyter.ask.learned.alone import alone


def threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_inside_the_library_has_one_thread_and_outside_as_many_as_before():
    np.ones((8, 8)) @ np.ones((8, 8))
    before = threads()
    with alone():
        assert threads() == {1}
    assert threads() == before
