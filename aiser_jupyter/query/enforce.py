"""Policy on a checked statement: the one place where who asks changes what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import RefusedError

if TYPE_CHECKING:
    from aiser_jupyter.policy import Policy
    from aiser_jupyter.query.verdict import Verdict


def enforce(verdict: Verdict, policy: Policy) -> Verdict:
    """The verdict under ``policy``: the statement as this user may run it; raises RefusedError where a table is hidden from them.

    A hidden table is refused by any of its names, ``orders`` or ``main.orders``, in the words of a table that is not there, so that
    the refusal does not tell what exists.
    """
    for table in verdict.tables:
        if _names(table) & policy.hidden_tables:
            raise RefusedError(f"There is no table {table} that you may read.", hint="%aiser tables lists the tables you may read.")
    return verdict


def _names(table: str) -> frozenset[str]:
    """``catalog.schema.table`` in lower case, and every shorter way to say it."""
    parts = table.casefold().split(".")
    return frozenset(".".join(parts[start:]) for start in range(len(parts)))
