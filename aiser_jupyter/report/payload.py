"""What an object of ours leaves in a notebook's output, so that a report can be laid out from it later."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter.errors import ReportError

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.discover.finding import Finding
    from aiser_jupyter.discover.findings import Findings
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.spec import ChartSpec

MIME = "application/vnd.aiser+json"
VERSION = 1
# A reader never reads more of a table in a document; the notebook's own output stays small.
MAX_ROWS = 200
MAX_BARS = 8


@dataclass(frozen=True)
class TableData:
    """The first rows of a result as JSON values: dates and moments as ISO text. ``types`` are logical types, ``row_count`` counts all rows."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    row_count: int = 0


@dataclass(frozen=True)
class ChartData:
    """A chart as asked and as drawn: the fields of its ChartSpec, and plotly JSON (``data``, ``layout``) for a light and a dark page.

    ``title`` and ``subtitle`` are its finding and what is shown; ``label`` says it to who cannot see it.
    """

    spec: Mapping[str, Any] = field(default_factory=dict)
    figure: Mapping[str, Any] = field(default_factory=dict)
    dark: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    subtitle: str = ""
    label: str = ""


@dataclass(frozen=True)
class FindingData:
    """One finding: the fields of a Finding that a page shows, with its chart drawn."""

    kind: str = ""
    title: str = ""
    statement: str = ""
    names: tuple[str, ...] = ()
    confidence: float = 0.0
    support: int = 0
    recommendation: str = ""
    sql: str = ""
    table: TableData | None = None
    chart: ChartData | None = None
    facts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Payload:
    """One output: an answer, a refusal, findings, a result or a figure. Fields a type has no use for stay empty.

    ``parts`` are the sentence's runs (``text``, ``fact``, ``strong``); ``steps`` in words are ``reasoning`` as plain objects; ``checks`` say what was looked for; ``facts`` have the fields of a Fact; ``column_sql`` holds the queries of columns that ``sql`` does not yield; ``as_of`` is ISO text; ``reason``
    says why there is no answer, or no finding.
    """

    type: Literal["answer", "refusal", "findings", "result", "figure"]
    question: str = ""
    sentence: str = ""
    parts: tuple[Mapping[str, Any], ...] = ()
    restated: str = ""
    reason: str = ""
    missing: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    name: str = ""
    sql: str = ""
    dialect: str = ""
    source: str = ""
    as_of: str = ""
    engine: str = ""
    elapsed_ms: float = 0.0
    confidence: float | None = None
    tested: int = 0
    assumptions: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    reasoning: tuple[Mapping[str, Any], ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    followups: tuple[str, ...] = ()
    facts: tuple[Mapping[str, Any], ...] = ()
    table: TableData | None = None
    chart: ChartData | None = None
    findings: tuple[FindingData, ...] = ()
    column_sql: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The JSON object that stands under our mime type; :func:`from_json` reads it back."""
        return {"v": VERSION, **{name: plain(value) for name, value in asdict(self).items() if value not in ("", (), {}, None, 0, 0.0)}}


def from_json(value: Mapping[str, Any]) -> Payload:
    """The payload in an output; raises :class:`ReportError` for one that a newer version wrote."""
    version = value.get("v")
    if version != VERSION:
        raise ReportError(f"An output was written in version {version!r} of our format.", hint="Run the notebook again with this version.")
    return build(Payload, value)


def payload(value: Answer | Findings | Result) -> dict[str, Any]:
    """The JSON of an Answer, Findings or Result, for the mime type :data:`MIME` beside ``text/html`` and ``text/plain``."""
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.discover.findings import Findings

    made = of_answer(value) if isinstance(value, Answer) else of_findings(value) if isinstance(value, Findings) else of_result(value)
    return made.to_json()


def of_answer(answer: Answer) -> Payload:
    """An Answer with its table and chart, or the refusal it is."""
    result = answer.result
    if not answer.answered or result is None:
        return Payload(
            "refusal",
            question=answer.question,
            reason=answer.reason or answer.sentence,
            missing=answer.missing,
            suggestions=answer.suggestions,
            alternatives=tuple(a.restated for a in answer.alternatives),
        )
    table = result.arrow()
    return Payload(
        "answer",
        question=answer.question,
        sentence=answer.sentence,
        parts=tuple({"text": p.text, "fact": p.fact, "strong": p.strong} for p in answer.sentence_parts),
        restated=answer.restated,
        sql=answer.sql or result.sql,
        dialect=answer.dialect,
        source=answer.source,
        as_of=plain(answer.facts[0].as_of) if answer.facts else now(),
        engine=answer.engine,
        elapsed_ms=round(answer.elapsed_ms, 1),
        confidence=answer.confidence,
        assumptions=answer.assumptions,
        alternatives=tuple(a.restated for a in answer.alternatives),
        steps=tuple(step.text for step in answer.steps),
        reasoning=tuple(step.as_json() for step in answer.steps),
        checks=tuple(check.as_json() for check in answer.checks),
        followups=answer.followups,
        facts=facts(answer.facts),
        table=table_data(table, result.row_count),
        chart=draw(answer.chart, table),
        column_sql=answer.column_sql,
    )


def of_result(result: Result, *, name: str = "", chart: ChartSpec | None = None) -> Payload:
    """A Result, with the chart that was asked for it."""
    table = result.arrow()
    return Payload(
        "figure" if chart is not None else "result",
        name=name,
        sql=result.sql,
        dialect=result.dialect,
        source=result.source,
        as_of=now(),
        elapsed_ms=round(float(result.elapsed_ms), 1),
        table=table_data(table, result.row_count),
        chart=draw(chart, table),
    )


def of_findings(findings: Findings) -> Payload:
    """Findings, the first of them with their charts, or the reason there are none."""
    from aiser_jupyter.discover.findings import SHOWN

    items = tuple(of_finding(finding, findings.ask if i < SHOWN else None) for i, finding in enumerate(findings))
    return Payload(
        "findings",
        name=findings.table,
        reason=findings.reason,
        tested=findings.tested,
        source=next((str(f["source"]) for item in items for f in item.facts), ""),
        as_of=next((str(f["as_of"]) for item in items for f in item.facts), now()),
        findings=items,
    )


def of_finding(finding: Finding, ask: Callable[[str], pa.Table] | None) -> FindingData:
    """One finding; its chart is drawn where its query yields the columns that the chart names."""
    chart = finding.chart
    table = ask(finding.sql) if ask is not None and chart is not None else None
    if chart is None or (table is not None and not {chart.x, chart.color, *chart.y} - {None} <= set(table.column_names)):
        table = None
    if table is not None and chart is not None:
        # A noun is said once, in the subtitle; on every bar it would cover its neighbours.
        chart = replace(chart, unit="") if chart.unit.isalpha() and chart.unit not in {"share", "pp"} else chart
        table = leading(table, chart) if chart.kind == "horizontal_bar" else table
    return FindingData(
        kind=finding.kind,
        title=finding.title,
        statement=finding.statement,
        names=tuple(sorted(str(name) for name in finding.where.values())),
        confidence=float(finding.confidence),
        support=int(finding.support),
        recommendation=finding.recommendation,
        sql=finding.sql,
        table=table_data(shown(table, chart), table.num_rows) if table is not None else None,
        chart=draw(chart, table) if table is not None else None,
        facts=facts(finding.facts),
    )


def leading(table: pa.Table, chart: ChartSpec) -> pa.Table:
    """The first bars of a comparison and the ones it is about: a sum of the others would mean nothing."""
    names = [str(name) for name in table.column(chart.x).to_pylist()]
    about = [i for i, name in enumerate(names) if name in chart.highlight]
    first = [i for i in range(len(names)) if i not in about][: MAX_BARS - len(about)]
    return table.take(sorted([*about, *first]))


def shown(table: pa.Table, chart: ChartSpec | None) -> pa.Table:
    """The columns of ``table`` that its chart shows."""
    wanted = [chart.x, *chart.y, chart.color] if chart else []
    return table.select([name for name in table.column_names if name in wanted])


def table_data(table: pa.Table, row_count: int) -> TableData:
    """The first rows of an Arrow table as JSON values."""
    head = table.slice(0, MAX_ROWS)
    columns = [[plain(value) for value in column.to_pylist()] for column in head.columns]
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    return TableData(tuple(head.column_names), tuple(logical(f.type) for f in head.schema), rows, row_count)


def draw(spec: ChartSpec | None, table: pa.Table) -> ChartData | None:
    """The chart with its plotly figures; None where there is none to draw."""
    if spec is None or spec.kind in {"kpi", "table"}:
        return None
    import json

    from aiser_jupyter.chart import headline
    from aiser_jupyter.chart.figure import figure
    from aiser_jupyter.chart.table import view

    seen = view(table)
    light, dark = (json.loads(str(figure(spec, table, theme=theme, titled=False).to_json())) for theme in ("light", "dark"))
    return ChartData(
        plain(asdict(spec)),
        light,
        dark,
        title=spec.title or headline.title(spec, seen),
        subtitle=spec.subtitle or headline.subtitle(spec, seen),
        label=headline.aria(spec, seen),
    )


def facts(found: Iterable[Any]) -> tuple[dict[str, Any], ...]:
    """Facts as JSON objects."""
    return tuple({name: plain(getattr(fact, name)) for name in ("id", "value", "unit", "text", "sql", "source", "as_of")} for fact in found)


def now() -> str:
    """This moment as ISO text."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def logical(kind: pa.DataType) -> str:
    """The logical type of an Arrow type."""
    import pyarrow.types as t

    tests = (
        (t.is_boolean, "boolean"),
        (t.is_integer, "integer"),
        (t.is_floating, "number"),
        (t.is_decimal, "number"),
        (t.is_timestamp, "timestamp"),
        (t.is_date, "date"),
        (t.is_time, "time"),
        (t.is_string, "text"),
        (t.is_large_string, "text"),
    )
    return next((name for test, name in tests if test(kind)), "other")


def plain(value: Any) -> Any:
    """``value`` as JSON has it: whole decimals become integers, dates ISO text, spans seconds, bytes base64, NaN and infinity null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return next((convert(value) for kind, convert in PLAIN if isinstance(value, kind)), None if value is None else str(value))


PLAIN: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (bool | int | str, lambda value: value),
    (Decimal, lambda value: int(value) if value == value.to_integral_value() else float(value)),
    (float, lambda value: value if math.isfinite(value) else None),
    (date | time, lambda value: value.isoformat()),
    (timedelta, timedelta.total_seconds),
    (bytes, lambda value: base64.b64encode(value).decode()),
)
NESTED: dict[str, Callable[[Any], Any]] = {
    "table": lambda value: build(TableData, value),
    "chart": lambda value: build(ChartData, value),
    "findings": lambda value: tuple(build(FindingData, item) for item in value),
    "rows": lambda value: tuple(tuple(row) for row in value),
}


def build(kind: type, value: Mapping[str, Any]) -> Any:
    """A payload type from its JSON object; fields it does not know are left out."""
    known = {spec.name: value[spec.name] for spec in fields(kind) if value.get(spec.name) is not None}
    return kind(**{name: NESTED.get(name, listed)(item) for name, item in known.items()})


def listed(value: Any) -> Any:
    """JSON lists as the tuples that frozen types hold."""
    return tuple(value) if isinstance(value, list) else value
