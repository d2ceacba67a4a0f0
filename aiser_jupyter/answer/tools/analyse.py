"""The tool `analyse`: what stands out, tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.answer.plain import value
from aiser_jupyter.answer.tools.given import ARGUMENTS, one_of, rows, table
from aiser_jupyter.answer.tools.pages import SAID, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.finding import Finding

MOST = 20


@dataclass(frozen=True)
class Analysis:
    """The findings that passed, best first; ``reason`` says in a sentence what came out of how many tests."""

    findings: tuple[Finding, ...]
    tested: int
    reason: str

    def as_json(self) -> dict[str, object]:
        """The findings as plain JSON; at most twenty."""
        listed = [plain(finding) for finding in self.findings[:MOST]]
        return {"v": 1, "reason": self.reason, "tested": self.tested, "found": len(self.findings), "findings": listed}


class Analyse:
    """A scan of a table or of a statement's rows."""

    name = "analyse"
    description = (
        "Say what stands out in a table or a query's rows: trends, breaks, seasons, outliers, differences between groups, correlations. Every claim was "
        "tested, with false discoveries held to 5 % over the whole scan; nothing is claimed where nothing stands out."
    )
    read_only = True
    local: frozenset[str] = frozenset()
    schema: Mapping[str, object] = {"type": "object", "properties": ARGUMENTS, "additionalProperties": False}

    def run(self, context: Context, arguments: Mapping[str, Any]) -> Analysis:
        """The findings of one scan."""
        from aiser_jupyter.discover import discover

        one_of(arguments, self.name)
        on = arguments.get("on")
        if "table" in arguments:
            found = table(context, arguments["table"], on)
            name = f"{found.schema}.{found.name}" if found.schema else found.name
            seen = discover(context, name, on=context.sources.get(on).name)
        else:
            seen = discover(context, rows(context, arguments, self.name))
        return Analysis(seen.found, seen.tested, seen.reason)


def plain(finding: Finding) -> dict[str, object]:
    """A finding's fields as plain JSON."""
    return {
        "kind": finding.kind,
        "title": finding.title,
        "statement": finding.statement,
        "columns": list(finding.columns),
        "where": value(dict(finding.where)),
        "direction": finding.direction,
        "effect": value(finding.effect),
        "unit": finding.unit,
        "p_value": finding.p_value,
        "q_value": finding.q_value,
        "support": finding.support,
        "recommendation": finding.recommendation,
        "sql": shortened(finding.sql, SAID),
    }


TOOL = Analyse()
