"""The tool `chart`: which picture a result wants, why, and the picture itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.plain import value
from aiser_jupyter.answer.tools.given import ARGUMENTS, rows
from aiser_jupyter.answer.tools.pages import SAID, shortened
from aiser_jupyter.chart.kinds import DRAWN
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.context import Context
    from aiser_jupyter.spec import ChartSpec

MOST_ROWS = 50_000  # what a picture can show; more is to be grouped first
MOST_SVG = 400_000  # characters


@dataclass(frozen=True)
class ChartResult:
    """A chart as plain data, the statement behind it, and where asked its picture as SVG."""

    spec: ChartSpec
    row_count: int
    sql: str
    source: str
    svg: str = ""

    def as_json(self) -> dict[str, object]:
        """The chart as plain JSON."""
        found: dict[str, object] = {
            "v": 1,
            "spec": value(asdict(self.spec)),
            "row_count": self.row_count,
            "sql": shortened(self.sql, SAID),
            "source": self.source,
        }
        return found | ({"svg": self.svg} if self.svg else {})


class Chart:
    """The chart that fits, or one of a kind."""

    name = "chart"
    description = "Choose the chart that fits a table or a query's rows: its kind, which column goes where, the title, and why; with svg, also the drawn picture."
    read_only = True
    local: frozenset[str] = frozenset()
    schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            **ARGUMENTS,
            "kind": {"type": "string", "enum": sorted(DRAWN), "description": "A kind of chart, where it is to be that one."},
            "question": {"type": "string", "maxLength": 2000, "description": "What the chart is to show; its words sway the choice."},
            "svg": {"type": "boolean", "default": False, "description": "Whether to draw it."},
        },
        "additionalProperties": False,
    }

    def run(self, context: Context, arguments: Mapping[str, Any]) -> ChartResult:
        """The spec, and the picture where asked."""
        from aiser_jupyter.chart.choose import choose, of_kind
        from aiser_jupyter.chart.svg import svg

        result = rows(context, arguments, self.name)
        table = result.head(MOST_ROWS + 1)
        if table.num_rows > MOST_ROWS:
            result.close()
            raise UsageError(f"A chart shows at most {MOST_ROWS:,} rows.", hint="Group the rows first: SELECT …, sum(…) … GROUP BY ….")
        kind, question = arguments.get("kind"), arguments.get("question")
        spec = of_kind(table, kind, question) if kind else choose(table, question)
        drawn = svg(spec, table) if arguments["svg"] and spec.kind != "table" else ""
        if len(drawn) > MOST_SVG:
            raise UsageError("The picture has too many marks to be sent.", hint="Group the rows first, or ask without svg.")
        return ChartResult(spec, table.num_rows, result.sql, result.source, drawn)


TOOL = Chart()
