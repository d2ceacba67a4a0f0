"""What of a run may be kept: under ``copy = metadata`` a statement is kept without the values in it."""

from __future__ import annotations


def masked(sql: str, dialect: str) -> str:
    """``sql`` with each literal as ``?`` and without comments; empty where it cannot be read.

    A double-quoted word that holds more than a name may (SQLite takes it for text) is masked too.
    """
    from sqlglot.errors import TokenError
    from sqlglot.tokenizer_core import TokenType

    from aiser_jupyter.query import syntax

    try:
        words = syntax.tokens(sql, dialect)
    except TokenError:
        return ""
    names = {TokenType.VAR, TokenType.IDENTIFIER}
    kept = []
    for word in words:
        written = sql[word.start : word.end + 1]
        literal = word.token_type not in names and (
            written[:1].isdigit() or "'" in written or "$$" in written or word.token_type == TokenType.STRING
        )
        kept.append("?" if literal else written)
    return " ".join(kept)
