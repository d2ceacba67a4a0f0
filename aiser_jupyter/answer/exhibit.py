"""A part of an answer beside its sentence: a chart, a key figure, a finding, a remark on a statement, a faster form of one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aiser_jupyter.facts import Fact
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.spec import ChartSpec

ExhibitKind = Literal["chart", "kpi", "finding", "recommendation", "remark", "rewrite", "plan", "note"]


@dataclass(frozen=True)
class Exhibit:
    """One part, which stands by itself.

    ``text`` says why it is there, ``place`` where in a statement it is about, ``advice`` what to do. ``result`` are the rows of ``sql``, ``chart`` is drawn
    over them; each number of ``text`` is one of ``facts``, a measured time, or stands in ``sql``.
    ``columns`` of twelve is the width it should have.
    """

    kind: ExhibitKind
    title: str
    text: str = ""
    place: str = ""
    advice: tuple[str, ...] = ()
    sql: str = ""
    dialect: str = ""
    source: str = ""
    result: Result | None = None
    chart: ChartSpec | None = None
    facts: tuple[Fact, ...] = ()
    columns: int = 12

    def as_json(self) -> dict[str, object]:
        """The part as plain JSON; what it does not have is left out, of its rows the first hundred stand there."""
        from aiser_jupyter.answer.plain import rows, value

        found: dict[str, object] = {
            "kind": self.kind,
            "title": self.title,
            "text": self.text,
            "place": self.place,
            "advice": list(self.advice),
        }
        found |= {"sql": self.sql, "dialect": self.dialect, "source": self.source}
        found |= {"chart": value(asdict(self.chart))} if self.chart is not None else {}
        if self.result is not None:
            found |= {"columns": list(self.result.columns), "rows": rows(self.result.head(100)), "row_count": self.result.row_count}
        return {name: one for name, one in found.items() if one not in ("", [], None)}
