"""The semantic model that holds for a connection: read, checked against its catalog, and kept until a file changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aiser_jupyter.catalog.semantic import Dimension, Place, SemanticModel, Unread, file
from aiser_jupyter.catalog.semantic.model import NOWHERE
from aiser_jupyter.catalog.semantic.names import joined, split
from aiser_jupyter.catalog.semantic.nodes import Problem
from aiser_jupyter.query import defined
from aiser_jupyter.query.defined import Ground, WrongError
from aiser_jupyter.query.governed import GovernedSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.catalog.semantic import ColumnMeaning, Filter, Join, Metric, TableMeaning
    from aiser_jupyter.context import Context

T = TypeVar("T")
KEPT = 8
_KEPT: OrderedDict[tuple[str, int], _Kept] = OrderedDict()


@dataclass(frozen=True)
class Checked:
    """A model whose names and SQL are those of a catalog, the mistakes that were found, and whether it is for this connection at all."""

    model: SemanticModel
    problems: tuple[Problem, ...] = ()
    applies: bool = True


@dataclass(frozen=True)
class _Kept:
    catalog: Catalog
    loaded: file.Loaded
    checked: Checked


def model_of(context: Context, catalog: Catalog) -> SemanticModel:
    """What `.aiser/semantic.yaml`, and the source itself where it is a semantic layer, say of ``catalog``.

    Empty where there is no file, or it is for other connections. Raises SemanticError with every mistake and its line.
    """
    found = checked_of(context, catalog)
    file.refuse(found.problems)
    return found.model if found.applies else SemanticModel(catalog.source)


def checked_of(context: Context, catalog: Catalog) -> Checked:
    """The model with its mistakes."""
    own = _of_source(context, catalog)
    root = context.sources.root
    if root is None:
        return own
    key = (str(root), id(catalog))
    kept = _KEPT.get(key)
    if kept is not None and kept.catalog is catalog and file.fresh(kept.loaded):
        return _both(kept.checked, own)
    loaded = file.load(Path(root), catalog.source)
    if loaded is None:
        _KEPT.pop(key, None)
        return own
    governed = context.sources.get(catalog.source)
    narrowed = isinstance(governed, GovernedSource) and not governed.lists_all()
    checked = (
        Checked(loaded.model, loaded.problems)
        if loaded.problems
        else check(loaded.model, catalog, loaded.text, loaded.label, narrowed=narrowed)
    )
    _KEPT[key] = _Kept(catalog, loaded, checked)
    while len(_KEPT) > KEPT:
        _KEPT.popitem(last=False)
    return _both(checked, own)


def _both(checked: Checked, own: Checked) -> Checked:
    """The file's model, and behind it what the source says of itself."""
    if not own.model:
        return checked
    if not checked.applies:
        return own
    names = {one.name.casefold() for one in (*checked.model.metrics, *checked.model.dimensions)}
    model = replace(
        checked.model,
        metrics=(*checked.model.metrics, *(one for one in own.model.metrics if one.name.casefold() not in names)),
        dimensions=(*checked.model.dimensions, *(one for one in own.model.dimensions if one.name.casefold() not in names)),
        time=(*checked.model.time, *own.model.time),
    )
    return Checked(model, checked.problems)


def _of_source(context: Context, catalog: Catalog) -> Checked:
    """What a source that is a semantic layer says of itself."""
    source = context.sources.get(catalog.source)
    told: Callable[[], SemanticModel] | None = getattr(source, "semantic_model", None)
    if told is None:
        return Checked(SemanticModel(catalog.source))
    model = told()
    model = replace(model, metrics=tuple(replace(one, whole=True, place=Place(catalog.source)) for one in model.metrics))
    return Checked(check(model, catalog).model)


def applies(model: SemanticModel, catalog: Catalog) -> bool:
    """Whether a file is for a connection: one that it names, or where it names none, one that has a table of it."""
    if model.on:
        return catalog.source.casefold() in {name.casefold() for name in model.on}
    named = {one.name.casefold() for one in model.tables} | {
        one.table.casefold() for one in (*model.metrics, *model.dimensions) if one.table
    }
    texts = [one.sql for one in (*model.metrics, *model.filters, *model.joins, *model.dimensions)] + [
        one.column for one in model.dimensions
    ]
    every = {table.name.casefold() for table in catalog.tables}
    if named & every or (not named and not any(texts)):
        return True
    return any(word.casefold() in every for text in texts for word in words(text))


def words(text: str) -> list[str]:
    """Every name in a text, quoted or not."""
    import re

    found = re.findall(r'"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|([A-Za-z_]\w*)', text)
    return [next(filter(None, parts)) for parts in found]


