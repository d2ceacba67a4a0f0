from __future__ import annotations

import threading

import pytest

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.breaker import Breaker


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker("shop", failures=5, cooling_s=15, clock=clock)


def fails():
    raise SourceError("The server does not answer.")


def trip(breaker, times=5):
    for _ in range(times):
        with pytest.raises(SourceError, match="does not answer"):
            breaker.call(fails)


def test_it_opens_after_five_failures_in_a_row(breaker):
    trip(breaker, 4)
    assert (breaker.state, breaker.failures) == ("closed", 4)
    trip(breaker, 1)
    assert breaker.state == "open"
    reached = []
    with pytest.raises(SourceError) as caught:
        breaker.call(lambda: reached.append(1))
    assert not reached
    assert "did not answer 5 times" in caught.value.message
    assert caught.value.where == "The server does not answer."
    assert "tried again in 15 s" in caught.value.hint


def test_a_success_between_failures_starts_the_count_anew(breaker):
    trip(breaker, 4)
    assert breaker.call(lambda: "here") == "here"
    trip(breaker, 4)
    assert breaker.state == "closed"


def test_after_cooling_one_success_closes_it(breaker, clock):
    trip(breaker)
    clock.now += 14.5
    with pytest.raises(SourceError, match="in 1 s"):
        breaker.call(lambda: None)
    clock.now += 0.5
    assert breaker.state == "half-open"
    assert breaker.call(lambda: 7) == 7
    assert (breaker.state, breaker.failures) == ("closed", 0)


def test_after_cooling_one_failure_opens_it_again(breaker, clock):
    trip(breaker)
    clock.now += 15
    with pytest.raises(SourceError, match="does not answer"):
        breaker.call(fails)
    assert breaker.state == "open"
    with pytest.raises(SourceError, match="left alone"):
        breaker.call(lambda: None)


def test_exactly_one_of_many_threads_probes(breaker, clock):
    trip(breaker)
    clock.now += 15
    started, go, probes, refused = threading.Barrier(20), threading.Event(), [], []

    def probe():
        probes.append(1)
        go.wait(5)

    def attempt():
        started.wait(5)
        try:
            breaker.call(probe)
        except SourceError as error:
            refused.append(error.hint)
            if len(refused) == 19:
                go.set()

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(probes), len(refused), breaker.state) == (1, 19, "closed")
    assert "tried just now" in refused[0]


def test_an_interrupted_probe_leaves_the_way_free_for_the_next(breaker, clock):
    trip(breaker)
    clock.now += 15

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaker.call(interrupted)
    assert breaker.state == "half-open"
    assert breaker.call(lambda: 1) == 1


def test_an_interrupt_is_no_failure(breaker):
    def interrupted():
        raise KeyboardInterrupt

    for _ in range(9):
        with pytest.raises(KeyboardInterrupt):
            breaker.call(interrupted)
    assert (breaker.state, breaker.failures) == ("closed", 0)


def test_a_probe_that_never_came_back_is_replaced_after_another_cooling(breaker, clock):
    trip(breaker)
    clock.now += 15
    breaker._admit()  # as by a thread that was killed in the middle
    with pytest.raises(SourceError, match="left alone"):
        breaker.call(lambda: None)
    clock.now += 15
    assert breaker.call(lambda: 1) == 1


def test_only_the_last_complaint_is_shown_and_no_foreign_text(breaker):
    def leaks():
        raise ValueError("password=hunter2")

    for _ in range(5):
        with pytest.raises(ValueError, match="hunter2"):
            breaker.call(leaks)
    with pytest.raises(SourceError) as caught:
        breaker.call(leaks)
    assert "hunter2" not in str(caught.value)
    assert caught.value.where == "ValueError"
