"""What of a run may be kept, and who sees it: under ``copy = metadata`` a statement is kept without the values in it, and of a governed connection each user sees their own runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.federation import TOGETHER

if TYPE_CHECKING:
    from aiser_jupyter.context import Context
    from aiser_jupyter.state import Run


def seen(context: Context, limit: int, **which: Any) -> list[Run]:
    """The latest runs that the user may see, newest first; ``which`` are the filters of `State.history`."""
    if not context.policy.active or _auditor(context):
        return context.state.history(limit, **which)
    looked_at = limit
    while True:
        read = context.state.history(looked_at, **which)
        found = [run for run in read if _may_see(context, run)]
        if len(found) >= limit or len(read) < looked_at:
            return found[:limit]
        looked_at *= 4


def one(context: Context, number: int) -> Run:
    """The run of that number; raises `UsageError` where there is none, and in the same words where it is not the user's to see."""
    run = context.state.get(number)
    if context.policy.active and not _auditor(context) and not _may_see(context, run):
        raise UsageError(f"The history has no run {number}.", hint="ws.history() shows each run with its number.")
    return run


def _auditor(context: Context) -> bool:
    return context.policy.role(context.identity, context.settings.policy_role).auditor


def _may_see(context: Context, run: Run) -> bool:
    governed = not run.connection or any(context.policy.governs(name) for name in run.connection.split(TOGETHER))
    return not governed or run.user == context.identity.user


def masked(sql: str, dialect: str) -> str:
    """``sql`` with each literal as ``?`` and without comments; empty where it cannot be read.

    In SQLite a name in double quotes may be a text, so it is masked too.
    """
    from sqlglot.errors import TokenError
    from sqlglot.tokenizer_core import TokenType

    from aiser_jupyter.query import syntax

    try:
        words = syntax.tokens(sql, dialect)
    except TokenError:
        return ""
    kept = []
    for word in words:
        written = sql[word.start : word.end + 1]
        name = word.token_type == TokenType.VAR or (
            word.token_type == TokenType.IDENTIFIER and not (dialect == "sqlite" and written[0] == '"')
        )
        literal = written[:1].isdigit() or written[:1] in "'\"" or "'" in written or "$" in written or word.token_type == TokenType.STRING
        kept.append("?" if literal and not name else written)
    return " ".join(kept)