def check(model: SemanticModel, catalog: Catalog, text: str = "", label: str = "", *, narrowed: bool = False) -> Checked:
    """``model`` on ``catalog``: names in its spelling, SQL with every column qualified; what is wrong is told with its line.

    ``text`` is that of the file called ``label``, to tell the very word. A mistake in a file that was included is no mistake of the user's own: it is listed under what
    could not be taken over. Where the catalog is ``narrowed`` by a policy, what does not hold on it is left out and counted: a word about it could name what is not seen.
    """
    if not applies(model, catalog):
        return Checked(SemanticModel(catalog.source), applies=False)
    found = Checker(model, catalog, text, label, narrowed=narrowed).run()
    if not narrowed:
        return found
    count = len(found.problems)
    left = Unread(f"{count} definition{'s' * (count > 1)}", "of what you do not see, or mistaken", Place(label)) if count else None
    return Checked(replace(found.model, narrowed=True, unread=(*model.unread, *((left,) if left else ()))))


class Checker:
    """Checks one model section by section."""

    def __init__(self, model: SemanticModel, catalog: Catalog, text: str = "", label: str = "", *, narrowed: bool = False) -> None:
        self.model, self.catalog, self.text, self.label, self.narrowed = model, catalog, text, label, narrowed
        self._conditions: dict[str, Filter] = {}
        self.ground = Ground(catalog)
        self.problems: list[Problem] = []
        self.unread: list[Unread] = list(model.unread)

    def run(self) -> Checked:
        """The checked model."""
        model = self.model
        filters = self._each(model.filters, "filter", self._filter)
        self._conditions = {one.name.casefold(): one for one in filters}
        tables = self._each(model.tables, "table", self._table)
        metrics = self._formulas(self._each(model.metrics, "metric", self._metric))
        self._distinct(metrics, self._each(model.dimensions, "dimension", self._dimension), filters)
        made = replace(
            model,
            source=self.catalog.source,
            metrics=tuple(metrics),
            dimensions=tuple(self._each(model.dimensions, "dimension", self._dimension, quiet=True)),
            tables=tuple(tables),
            hierarchies=tuple(self._each(model.hierarchies, "hierarchy", self._hierarchy)),
            filters=tuple(filters),
            joins=tuple(self._each(model.joins, "join", self._join)),
            queries=tuple(self._each(model.queries, "verified query", self._query)),
            time=tuple(self._time(one) for one in model.time),
            unread=tuple(dict.fromkeys(self.unread)),
        )
        return Checked(made, tuple(sorted(self.problems, key=lambda one: (one.place.line, one.place.column))))

    def _each(self, entries: Sequence[T], kind: str, one: Callable[[T], T | None], *, quiet: bool = False) -> list[T]:
        """The entries that are right; what is wrong with the others is noted."""
        found: list[T] = []
        for entry in entries:
            try:
                made = one(entry)
            except WrongError as error:
                if not quiet:
                    self._wrong(kind, entry, error)
                continue
            if made is not None:
                found.append(made)
        return found

    def _wrong(self, kind: str, entry: object, error: WrongError) -> None:
        place: Place = getattr(entry, "place", NOWHERE)
        name = getattr(entry, "name", "")
        what = f"{kind} {name}".strip()
        if place.file == self.label or not place.file:
            self.problems.append(Problem(exact(self.text, place, error.word), f"{what}: {error.message}", error.hint))
        else:
            self.unread.append(Unread(what, error.message.rstrip("."), place))

    def _table(self, one: TableMeaning) -> TableMeaning:
        table = self.ground.table(one.name)
        if self.narrowed:
            one = replace(
                one, time=self._seen(one.time, table.name), label=tuple(text for text in one.label if self._seen(text, table.name))
            )
        time = joined(*self.ground.column(one.time, table.name)) if one.time else ""
        if time and (kind := self.ground.of(*self.ground.column(one.time, table.name)).type) not in ("date", "timestamp"):
            raise WrongError(f"time {one.time} is no date: it holds values of type {kind}.", word=one.time)
        label = tuple(self.ground.column(text, table.name)[1] for text in one.label)
        return replace(
            one, name=table.name, time=time, label=label, columns=tuple(self._each(one.columns, f"table {table.name}: column", lambda c: self._column(table.name, c)))
        )  # fmt: skip

    def _seen(self, text: str, table: str) -> str:
        """The name of a column of ``table`` where that is there, else nothing."""
        try:
            return text if text and self.ground.column(text, table) else ""
        except WrongError:
            return ""

    def _column(self, table: str, one: ColumnMeaning) -> ColumnMeaning:
        return replace(one, name=self.ground.column(joined(table, one.name))[1])

    def _metric(self, one: Metric) -> Metric | None:
        if one.formula or one.ratio:
            if one.filter:
                raise WrongError("a metric made of others takes no filter.", "Give it to the metrics that it is made of.", "filter")
            return one
        if not one.sql:
            return None  # its form was refused already
        found = self.ground.expression(one.sql, one.table, aggregates=True, measures=one.whole)
        condition = self._condition(one.filter, one.table or found.tables[0]) if one.filter else ""
        time = joined(*self.ground.column(one.time, found.tables[0])) if one.time else ""
        said = f"{one.sql} where {one.filter}" if one.filter else one.sql
        return replace(one, sql=found.sql, table=found.tables[0], filter=condition, time=time, said=said)

    def _condition(self, text: str, home: str) -> str:
        named = self._conditions.get(text.casefold())
        return named.sql if named else self.ground.expression(text, home, aggregates=False).sql

    def _formulas(self, metrics: list[Metric]) -> list[Metric]:
        """Metrics made of others, after those that they are made of; one that is made of itself is a mistake."""
        names = {one.name.casefold(): one.name for one in self.model.metrics}
        uses: dict[str, tuple[str, ...]] = {}
        made: dict[str, Metric] = {one.name: one for one in metrics if not (one.formula or one.ratio)}

        def parts(one: Metric) -> Metric:
            if one.ratio:
                for name in one.ratio:
                    if name.casefold() not in names:
                        raise defined.unknown_metric(name, names.values())
                uses[one.name] = tuple(names[name.casefold()] for name in one.ratio)
                return replace(one, ratio=uses[one.name], said=" / ".join(one.ratio))
            sql, uses[one.name] = defined.formula(one.formula, names)
            return replace(one, formula=sql, said=one.formula)

        waiting = self._each([one for one in metrics if one.formula or one.ratio], "metric", parts)
        while ready := [one for one in waiting if all(name in made for name in uses[one.name])]:
            made |= {one.name: replace(one, table=made[uses[one.name][0]].table) for one in ready}
            waiting = [one for one in waiting if one not in ready]
        known = {one.name for one in waiting}
        for one in waiting:
            circle = [name for name in uses[one.name] if name in known]
            if circle and all(name in names.values() for name in uses[one.name]):
                self._wrong(
                    "metric",
                    one,
                    WrongError(f"it is made of {circle[0]}, which cannot be worked out.", "See that none is made of itself.", circle[0]),
                )
        order = {one.name: i for i, one in enumerate(self.model.metrics)}
        return sorted(made.values(), key=lambda one: order[one.name])

    def _dimension(self, one: Dimension) -> Dimension:
        if one.column:
            table, column = self.ground.column(one.column, one.table)
            return replace(one, table=table, column=column)
        if not one.sql:
            raise WrongError("it needs a column or sql.")
        found = self.ground.expression(one.sql, one.table, aggregates=False)
        return replace(one, sql=found.sql, table=found.tables[0], said=one.sql)

    def _filter(self, one: Filter) -> Filter | None:
        if not one.sql:
            return None
        found = self.ground.expression(one.sql, one.table, aggregates=False)
        return replace(one, sql=found.sql, table=found.tables[0], said=one.sql)

    def _hierarchy(self, one):  # noqa: ANN001, ANN202  # the types are those of _each
        return replace(one, levels=tuple(joined(*self.ground.column(text)) for text in one.levels))

    def _join(self, one: Join) -> Join:
        pairs = defined.equal_columns(one.sql, self.ground)
        return replace(one, sql=" AND ".join(f"{joined(*left)} = {joined(*right)}" for left, right in pairs))

    def _query(self, one):  # noqa: ANN001, ANN202  # the types are those of _each
        if one.on and one.on.casefold() != self.catalog.source.casefold():
            return None
        defined.query(one.sql, self.catalog)
        return one

    def _time(self, one: Dimension) -> Dimension:
        return one

    def _distinct(self, metrics: list[Metric], dimensions: list[Dimension], filters: list[Filter]) -> None:
        """Note names and synonyms that two definitions share: a question could not say which it means."""
        owners: dict[str, tuple[str, object]] = {}
        for kind, entries in (("metric", metrics), ("dimension", dimensions), ("filter", filters)):
            for one in entries:
                for word in (one.name, *one.synonyms):
                    first = owners.setdefault(" ".join(word.casefold().split()), (f"{kind} {one.name}", one))
                    if first[1] is not one:
                        self._wrong(
                            kind, one, WrongError(f"{word!r} is also a name of {first[0]}.", "Call one of them something else.", word)
                        )


def exact(text: str, place: Place, word: str) -> Place:
    """Where ``word`` stands in the entry that begins at ``place`` of ``text``; ``place`` where it does not."""
    wanted = word.casefold()
    for number, line in enumerate(text.split("\n")[place.line - 1 :] if wanted and place.line else (), place.line):
        begins = place.column - 1 if number == place.line else 0
        if number > place.line and line.strip() and len(line) - len(line.lstrip()) < place.column:
            break  # the next entry
        found = line.casefold().find(wanted, begins)
        if found >= 0:
            return Place(place.file, number, found + 1)
    return place


def default_times(model: SemanticModel) -> dict[str, tuple[str, str]]:
    """For each table the table and column of the date that a period means."""
    said = {one.table: (one.table, one.column) for one in model.time}
    for one in model.tables:
        parts = split(one.time)
        if len(parts) == 2:
            said[one.name] = (parts[0], parts[1])
    return said
