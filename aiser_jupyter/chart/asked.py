"""What a question's words say about the picture: a kind by name, or a purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aiser_jupyter.spec import ChartKind

Purpose = Literal[
    "share",
    "trend",
    "distribution",
    "relation",
    "rank",
    "list",
    "cumulative",
    "flow",
    "bridge",
    "funnel",
    "target",
    "schedule",
    "compare",
    "map",
    "retention",
]

# A kind counts as asked where its name stands beside chart, plot, graph or "as a", or is a word with no other use.
NAMED: tuple[tuple[ChartKind, str], ...] = (
    ("doughnut", r"dough?nut|donut"),
    ("pie", r"pie"),
    ("histogram", r"histogram"),
    ("percent_bar", r"(?:100 ?%|percent(?:age)?) stacked(?: bars?)?|percent bars?"),
    ("stacked_bar", r"stacked(?: bars?| columns?)?"),
    ("grouped_bar", r"(?:grouped|clustered|side[- ]by[- ]side)(?: bars?| columns?)?"),
    ("horizontal_bar", r"horizontal bars?"),
    ("bubble", r"bubbles?"),
    ("scatter", r"scatter ?(?:plot)?"),
    ("heatmap", r"heat ?map"),
    ("box", r"box ?(?:plots?|and whiskers?)"),
    ("violin", r"violins?"),
    ("waterfall", r"waterfall"),
    ("funnel", r"funnel"),
    ("gantt", r"gantt"),
    ("pareto", r"pareto"),
    ("treemap", r"tree ?map"),
    ("sunburst", r"sunburst"),
    ("sankey", r"sankey"),
    ("radar", r"radar|spider"),
    ("gauge", r"gauge|speedometer"),
    ("bullet", r"bullet"),
    ("candlestick", r"candle ?sticks?|ohlc"),
    ("choropleth", r"choropleth"),
    ("calendar", r"calendar(?: heat ?map)?"),
    ("area", r"areas?"),
    ("step", r"steps?"),
    ("line", r"lines?"),
    ("bar", r"bars?|columns?"),
    ("kpi", r"kpi|big number|single number|tile"),
    ("table", r"table|spreadsheet|table of .+"),
)  # fmt: skip
ALONE = frozenset(
    {
        "histogram",
        "doughnut",
        "heatmap",
        "waterfall",
        "gantt",
        "pareto",
        "treemap",
        "sunburst",
        "sankey",
        "choropleth",
        "candlestick",
        "kpi",
    }
)
GROUPS = re.compile(r"\b(?:by|per|each|every) ((?:[a-z_]+ and )?[a-z_]+(?: [a-z_]+)?(?: and [a-z_]+)?)")
# Kinds whose names are everyday words: only the end of the wish may follow them.
WORDY = frozenset({"line", "area", "step", "bar", "stacked_bar", "grouped_bar", "bullet", "box", "table"})
PURPOSES: tuple[tuple[Purpose, str], ...] = (
    ("share", r"shares?\b|proportions?|percentage of|percent of|fraction|composition|make[- ]?up|mix\b|split|breakdown|broken down|part of (?:the )?(?:whole|total)|% of"),
    ("trend", r"trends?|over time|over the (?:years|months|weeks|days)|per (?:day|week|month|quarter|year|hour)|by (?:day|week|month|quarter|year|hour)|daily|weekly|monthly|quarterly|yearly|annual(?:ly)?|since|develop(?:ed|ment|ing)|evol(?:ved?|ution)|history|timeline of"),
    ("distribution", r"distribut\w*|spread\b|histogram|how (?:varied|variable)|outliers?|range of|quartiles?|median and"),
    ("relation", r"correlat\w*|relationships?|relate[sd]?|\bvs\.?(?!\w)|versus|against|depends? on|affects?|influences?|impact of|association|linked"),
    ("rank", r"\btop\b|\bbottom\b|most|least|highest|lowest|largest|smallest|best|worst|rank\w*|leading|biggest"),
    ("list", r"\blists?\b|\blast \d+|latest \d+|recent \d+|\bshow (?:me )?(?:all|every)|details?|records?\b|\brows\b|directory|names? and|who (?:are|is)|open (?:tickets|invoices|cases)|overview of all"),
    ("cumulative", r"pareto|80/20|80-20|cumulative|concentrat\w*|few cause|account for most|vital few|\bfew\b.+\b(?:make|bring|drive|earn|cause)"),
    ("flow", r"\bfrom .+ to\b|flows?\b|moved? between|transitions?|source to|go(?:es)? where|where .+ goes?\b|path"),
    ("bridge", r"bridge|waterfall|opening to closing|from .*(?:opening|start|last year|budget|plan) to|reconcil\w*|what (?:changed|drove)|walk\b|drivers? of"),
    ("funnel", r"funnel|conversion|convert\w*|drop[- ]?offs?|drop out|pipeline|stages?\b|checkout steps|sign-?up steps"),
    ("target", r"targets?\b|goals?\b|budget|plan(?:ned)?\b|quota|forecast|objective"),
    ("schedule", r"schedule|gantt|timeline|bookings?|roster|rota|project plan|when .* (?:start|end|run)|shifts?"),
    ("compare", r"compare[ds]?|comparison|difference between|side by side|year over year|yoy|\bvs\.?(?!\w)|versus"),
    ("map", r"\bmaps?\b|geograph\w*|where are|choropleth"),
    ("retention", r"retention|cohorts?|still (?:enrolled|active|here|subscribed|customers?)|come back|came back|survival|churn curve|stay(?:ed)?"),
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """The kind that was asked for by name, if any, the purposes heard, and the words after "by", "per" and "each" in order."""

    kind: ChartKind | None = None
    purposes: frozenset[Purpose] = frozenset()
    by: tuple[str, ...] = ()

    def hears(self, *purposes: Purpose) -> bool:
        """Whether one of ``purposes`` was heard."""
        return any(purpose in self.purposes for purpose in purposes)


def wish(question: str | None) -> Wish:
    """What ``question`` asks of the picture; nothing where there is no question."""
    said = (question or "").lower()
    purposes: frozenset[Purpose] = frozenset(purpose for purpose, pattern in PURPOSES if re.search(pattern, said))
    groups = [word for found in GROUPS.finditer(said) for word in re.findall(r"[a-z]+", found[1]) if word != "and"]
    return Wish(next((kind for kind, pattern in NAMED if named(kind, pattern, said)), None), purposes, tuple(groups))


def named(kind: ChartKind, pattern: str, said: str) -> bool:
    """Whether ``said`` asks for the kind by name: "pie chart", "as a pie", "draw bars"; "in line of business" does not."""
    if kind in ALONE and re.search(rf"\b(?:{pattern})\b", said):
        return True
    if re.search(rf"\b(?:{pattern}) (?:chart|plot|graph|diagram|view)s?\b", said):
        return True
    verb = r"\b(?:as|in|into|with|draw|plot|use|using|show|make|give|want)(?: me| it)?(?: as| in)?(?: an?| the)?"
    after = r"(?=$|[,.;:!?]| (?:by|per|for|please)\b)" if kind in WORDY else r"\b"
    return bool(re.search(rf"{verb} (?:{pattern}){after}", said))
