"""An engine's plan as a tree of steps with rows and time, and what in it is worth a second look."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MANY = 10_000  # rows from which a full scan is worth a word
FEW = 0.1  # share of rows kept below which an index would help
OFF = 100  # an estimate this many times off misleads the planner

# How each engine is asked; the second form runs the statement to measure it.
ASKED: dict[str, tuple[str, str]] = {
    "duckdb": ("EXPLAIN (FORMAT JSON)", "EXPLAIN (ANALYZE, FORMAT JSON)"),
    "postgres": ("EXPLAIN (FORMAT JSON)", "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"),
    "mysql": ("EXPLAIN FORMAT=JSON", ""),
    "sqlite": ("EXPLAIN QUERY PLAN", ""),
}
NO_PLAN = frozenset({"tsql", "fabric", "oracle", "bigquery"})


@dataclass(frozen=True)
class Step:
    """One step: what it does, on what, how many rows came out (``rows``) and were expected, and its own milliseconds; None where not told."""

    name: str
    detail: str = ""
    rows: float | None = None
    expected: float | None = None
    ms: float | None = None
    steps: tuple[Step, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Step]]:
        """This step and those below it, each with its depth."""
        yield depth, self
        for step in self.steps:
            yield from step.walk(depth + 1)


@dataclass(frozen=True)
class Plan:
    """The steps of a statement, last one first; ``ran`` where it was run to measure them."""

    dialect: str
    steps: tuple[Step, ...]
    ran: bool = False
    total_ms: float | None = None

    def walk(self) -> list[tuple[int, Step]]:
        """Every step with its depth."""
        return [entry for step in self.steps for entry in step.walk()]

    @property
    def hints(self) -> tuple[str, ...]:
        """What is worth a second look, in words."""
        return tuple(dict.fromkeys(hint for _, step in self.walk() for hint in _hints(step, self.dialect)))

    def text(self) -> str:
        """The plan as plain text."""
        rows = [
            ("  " * depth + step.name + (f": {step.detail}" if step.detail else ""), _figures(step, ran=self.ran))
            for depth, step in self.walk()
        ]
        width = min(max((len(name) for name, _ in rows), default=0), 100)
        lines = [f"{name[:100]:<{width}}  {figures}".rstrip() for name, figures in rows]
        return "\n".join([*lines, *(f"Note: {hint}" for hint in self.hints)])


def asked(sql: str, dialect: str, *, ran: bool) -> str:
    """The statement that tells the plan of ``sql``; ``ran`` measures it by running it. Raises `UsageError` where the engine cannot."""
    plain, measured = ASKED.get(dialect, ("EXPLAIN", ""))
    if dialect in NO_PLAN:
        raise UsageError(
            f"The plan of a statement cannot be had on {dialect} by a query that reads.", hint="Look at it with the server's own tool."
        )
    if ran and not measured:
        raise UsageError(
            f"{dialect} does not measure the steps of a statement that is only read.", hint="Take --explain, which shows the plan."
        )
    # On a line of its own, so that what was typed keeps its columns.
    return f"{measured if ran else plain}\n{sql.rstrip()}"


def read(rows: Sequence[Mapping[str, Any]], dialect: str, *, ran: bool = False) -> Plan:
    """The plan in the rows that the engine answered."""
    if dialect == "sqlite":
        return Plan(dialect, _sqlite(rows))
    texts = [str(value) for row in rows for value in list(row.values())[-1:]]
    whole = "\n".join(texts)
    try:
        found = json.loads(whole)
    except ValueError:
        return Plan(dialect, tuple(Step(line.strip()) for line in whole.splitlines() if line.strip()), ran)
    reader: Callable[[Any], tuple[Step, ...]] = {"duckdb": _duckdb, "postgres": _postgres}.get(dialect, _mysql)
    total = found[0].get("Execution Time") if dialect == "postgres" and isinstance(found, list) else None
    return Plan(dialect, reader(found), ran, total)


def _duckdb(found: Any) -> tuple[Step, ...]:
    nodes = found if isinstance(found, list) else found.get("operator") or found.get("children") or []
    return tuple(step for node in nodes for step in _duckdb_step(node))


def _duckdb_step(node: Mapping[str, Any]) -> tuple[Step, ...]:
    name = str(node.get("type") or node.get("name") or node.get("operator_type") or "").strip()
    below = tuple(step for child in node.get("children", ()) for step in _duckdb_step(child))
    if name in {"RESULT_COLLECTOR", "EXPLAIN_ANALYZE", "QUERY"}:
        return below
    info = dict(node.get("extra_info") or {})
    expected = _number(info.pop("Estimated Cardinality", None))
    timing = node.get("timing", node.get("operator_timing"))
    actual = node.get("intermediate_rows", node.get("operator_cardinality"))
    shown = [
        info[key]
        for key in ("Table", "Function", "Conditions", "Expression", "Filters", "Groups", "Aggregates", "Order By", "Top")
        if info.get(key)
    ]
    # DuckDB writes database and schema before each table; main is what nobody typed.
    detail = ", ".join(re.sub(r"^\w+\.main\.", "", _joined(value)) for value in shown)
    seconds = _number(timing)
    return (
        Step(_words(name), detail, _number(actual), expected, None if seconds is None else seconds * 1000, below, {**info, "kind": name}),
    )


def _postgres(found: Any) -> tuple[Step, ...]:
    return tuple(_postgres_step(one["Plan"]) for one in found if "Plan" in one)


def _postgres_step(node: Mapping[str, Any]) -> Step:
    below = tuple(_postgres_step(child) for child in node.get("Plans", ()))
    loops = node.get("Actual Loops") or 1
    whole = node.get("Actual Total Time")
    # Of a step that ran beside others the time is the mean; its children's are counted within it.
    children = sum(child.notes.get("whole", 0.0) for child in below)
    own = None if whole is None else max(whole * loops - children, 0.0)
    shown = [
        str(node.get("Relation Name") or node.get("CTE Name") or node.get("Function Name") or ""),
        f"by {node['Index Name']}" if node.get("Index Name") else "",
        *(
            _joined(node[key])
            for key in ("Hash Cond", "Merge Cond", "Join Filter", "Index Cond", "Filter", "Group Key", "Sort Key")
            if node.get(key)
        ),
    ]
    actual = node.get("Actual Rows")
    notes = {**{key: value for key, value in node.items() if key != "Plans"}, "whole": (whole or 0.0) * loops}
    rows = None if actual is None else actual * loops
    return Step(str(node.get("Node Type", "")), ", ".join(part for part in shown if part), rows, node.get("Plan Rows"), own, below, notes)


def _mysql(found: Any) -> tuple[Step, ...]:
    """MySQL and MariaDB: objects within objects, of which those that name a table or an operation are steps."""
    if isinstance(found, list):
        return tuple(step for one in found for step in _mysql(one))
    if not isinstance(found, dict):
        return ()
    steps: list[Step] = []
    for key, value in found.items():
        if key == "table" and isinstance(value, dict):
            below = tuple(
                step
                for name, inner in value.items()
                if isinstance(inner, dict | list) and name not in _LISTS
                for step in _mysql({name: inner})
            )
            access = str(value.get("access_type", ""))
            shown = [
                str(value.get("table_name", "")),
                f"by {value['key']}" if value.get("key") else "",
                str(value.get("attached_condition", "")),
            ]
            expected = _number(value.get("rows_examined_per_scan", value.get("rows")))
            steps.append(
                Step(ACCESS.get(access, access or "table"), ", ".join(part for part in shown if part), None, expected, None, below, value)
            )
        elif isinstance(value, dict | list) and key not in _LISTS:
            below = _mysql(value)
            steps += [Step(_words(key), "", steps=below)] if key in _OPERATIONS and below else below
    return tuple(steps)


ACCESS = {
    "ALL": "full scan",
    "index": "whole index scan",
    "range": "index range",
    "ref": "index lookup",
    "eq_ref": "unique lookup",
    "const": "one row",
}
_LISTS = frozenset({"possible_keys", "used_key_parts", "used_columns", "ref", "cost_info", "partitions"})
_OPERATIONS = frozenset(
    {"filesort", "temporary_table", "ordering_operation", "grouping_operation", "duplicates_removal", "nested_loop", "union_result", "subqueries"}
    | {"materialized_from_subquery", "materialized", "block-nl-join", "windows_function_computation", "read_sorted_file"}
)  # fmt: skip


def _sqlite(rows: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Rows of id, parent, unused and detail."""
    listed = [tuple(row.values()) for row in rows]

    def under(parent: object) -> tuple[Step, ...]:
        return tuple(_sqlite_step(str(row[-1]), under(row[0])) for row in listed if row[1] == parent)

    return under(0)


