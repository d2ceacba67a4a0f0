"""What a tool is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.context import Context


@runtime_checkable
class Output(Protocol):
    """What a call gives: a frozen dataclass that can be said in plain JSON."""

    def as_json(self) -> dict[str, object]:
        """The result as plain JSON values."""
        ...


@runtime_checkable
class Tool(Protocol):
    """One thing that can be done with the data.

    ``schema`` is the JSON Schema (2020-12) of ``arguments``, an object. ``local`` names those of its properties that only the user at this
    machine may give, such as the path of a file to write. A tool whose other arguments may change something has ``read_only`` False and is never
    offered to another assistant.
    """

    @property
    def name(self) -> str:
        """The word it is called by: letters, digits, ``_``, ``-`` and ``.``."""
        ...

    @property
    def description(self) -> str:
        """What it does and when to use it, in a sentence or two."""
        ...

    @property
    def schema(self) -> Mapping[str, object]:
        """The JSON Schema of its arguments."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether no call without the ``local`` arguments changes anything."""
        ...

    @property
    def local(self) -> frozenset[str]:
        """Arguments that only the user at this machine may give."""
        ...

    def run(self, context: Context, arguments: Mapping[str, object]) -> Output:
        """Do it with arguments that fit ``schema``; every statement goes through `query.run`. Raises an `AiserError`."""
        ...
