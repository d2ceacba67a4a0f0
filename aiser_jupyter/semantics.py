"""The semantic model of a workspace, to look at, check and write."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.catalog.semantic import Join, Metric, SemanticModel, TableMeaning, file
from aiser_jupyter.catalog.semantic.names import joined
from aiser_jupyter.catalog.semantic.write import merged, text
from aiser_jupyter.errors import SemanticError, UsageError
from aiser_jupyter.format.listing import Listing

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.catalog.semantic import Unread
    from aiser_jupyter.context import Context

QUOTED = re.compile(r'"((?:[^"]|"")+)"')
SURE = 0.5  # a key inferred with less than this is not proposed as a join


@dataclass(frozen=True)
class Semantics:
    """What `.aiser/semantic.yaml` says of a connection (of none where there is none to ask); made anew each time it is asked for."""

    context: Context
    on: str | None = None

    @property
    def path(self) -> Path:
        """Where the file is, or would be."""
        root = self.context.sources.root
        if root is None:
            raise UsageError("This workspace has no folder to keep a semantic file in.")
        return file.path_in(Path(root), self.on or self.context.sources.default or "")

    @property
    def model(self) -> SemanticModel:
        """The model that holds; raises SemanticError where the file is wrong."""
        catalog = self._catalog()
        if catalog is None:
            loaded = self._loaded()
            file.refuse(loaded.problems if loaded else ())
            return loaded.model if loaded else SemanticModel("")
        from aiser_jupyter.ask.schema import Schema
        from aiser_jupyter.query.semantics import model_of

        found = model_of(self.context, catalog)
        if found:
            Schema(catalog, found)  # says which definitions cannot be joined
        return found

    @property
    def problems(self) -> tuple[str, ...]:
        """Every mistake in the file, a sentence with its line each."""
        try:
            found = self.model
        except SemanticError as error:
            return error.problems
        del found
        return ()

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What could not be taken over from the definitions of other tools; raises SemanticError where the file is wrong."""
        return self.model.unread

    def check(self) -> Listing:
        """The mistakes, and what could not be taken over; no rows where all is well."""
        problems = self.problems
        rows: list[tuple[object, ...]] = [("mistake", *one.partition(": ")[::2]) for one in problems]
        if not problems:
            rows += [("not taken over", str(one.place), f"{one.what}: {one.why}") for one in self.unread]
        if not problems and (unused := self._unused()):
            rows.append(("not used", file.label(self.path), unused))
        there = "" if self.path.exists() else ", which is not there"
        title = (
            f"{len(problems)} mistake{'s' * (len(problems) > 1)}"
            if problems
            else "Readable; not all of it is used"
            if rows
            else "All is well"
        )
        return Listing(f"{title} ({file.label(self.path)}{there})", ("What", "Where", "Why"), rows)

    def show(self) -> Listing:
        """The definitions that hold, and where each is."""
        model = self.model
        rows: list[tuple[object, ...]] = []
        rows += [("metric", one.name, one.said or one.sql, ", ".join(one.synonyms), one.place.short) for one in model.metrics]
        for one in model.dimensions:
            rows.append(
                (
                    "dimension",
                    one.name,
                    one.said or joined(one.table, one.column) if one.table else one.column,
                    ", ".join(one.synonyms),
                    one.place.short,
                )
            )
        rows += [("hierarchy", one.name, " › ".join(one.levels), "", one.place.short) for one in model.hierarchies]
        rows += [("filter", one.name, one.said or one.sql, ", ".join(one.synonyms), one.place.short) for one in model.filters]
        rows += [("join", "", one.sql, "", one.place.short) for one in model.joins]
        for table in model.tables:
            rows.append(("table", table.name, _about(table), ", ".join(table.synonyms), table.place.short))
        if model.fiscal_year:
            rows.append(("fiscal year", "", f"from month {model.fiscal_year.starts}", "", model.fiscal_year.place.short))
        rows += [("verified query", one.question, one.sql, "", one.place.short) for one in model.queries]
        title = f"Semantic model of {model.source}" if model.source else "Semantic model"
        return Listing(title if rows else f"{title}: nothing is defined", ("What", "Name", "Definition", "Also", "Where"), rows)

    def write(self) -> Path:
        """Write the file from what the tables say; where it is there, add the tables it does not name, and change no line of it.

        Raises SemanticError where the file that is there is wrong.
        """
        catalog = self._catalog()
        if catalog is None:
            raise UsageError("There is no connection to describe.", hint='Connect one: ws.connect("shop.duckdb"), or --on shop.duckdb.')
        made = proposed(catalog)
        path = self.path
        if not path.exists():
            several = len(self.context.sources.names()) > 1
            file.save(path, text(replace(made, on=(catalog.source,)) if several else made))
            return path
        loaded = self._loaded()
        file.refuse(loaded.problems if loaded else ())
        held = loaded.model if loaded else SemanticModel("")
        if held.on and catalog.source not in held.on:
            own = file.own_path(path.parents[1], catalog.source)
            if own is None:
                raise UsageError(
                    f"{file.label(path)} is for {', '.join(held.on)}, not for {catalog.source}.",
                    hint="Add it under `on:`, or leave `on:` out.",
                )
            file.save(own, text(made))
            return own
        more = _beyond(made, held)
        if more.tables:
            before = path.read_text("utf-8-sig")
            file.save(path, _same(before, merged(before, more), more))
        return path

    def as_json(self) -> dict[str, Any]:
        """The object of ``aiser semantic show --json``."""
        from aiser_jupyter.catalog.semantic.write import plain

        model = self.model
        unread = [{"what": one.what, "why": one.why, "where": str(one.place)} for one in model.unread]
        return {"v": 1, "source": model.source, "path": str(self.path), "model": plain(model), "unread": unread}

    def yaml(self) -> str:
        """The model that holds, as the text of a file."""
        return self.model.yaml()

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()

    def _unused(self) -> str:
        """Why the file is not used for this connection; empty where it is, or there is none."""
        catalog, loaded = self._catalog(), self._loaded()
        if catalog is None or loaded is None:
            return ""
        from aiser_jupyter.query.semantics import applies

        if applies(loaded.model, catalog):
            return ""
        said = f"it is for {', '.join(loaded.model.on)}" if loaded.model.on else "it names no table that is there"
        return f"for {catalog.source}: {said}"

    def _loaded(self) -> file.Loaded | None:
        return file.load(self.path.parents[1], self.on or self.context.sources.default or "")

    def _catalog(self) -> Catalog | None:
        from aiser_jupyter.query.profile import profile

        if self.on is None and self.context.sources.default is None:
            return None
        return profile(self.context, self.on)


