"""The table from a syntax node to the function that words it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlglot.errors import ErrorLevel

if TYPE_CHECKING:
    from sqlglot import exp

    from aiser_jupyter.ask.restate.scope import Scope

Wording = Callable[[Any, "Scope"], str]
F = TypeVar("F", bound=Wording)

WORDINGS: dict[type[exp.Expr], Wording] = {}


def words(*kinds: type[exp.Expr]) -> Callable[[F], F]:
    """Register a function as the wording of these kinds of nodes."""

    def register(function: F) -> F:
        WORDINGS.update(dict.fromkeys(kinds, function))
        return function

    return register


def say(node: exp.Expr, scope: Scope) -> str:
    """``node`` in English, or its SQL between guillemets where there are no words for it."""
    wording = WORDINGS.get(type(node))
    return wording(node, scope) if wording else raw(node, scope)


def raw(node: exp.Expr, scope: Scope) -> str:
    """The SQL of ``node`` as it stands."""
    return f"«{node.sql(dialect=scope.dialect, comments=False, unsupported_level=ErrorLevel.IGNORE)}»"
