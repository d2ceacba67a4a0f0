"""The workspace: one object that reaches everything, and the notebook's own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter import features
from aiser_jupyter.errors import NotYetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    import plotly.graph_objects as go

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.catalog.semantic import SemanticModel
    from aiser_jupyter.clock import Clock
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.finding import Finding
    from aiser_jupyter.discover.findings import Findings
    from aiser_jupyter.format.listing import Listing
    from aiser_jupyter.governing import Explained
    from aiser_jupyter.memory.entry import Entry
    from aiser_jupyter.preserving import Checked
    from aiser_jupyter.query.extracts import Extract
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.remembering import Remembering
    from aiser_jupyter.report.document import Document
    from aiser_jupyter.semantics import Semantics
    from aiser_jupyter.settings import Audience
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.spec import ChartSpec
    from aiser_jupyter.state.archive import Saved
    from aiser_jupyter.status import Status

Engine = Literal["auto", "offline", "llm"]

# The connection that added files and frames live on.
FILES = "files"
SOON = {
    "predict": ("make and check a model of a column", "ws.discover(table) says which groups differ, tested."),
    "board": ("make a dashboard", "A report is one file that opens anywhere: aiser report run NOTEBOOK."),
}


class Workspace:
    """Connections, questions, findings, charts and reports over one folder.

    ``path`` is a folder of the workspace; its root is the nearest one upwards that holds ``.aiser/``. Nothing is written until something is
    kept. ``resolver`` gives the value behind a name (a frame, a Result), or None.
    """

    def __init__(
        self, path: str | Path = ".", *, clock: Clock | None = None, resolver: Callable[[str], object | None] | None = None
    ) -> None:
        from aiser_jupyter import assemble

        self._made = assemble.context(path, clock=clock, resolver=resolver)
        self._path = path

    @property
    def context(self) -> Context:
        """What every part takes: connections, catalogs, settings, state, identity, policy, clock; under the policy as it is now."""
        from aiser_jupyter.query import governed

        found = governed.current(self._made)
        if found.policy is not self._made.policy:
            self._made = found
        return found

    @property
    def _context(self) -> Context:
        return self.context

    @property
    def root(self) -> Path:
        """The folder of the workspace: the nearest one upwards that holds ``.aiser/``, else the one it was made for."""
        from aiser_jupyter.settings import find_root

        return find_root(self._path)

    @property
    def connections(self) -> tuple[str, ...]:
        """The names of the connections, in the order they were made."""
        return self._context.sources.names()

    def connect(
        self,
        target: str | Path,
        name: str | None = None,
        *,
        write: bool = False,
        allow_private: bool = False,
        extra: Mapping[str, Any] | None = None,
    ) -> Source:
        """Connect a URL, a path or a reference such as ``env:SHOP_URL``, read-only unless ``write``; it becomes the default.

        ``allow_private`` lets an HTTP connection reach private addresses; ``extra`` are the driver's own knobs, as in a profile. Raises SourceError where it cannot be opened and SecretTypedError where a password was typed.
        """
        from aiser_jupyter.sources.open import open_source
        from aiser_jupyter.sources.options import Options

        options = Options(write=write, allow_private=allow_private, extra=dict(extra or {}))
        source = open_source(target, name, options=options)
        if not source.capabilities.local:
            try:
                source.ping()  # a wrong address is said here, not at the first question
            except BaseException:
                source.close()
                raise
        self._context.catalogs.drop(source.name)
        self._context.sources.add(source)
        return self._context.sources.get(source.name)

    def disconnect(self, name: str) -> None:
        """Close a connection; raises UsageError where there is none of that name."""
        self._context.sources.remove(name)
        self._context.catalogs.drop(name)

    def edit_connection(
        self, name: str, *, url: str | None = None, rename: str | None = None, write: bool | None = None, save: bool = False
    ) -> Source:
        """Close a connection and open it again: elsewhere (``url``), under another name, or with other rights; ``save`` keeps it as a profile.

        The one that is open stays open where the other cannot be opened.
        """
        from aiser_jupyter.connecting import edit

        return edit(self._context, self.root, name, url=url, rename=rename, write=write, save=save)

    def save_connection(self, name: str, target: str | Path) -> None:
        """Keep an open connection as a profile in `.aiser/settings.toml`, by its address or reference ``target``, which holds no password."""
        from aiser_jupyter.connecting import save

        save(self._context, self.root, name, str(target))

    @features.of("add")
    def add(
        self, data: str | Path | Sequence[str | Path] | Any, name: str | None = None, *, copy: Literal["none", "results"] | None = None
    ) -> tuple[str, ...]:
        """Add data files, folders, globs, addresses or a frame as tables that every later query and question sees; returns the tables' names.

        Where the workspace has its folder they are kept there as Parquet, for every notebook of it; ``copy="results"`` makes the folder,
        ``copy="none"`` keeps them in memory. Raises FileFormatError with the place in the file.
        """
        from aiser_jupyter.added import add

        return add(self._context, data, name, copy=copy)

    @features.of("sql")
    def sql(
        self,
        sql: str,
        params: Mapping[str, Any] | None = None,
        *,
        on: str | None = None,
        timeout: float | None = None,
        frames: Mapping[str, Any] | None = None,
        write: bool = False,
        fresh: bool = False,
    ) -> Result:
        """Run one read-only statement, exactly once, on the connection ``on``; ``:name`` binds ``params``, ``frames`` are tables by name.

        ``timeout`` is in seconds, ``fresh`` asks for rows that were not kept from before. Raises RefusedError from the guard, QueryError from the engine, DeadlineError when time is over.
        """
        from aiser_jupyter import query

        return query.run(self._context, sql, on=on, params=params, timeout=timeout, frames=frames, origin="user", write=write, fresh=fresh)

    @features.of("ask")
    def ask(
        self,
        question: str,
        *,
        on: str | None = None,
        engine: Engine | str = "auto",
        assistant: str = "analyst",
        today: date | None = None,
        follows: Answer | None = None,
    ) -> Answer:
        """Answer a question in plain English with checked numbers, or say why it can't be answered.

        ``today`` is the day that "last month" counts from; ``follows`` is the answer this question builds on.
        """
        from aiser_jupyter.answer.build import answer

        found = answer(self._context, question, on=on, engine=engine, assistant=assistant, today=today, follows=follows)
        self.memory.heard(found)
        return found

    @property
    def memory(self) -> Remembering:
        """What is remembered: show, search, teach, keep, forget, export; the last turns of the conversation."""
        from aiser_jupyter.remembering import Remembering

        return Remembering(self._context)

    def teach(
        self, phrase: str, *, means: str | None = None, sql: str | None = None, on: str | None = None, everyone: bool = False
    ) -> Entry:
        """Keep that a phrase ``means`` something, or that a question is answered by ``sql``; ``everyone`` of the team where the memory is a team's.

        Raises UsageError where neither or both are given, RefusedError for SQL that does more than read.
        """
        return self.memory.teach(phrase, means=means, sql=sql, on=on, everyone=everyone)

    @features.of("why")
    def why(self, measure: str, between: tuple[Any, Any] | None = None, *, on: str | None = None) -> Answer:
        """Where a measure's change between two periods happened, each part tested: ``ws.why("revenue", between=("2025-02", "2025-03"))``.

        The last whole month against the one before where ``between`` is None. An end of ``between`` is a day (its month is meant), a pair of days, or text.
        """
        from aiser_jupyter.answer.why import why

        return why(self._context, measure, between=between, on=on)

    @features.of("forecast")
    def forecast(
        self,
        measure: str,
        periods: int | None = None,
        *,
        on: str | None = None,
        grain: Literal["day", "week", "month", "quarter", "year"] | None = None,
    ) -> Answer:
        """What a measure will be in the next ``periods``, with intervals checked on its past; by ``grain``, or by the one its history suits."""
        self._files()
        from aiser_jupyter.answer.forecast import forecast

        return forecast(self._context, measure, periods=periods, on=on, grain=grain)

    def transcript(self, *, record: str | Path | None = None, replay: str | Path | None = None) -> None:
        """From now on write each call of a model to the file ``record``, or give the replies of the file ``replay`` again without any network.

        Neither ends both. The format is in docs/models.md.
        """
        knobs = {"model_record": record and Path(record).absolute(), "model_replay": replay and Path(replay).absolute()}
        self._made = replace(self._made, settings=self._made.settings.model_copy(update=knobs))

    @features.of("discover")
    def discover(self, table: str | Result | Any, *, on: str | None = None, name: str = "") -> Findings:
        """What stands out in a table, a Result or a frame, tested under one false-discovery control; empty where nothing does.

        ``name`` is what sentences call a Result or frame.
        """
        from aiser_jupyter.discover.scan import discover

        if not isinstance(table, str):
            self._files()
        return discover(self._context, table, on=on, name=name)

    @features.of("chart")
    def chart(self, data: Result | Any, kind: str | None = None) -> go.Figure:
        """A chart of a Result or frame: of ``kind``, or of the kind that fits best."""
        from aiser_jupyter.chart.figure import figure

        return figure(self.chart_spec(data, kind), data)

    def chart_spec(self, data: Result | Any, kind: str | None = None) -> ChartSpec:
        """What :meth:`chart` draws, as plain data."""
        from aiser_jupyter.chart.choose import choose, of_kind

        return of_kind(data, kind) if kind else choose(data)

    def catalog(self, on: str | None = None) -> Catalog:
        """What is known of a connection's tables: columns, statistics, keys, values."""
        from aiser_jupyter.query.profile import profile

        return profile(self._context, on)

    def propose(self, on: str | None = None) -> SemanticModel:
        """Metrics, dimensions and times that the tables speak for; ``.yaml()`` is the text of a `.aiser/semantic.yaml`, which is not written."""
        from aiser_jupyter.query.propose import propose

        return propose(self.catalog(on))

    @features.of("semantic")
    def semantic(self, on: str | None = None) -> Semantics:
        """What `.aiser/semantic.yaml` says of a connection: ``.model``, ``.problems``, ``.unread``, ``.show()``, ``.check()``, ``.write()``."""
        from aiser_jupyter.semantics import Semantics

        return Semantics(self._context, on)

    def tables(self, on: str | None = None) -> Listing:
        """The tables of one connection, or of all."""
        from aiser_jupyter.format.listing import Listing

        rows = [
            (table.name, table.row_count, len(table.columns), name)
            for name in ((on,) if on else self.connections)
            for table in self.catalog(name).tables
        ]
        return Listing("Tables", ("Table", "Rows", "Columns", "Connection"), rows)

    def describe(self, table: str, on: str | None = None) -> Listing:
        """A table's columns with type, missing and distinct values, range, and the key they are part of."""
        from aiser_jupyter.describe import describe

        return describe(self._context, table, on)

    def history(
        self, limit: int = 50, *, search: str = "", on: str | None = None, status: str | None = None, favourites: bool = False
    ) -> Listing:
        """What was run by hand or for a question, newest first; each word of ``search`` stands somewhere in the SQL."""
        from aiser_jupyter import kept

        return kept.history(self._context, limit, search=search, on=on, status=status, favourites=favourites)

    def star(self, number: int, *, favourite: bool = True) -> None:
        """Make a run of the history a favourite, or no longer one."""
        from aiser_jupyter import kept

        kept.star(self._context, number, favourite=favourite)

    @features.of("sql")
    def rerun(self, number: int, params: Mapping[str, Any] | None = None) -> Result:
        """Run a statement of the history again."""
        from aiser_jupyter import kept

        return kept.rerun(self._context, number, params)

    def save_query(self, name: str, sql: str, *, on: str | None = None, description: str = "", replace: bool = False) -> Path:
        """Save a query as `.aiser/queries/NAME.sql`."""
        from aiser_jupyter import kept

        return kept.save_query(self._context, name, sql, on=on, description=description, replace=replace)

    def queries(self) -> Listing:
        """The saved queries."""
        from aiser_jupyter import kept

        return kept.queries(self._context)

    @features.of("sql")
    def query(self, name: str, params: Mapping[str, Any] | None = None, *, fresh: bool = False) -> Result:
        """Run a saved query; ``fresh`` does not take its rows from the cache."""
        from aiser_jupyter import kept

        return kept.run_query(self._context, name, params, fresh=fresh)

    @features.of("materialize")
    def materialize(
        self,
        name: str,
        sql: str,
        *,
        refresh: str | None = None,
        on: str | None = None,
        key: str | Sequence[str] = (),
        watermark: str | None = None,
        zone: str | None = None,
    ) -> Extract:
        """Keep the rows of a query as table ``name``, due anew as the cron line ``refresh`` says.

        With ``watermark``, a column that only grows, later refreshes read on from there; with ``key`` newer rows replace older ones.
        """
        from aiser_jupyter.query.materialize import materialize

        return materialize(self._context, name, sql, refresh=refresh, on=on, key=key, watermark=watermark, zone=zone)

    @features.of("materialize")
    def refresh(self, name: str, *, full: bool = False) -> Extract:
        """Refresh an extract now; ``full`` reads all rows anew."""
        from aiser_jupyter.query.materialize import renew

        return renew(self._context, name, full=full)

    def materialized(self) -> Listing:
        """The extracts with how fresh each is."""
        from aiser_jupyter import kept

        return kept.materialized(self._context)

    def metrics(self) -> str:
        """What was counted since the workspace was made, in Prometheus' text format."""
        from aiser_jupyter import metrics

        return metrics.of(self._context.events).text()

    def status(self) -> Status:
        """Each connection and the workspace's own store, tried now."""
        from aiser_jupyter.status import status

        return status(self._context)

    def backup(self, to: str | Path | None = None) -> Saved:
        """Save all that the workspace keeps to one file (default: `aiser-state-TIME.zip` beside `.aiser/`), while others write; `aiser state restore` brings it back."""
        from aiser_jupyter import preserving

        return preserving.backup(self.root, self._context.clock.now(), None if to is None else Path(to))

    def check_state(self) -> Checked:
        """Whether the store, the added data, the log of accesses, the settings and the semantic model are whole; nothing is changed."""
        from aiser_jupyter import preserving

        return preserving.check(self.root)

    def policy(self, sql: str | None = None, *, on: str | None = None) -> Explained | Listing:
        """Who you are here, in which role, and what you see; of a statement what becomes of it on a connection, which does not run."""
        from aiser_jupyter import governing

        return governing.seen(self._context) if sql is None else governing.explain(self._context, sql, on)

    @features.of("report")
    def report(self, brief: str, audience: str = "executive", *, on: str | None = None) -> Document:
        """A document on a brief: what stands out, with the numbers and their SQL."""
        from aiser_jupyter.report.brief import report

        return report(self._context, brief, audience=audience, on=on)

    def tools(self) -> Listing:
        """The tools there are, with how often, how well and how quickly each ran since the workspace was opened."""
        from aiser_jupyter.answer.tools import registry
        from aiser_jupyter.format.listing import Listing
        from aiser_jupyter.mcp.remote import followed

        known = registry(self._context)
        known.follow(followed)
        uses = [(tool, known.usage.of(tool.name)) for tool in known.tools()]
        rows = [
            (
                tool.name,
                tool.description.partition(". ")[0].rstrip("."),
                use.calls,
                None if use.share is None else f"{use.share:.0%}",
                use.p50_ms and round(use.p50_ms),
            )
            for tool, use in uses
        ]
        return Listing("Tools", ("Tool", "What it does", "Calls", "Succeeded", "Median ms"), rows)

    def call_tool(self, name: str, arguments: Mapping[str, Any] | None = None) -> dict[str, object]:
        """What a tool yields for its arguments, as plain JSON; raises UsageError for arguments that do not fit its schema."""
        from aiser_jupyter.answer.tools import registry
        from aiser_jupyter.mcp.remote import followed

        known = registry(self._context)
        known.follow(followed)
        return known.call(self._context, name, arguments).as_json()

    @features.of("suggest")
    def suggest(self, on: str | None = None, *, findings: Iterable[Finding] = (), audience: Audience | None = None) -> tuple[str, ...]:
        """Questions this data can answer, each checked: on ``findings`` first, then on what was looked at lately; in the order of an ``audience``."""
        from aiser_jupyter.answer.proposals import suggest

        return suggest(self._context, on, findings=findings, audience=audience)

    def __getattr__(self, name: str) -> Any:
        # Names of the contract that a later version fills: calling one says so, and what to do instead.
        if name in SOON:
            return partial(_not_yet, name)
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def see(self, resolver: Callable[[str], object | None]) -> None:
        """Let SQL name what ``resolver`` knows as tables."""
        self._made = replace(self._made, resolver=resolver)

    def close(self) -> None:
        """Close every connection, and the store after what waited was written to it."""
        self._context.sources.close()
        self._context.state.close()

    def reopen(self) -> None:
        """Close all, and open the folder as it is now, with the connections of its settings alone."""
        from aiser_jupyter import assemble

        clock, resolver = self._made.clock, self._made.resolver
        self.close()
        self._made = assemble.context(self._path, clock=clock, resolver=resolver)

    def __repr__(self) -> str:
        return f"Workspace({', '.join(self.connections) or 'no connections'})"

    def _files(self) -> Any:
        """The workspace's own engine in memory, made when first needed; it does not become the default."""
        return self._context.sources.engine()


def _not_yet(name: str, *_: Any, **__: Any) -> Any:
    what, instead = SOON[name]
    raise NotYetError(f"ws.{name} is not there yet: it will {what}.", hint=instead)


_own: Workspace | None = None


def workspace(*, resolver: Callable[[str], object | None] | None = None) -> Workspace:
    """The notebook's own workspace, made when first asked for; ``resolver`` makes it see the notebook's names."""
    global _own  # noqa: PLW0603 - a kernel has exactly one notebook
    if _own is None:
        _own = Workspace(resolver=resolver)
    elif resolver is not None and _own.context.resolver is None:
        _own.see(resolver)
    return _own
