"""What of a run may be kept: under ``copy = metadata`` a statement is kept without the values in it."""

from __future__ import annotations


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
