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
KEYWORDS = words(
    "ALL AND ANY AS ASC ASOF BETWEEN BY CASE CAST CROSS CURRENT DATE DESC DISTINCT ELSE END EXCEPT EXISTS FALSE FETCH FILTER FIRST FOLLOWING FOR "
    "FROM FULL GROUP HAVING ILIKE IN INNER INTERSECT INTERVAL IS JOIN LAST LATERAL LEFT LIKE LIMIT NATURAL NOT NULL NULLS OFFSET ON OR ORDER OUTER "
    "OVER PARTITION PRECEDING QUALIFY RANGE RECURSIVE RIGHT ROW ROWS SELECT SIMILAR THEN TIMESTAMP TOP TRUE UNBOUNDED UNION USING VALUES WHEN WHERE "
    "WINDOW WITH WITHIN"
)


def coloured(sql: str) -> tuple[Node | str, ...]:
    """``sql`` cut into plain text and coloured spans; joined again they are ``sql``."""
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
