"""A model as the text of a semantic file, and entries added to a file that people edit, whose own lines stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from aiser_jupyter.catalog.semantic.model import VERSION
from aiser_jupyter.catalog.semantic.names import joined

if TYPE_CHECKING:
    from aiser_jupyter.catalog.semantic.model import (
        ColumnMeaning,
        Dimension,
        Filter,
        FiscalYear,
        Metric,
        SemanticModel,
        TableMeaning,
        VerifiedQuery,
    )

WIDTH = 140
HEAD = "# What the tables mean to the business; docs/semantic.md says what may stand here. Edit it freely: it is never written over.\n"


class _Dumper(yaml.SafeDumper):
    """Writes every value out; a name is never an alias of another."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # what PyYAML passes
        """True: no anchors."""
        return True


def text(model: SemanticModel) -> str:
    """The whole model as a file."""
    return HEAD + "".join(_section(name, value) for name, value in plain(model).items())


def _section(name: str, value: Any) -> str:
    if isinstance(value, dict) and name != "fiscal_year":
        return f"{name}:\n" + "".join(f"  {line}" for line in _entries(value).splitlines(keepends=True))
    return _dumped({name: value}, flow=name == "on" or isinstance(value, dict))


def _entries(value: dict[str, Any]) -> str:
    """One entry of a section after the other, each as short as it goes."""
    return "".join(_dumped({name: inner}, flow=isinstance(inner, (dict, list))) for name, inner in value.items())


def _dumped(value: dict[str, Any], *, flow: bool) -> str:
    """YAML; with ``flow`` what holds no further list or mapping stands in one line."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=None if flow else False)


def plain(model: SemanticModel) -> dict[str, Any]:
    """The model as dicts, lists and texts; what is empty is left out."""
    held: dict[str, Any] = {
        "v": VERSION,
        "on": list(model.on),
        "description": model.description,
        "fiscal_year": _fiscal(model.fiscal_year),
        "include": list(model.include),
        "tables": _tables(model),
        "metrics": {name: _metric(one) for name, one in _each(model.metrics)},
        "dimensions": {name: _dimension(one) for name, one in _each(model.dimensions)},
        "hierarchies": {one.name: list(one.levels) for one in model.hierarchies},
        "filters": {one.name: _filter(one) for one in model.filters},
        "joins": [one.sql for one in model.joins],
        "queries": [_query(one) for one in model.queries],
    }
    return {name: value for name, value in held.items() if value}


def _each(entries: tuple[Any, ...]) -> list[tuple[str, Any]]:
    """Entries with their names; one whose name is taken gets its table's before it, for a proposal names columns of several tables alike."""
    taken: set[str] = set()
    found = []
    for one in entries:
        name = one.name if one.name.casefold() not in taken else f"{one.table} {one.name}"
        taken.add(name.casefold())
        found.append((name, one))
    return found


def _kept(**held: Any) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in held.items() if value}


def _fiscal(year: FiscalYear | None) -> Any:
    if year is None:
        return None
    return year.starts if year.named == "end" else {"starts": year.starts, "named": year.named}


def _tables(model: SemanticModel) -> dict[str, Any]:
    times = {one.table: joined(one.table, one.column) for one in model.time}
    said = {one.name: _table(one) for one in model.tables}
    for name, time in times.items():
        said.setdefault(name, {}).setdefault("time", time)
    return said


def _table(one: TableMeaning) -> dict[str, Any]:
    columns = {column.name: _column(column) for column in one.columns}
    return _kept(synonyms=one.synonyms, description=one.description, time=one.time, label=one.label, hidden=one.hidden, columns=columns)


def _column(one: ColumnMeaning) -> dict[str, Any]:
    values = {value: list(words) for value, words in one.values}
    return _kept(synonyms=one.synonyms, description=one.description, unit=one.unit, format=one.format, hidden=one.hidden, values=values)


def _metric(one: Metric) -> Any:
    held = _kept(
        sql=one.sql,
        ratio=one.ratio,
        formula=one.formula,
        table=one.table,
        synonyms=one.synonyms,
        description=one.description,
        unit=one.unit,
        format=one.format,
        filter=one.filter,
        time=one.time,
        reason=one.reason,
    )
    return one.sql if set(held) == {"sql"} else held


def _dimension(one: Dimension) -> Any:
    held = _kept(column=one.column, sql=one.sql, table=one.table, synonyms=one.synonyms, description=one.description)
    return one.column if set(held) == {"column"} else held


def _filter(one: Filter) -> Any:
    held = _kept(sql=one.sql, table=one.table, synonyms=one.synonyms, description=one.description)
    return one.sql if set(held) == {"sql"} else held


def _query(one: VerifiedQuery) -> dict[str, Any]:
    return _kept(question=one.question, sql=one.sql, on=one.on, verified_by=one.verified_by, date=one.date)


def merged(held: str, more: SemanticModel) -> str:
    """The text of a file with the tables, metrics and dimensions of ``more`` added behind its own; every line that was there stays.

    ``held`` must be a file that reads without a mistake, and ``more`` must not name what it names.
    """
    added = {name: value for name, value in plain(more).items() if name in ("tables", "metrics", "dimensions")}
    for name, entries in added.items():
        held = _inserted(held, name, entries)
    return held


def _inserted(held: str, section: str, entries: dict[str, Any]) -> str:
    """``held`` with entries at the end of one of its sections, which is made where there is none."""
    if not held.endswith("\n"):
        held += "\n"
    root = yaml.compose(held, yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    found = next(((key, value) for key, value in pairs if key.value == section), None)
    if found is None:
        return held + _section(section, entries)
    key, node = found
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        inside = _flow(entries)
        at = node.end_mark.index - 1
        return held[:at].rstrip() + (", " if node.value else "") + inside + held[at:]
    lines = held.splitlines(keepends=True)
    if isinstance(node, yaml.MappingNode) and node.value:
        indent = node.value[0][0].start_mark.column
        last = _last_line(node)
        while not lines[last].strip():
            last -= 1
    else:
        indent, last = key.start_mark.column + 2, key.end_mark.line
    block = "".join(" " * indent + line for line in _entries(entries).splitlines(keepends=True))
    return "".join([*lines[: last + 1], block, *lines[last + 1 :]])


def _flow(entries: dict[str, Any]) -> str:
    return yaml.dump(entries, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=True).strip()[1:-1]


def _last_line(node: yaml.Node) -> int:
    """The last line that a node's own text stands in: behind a block come blank lines and comments that are not its own."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        key, value = node.value[-1]
        return max(key.end_mark.line, _last_line(value))
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return max(node.start_mark.line, node.end_mark.line - 1)
    return node.end_mark.line