def _sqlite_step(detail: str, below: tuple[Step, ...]) -> Step:
    verb, _, rest = detail.partition(" ")
    names = {"SCAN": "full scan", "SEARCH": "index lookup", "USE": "temporary b-tree"}
    return Step(
        names.get(verb, detail.lower()),
        rest.removeprefix("TEMP B-TREE ").lower() if verb == "USE" else rest if verb in names else "",
        steps=below,
        notes={"raw": detail},
    )


def _hints(step: Step, dialect: str) -> Iterator[str]:
    table = step.detail.partition(",")[0]
    removed = step.notes.get("Rows Removed by Filter", 0)
    if dialect == "postgres" and step.name.endswith("Seq Scan") and removed > MANY and (step.rows or 0) < FEW * removed:
        yield f"{table} is read whole for {_count(step.rows or 0)} of {_count((step.rows or 0) + removed)} rows: an index on what its filter compares would help."
    if step.notes.get("Sort Space Type") == "Disk":
        yield "A sort did not fit into memory and went to disk: sort fewer rows or columns."
    if dialect == "mysql" and step.name == "full scan" and (step.expected or 0) > MANY:
        yield f"{table} is read whole, about {_count(step.expected or 0)} rows: an index on what is compared would help."
    if step.name == "automatic covering index" or "AUTOMATIC" in str(step.notes.get("raw", "")):
        yield f"SQLite makes an index for this query alone: CREATE INDEX on {table.split(' ')[0]} would spare that."
    if step.notes.get("kind") in {"CROSS_PRODUCT", "NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN"} and (step.rows or step.expected or 0) > MANY:
        yield "Each row of one table is compared with each of another: join them by an equality."
    if step.name == "Nested Loop" and not any(child.notes.get("Index Name") for child in step.steps) and (step.rows or 0) > MANY:
        yield "Each row of one table is compared with each of another: join them by an equality, or index the inner table's key."
    if step.rows is not None and step.expected and max(step.rows, step.expected) > MANY:
        times = max(step.rows, 1) / max(step.expected, 1)
        if not 1 / OFF < times < OFF:
            yield f"{step.name}{f' of {table}' if table else ''} gave {_count(step.rows)} rows where {_count(step.expected)} were expected: refresh the statistics (ANALYZE)."


def _figures(step: Step, *, ran: bool) -> str:
    parts = [
        f"{_count(step.rows)} rows" if step.rows is not None else f"about {_count(step.expected)} rows" if step.expected is not None else ""
    ]
    parts.append(f"{step.ms:,.1f} ms" if ran and step.ms is not None else "")
    return ", ".join(part for part in parts if part)


def _count(number: float | None) -> str:
    return "–" if number is None else f"{number:,.0f}"


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(str(value).lstrip("~"))
    except ValueError:
        return None


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ").strip().lower()
