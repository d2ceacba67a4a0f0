"""Many threads that write to one file share the wait for the disk: each returns once what it gave is there, and one of them writes for all.

Gray's group commit (DeWitt et al. 1984): while one batch is brought to disk the next one gathers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class BrokenOffError(Exception):
    """The thread that wrote for others was stopped in the middle, so nobody knows what is on disk."""


@dataclass
class _Batch(Generic[T]):
    """What is written together; ``first`` is the number of its first entry once it is on disk."""

    entries: list[T] = field(default_factory=list)
    done: Event = field(default_factory=Event)
    first: int = 0
    error: BaseException | None = None


class GroupCommit(Generic[T]):
    """Entries written in the order they were given; ``write`` brings a batch to disk and gives the number of its first entry."""

    def __init__(self, write: Callable[[Sequence[T]], int]) -> None:
        self._write = write
        self._gathering: _Batch[T] = _Batch()
        self._lock = Lock()
        self._writing = Lock()

    def add(self, make: Callable[[], T]) -> int:
        """Give the entry that ``make`` makes at its turn; its number, once it is on disk. Raises what ``write`` raised for the batch that it is in."""
        with self._lock:
            batch = self._gathering
            batch.entries.append(make())
            place = len(batch.entries) - 1
        if place == 0:
            self._lead(batch)
        else:
            batch.done.wait()
        if batch.error is not None:
            raise batch.error
        return batch.first + place

    def _lead(self, batch: _Batch[T]) -> None:
        """Write a batch once the one before it is on disk; until then others may join it."""
        try:
            with self._writing:
                self._close(batch)
                batch.first = self._write(batch.entries)
        except Exception as error:  # noqa: BLE001  # raised in every thread whose entry it was
            batch.error = error
        except BaseException:
            batch.error = BrokenOffError("The thread that wrote was stopped.")
            raise
        finally:
            self._close(batch)
            batch.done.set()

    def _close(self, batch: _Batch[T]) -> None:
        with self._lock:
            if self._gathering is batch:
                self._gathering = _Batch()