def proposed(catalog: Catalog) -> SemanticModel:
    """What the tables say, as people would write it: each table named, each metric with its columns' tables, each name once."""
    from aiser_jupyter.query.propose import propose

    found = propose(catalog)
    times = {one.table: joined(one.table, one.column) for one in found.time}
    columns = Counter(column.name.casefold() for table in catalog.tables for column in table.columns)
    alike = Counter(one.name.casefold() for one in found.metrics)
    names: set[str] = set()
    metrics: list[Metric] = []
    for one in found.metrics:
        if one.sql == "count(*)":
            continue  # a table's own name counts its rows
        name = one.name if alike[one.name.casefold()] == 1 else f"{one.name} of {one.table}"
        names.add(name.casefold())
        metrics.append(Metric(name, sql=_qualified(one.sql, one.table), reason=one.reason))
    dimensions = []
    keys = {(key.table, column) for key in catalog.keys for column in key.columns}
    for one in found.dimensions:
        if (one.table, one.column) in keys:
            continue
        # A name that several tables have says which only with its table.
        name = one.name if columns[one.name.casefold()] == 1 else f"{one.table} {one.name}"
        if name.casefold() not in names:
            names.add(name.casefold())
            dimensions.append(replace(one, name=name, table="", column=joined(one.table, one.column)))
    joins = tuple(
        Join(
            " and ".join(f"{joined(key.table, a)} = {joined(key.ref_table, b)}" for a, b in zip(key.columns, key.ref_columns, strict=True))
        )
        for key in catalog.keys
        if not key.declared and key.confidence >= SURE and key.table != key.ref_table
    )
    tables = tuple(TableMeaning(table.name, time=times.get(table.name, "")) for table in catalog.tables)
    return SemanticModel("", tuple(metrics), tuple(dimensions), tables=tables, joins=joins)


def _qualified(sql: str, table: str) -> str:
    """SQL over one table's columns with its name before each."""
    return QUOTED.sub(lambda found: joined(table, found[1].replace('""', '"')), sql)


def _beyond(made: SemanticModel, held: SemanticModel) -> SemanticModel:
    """What is proposed of the tables that a file does not name yet: what was taken out of it by hand stays out."""
    known = {one.name.casefold() for one in held.tables}
    tables = tuple(one for one in made.tables if one.name.casefold() not in known)
    new = {one.name.casefold() for one in tables}
    taken = {word.casefold() for one in (*held.metrics, *held.dimensions, *held.filters) for word in (one.name, *one.synonyms)}

    def mine(text: str, name: str) -> bool:
        from aiser_jupyter.query.semantics import words

        return any(word.casefold() in new for word in words(text)) and name.casefold() not in taken

    metrics = tuple(one for one in made.metrics if mine(one.sql, one.name))
    dimensions = tuple(one for one in made.dimensions if mine(one.column, one.name))
    return SemanticModel("", metrics, dimensions, tables=tables)


def _same(before: str, after: str, more: SemanticModel) -> str:
    """``after`` where it reads as what was there and what was added, else an error: nothing is written that would lose a line."""
    from aiser_jupyter.catalog.semantic.read import read

    old, new = read(before, "")[0], read(after, "")
    kept = (new[0].metrics, new[0].dimensions, new[0].tables) == (
        (*old.metrics, *more.metrics), (*old.dimensions, *more.dimensions), (*old.tables, *more.tables),
    )  # fmt: skip
    if new[1] or not kept:
        raise SemanticError(
            "New tables cannot be added to the file as it is laid out.",
            where=".aiser/semantic.yaml",
            hint="Write its sections as blocks, one entry a line; `ws.propose().yaml()` shows what would be added.",
        )
    return after


def _about(table: TableMeaning) -> str:
    said = [
        "hidden" if table.hidden else "",
        f"time {table.time}" if table.time else "",
        f"label {', '.join(table.label)}" if table.label else "",
    ]
    said += [f"{len(table.columns)} columns described"] if table.columns else []
    return "; ".join(filter(None, said))
