"""SQL with its words coloured by what they are."""

from __future__ import annotations

import re

from aiser_jupyter.widgets.node import Node, node, words

TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*"|`[^`]*`|\[[^\]\n]*\])
    |(?P<number>\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)
    |(?P<word>[A-Za-z_]\w*)""",
    re.DOTALL | re.VERBOSE,
)
# Where a statement's line may break: before a clause or a join, whose words stay together.
CLAUSE = re.compile(
    r"\s+((?:FROM|WHERE|GROUP\s+BY|HAVING|QUALIFY|WINDOW|ORDER\s+BY|LIMIT|UNION|INTERSECT|EXCEPT"
    r"|(?:(?:NATURAL|ASOF|LEFT|RIGHT|FULL|INNER|CROSS|OUTER|SEMI|ANTI)\s+)*JOIN)\b)",
    re.IGNORECASE,
)
# A statement of this many characters fits on one line of a card.
SHORT = 72
KEYWORDS = words(
    "ALL AND ANY AS ASC ASOF BETWEEN BY CASE CAST CROSS CURRENT DATE DESC DISTINCT ELSE END EXCEPT EXISTS FALSE FETCH FILTER FIRST FOLLOWING FOR "
    "FROM FULL GROUP HAVING ILIKE IN INNER INTERSECT INTERVAL IS JOIN LAST LATERAL LEFT LIKE LIMIT NATURAL NOT NULL NULLS OFFSET ON OR ORDER OUTER "
    "OVER PARTITION PRECEDING QUALIFY RANGE RECURSIVE RIGHT ROW ROWS SELECT SIMILAR THEN TIMESTAMP TOP TRUE UNBOUNDED UNION USING VALUES WHEN WHERE "
    "WINDOW WITH WITHIN"
)


def coloured(sql: str, links: tuple[tuple[int, int, int], ...] = ()) -> tuple[Node | str, ...]:
    """``sql`` cut into plain text and coloured spans; joined again they are ``sql``. Each of ``links`` (start, end, number) is a span of its own."""
    parts: list[Node | str] = []
    end = 0
    for start, stop, number in sorted(links):
        if end <= start < stop <= len(sql):
            parts += [*plainly(sql[end:start]), node("span", f"w t{number}", *plainly(sql[start:stop]), tabindex="0")]
            end = stop
    return (*parts, *plainly(sql[end:]))


def plainly(sql: str) -> tuple[Node | str, ...]:
    """``sql`` in its colours alone."""
    parts: list[Node | str] = []
    end = 0
    for match in TOKEN.finditer(sql):
        kind = colour(match, sql)
        if kind:
            parts += [sql[end : match.start()], node("span", kind, match[0])]
            end = match.end()
    return tuple(part for part in (*parts, sql[end:]) if part)


def colour(match: re.Match[str], sql: str) -> str:
    """The class of a token: keyword, function, string, number, comment, or none."""
    if match.lastgroup != "word":
        return {"comment": "sx-co", "string": "sx-st", "number": "sx-nu"}.get(match.lastgroup or "", "")
    if match[0].upper() in KEYWORDS:
        return "sx-k"
    return "sx-f" if sql[match.end() : match.end() + 1] == "(" else ""


def laid_out(sql: str) -> str:
    """A statement of one long line with one clause a line; no character but the spaces between clauses changes."""
    if "\n" in sql or len(sql) <= SHORT:
        return sql
    masked = outermost(sql)
    parts, end = [], 0
    for gap in CLAUSE.finditer(masked):
        parts.append(sql[end : gap.start()])
        end = gap.start(1)
    return "\n".join((*parts, sql[end:]))


def outermost(sql: str) -> str:
    """``sql`` with strings, quoted names, comments and whatever stands in brackets blanked out, letter for letter."""
    bare = list(TOKEN.sub(lambda match: match[0] if match.lastgroup in {"word", "number"} else "\0" * len(match[0]), sql))
    depth = 0
    for i, letter in enumerate(bare):
        depth -= letter == ")" and depth > 0
        if depth:
            bare[i] = "\0"
        depth += letter == "("
    return "".join(bare)
