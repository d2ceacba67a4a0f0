"""The tools of a workspace: our own, those of installed packages, and those of servers the user configured."""

from __future__ import annotations

import re
import time
from importlib import import_module
from importlib.metadata import entry_points
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiser_jupyter import features
from aiser_jupyter.answer.tools import arguments as given
from aiser_jupyter.answer.tools.tool import Tool
from aiser_jupyter.answer.tools.usage import Usage
from aiser_jupyter.errors import AiserError, ToolError, UsageError
from aiser_jupyter.events import Event
from aiser_jupyter.query import governed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiser_jupyter.answer.tools.tool import Output
    from aiser_jupyter.context import Context
    from aiser_jupyter.events import Events

GROUP = "aiser.tools"
OWN = ("ask", "query", "chart", "analyse", "dashboard", "describe", "export")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Registry:
    """Tools by name. Each call is checked against its schema, timed and counted; `tool.done` and `tool.failed` are told to the workspace's listeners."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.left_out: dict[str, str] = {}
        self._tools: dict[str, Tool] = {}
        self._more: list[Callable[[], Iterable[Tool]]] = []
        self._lock = RLock()
        self._loaded = False

    def add(self, tool: Tool) -> None:
        """Have ``tool`` under its name; raises `UsageError` where the name is taken or is none."""
        if not NAME.fullmatch(tool.name):
            raise UsageError(
                f"A tool cannot be called {tool.name[:80]!r}.", hint="Letters, digits, _ - and . name a tool; at most 64 of them."
            )
        with self._lock:
            self._load()
            if tool.name in self._tools:
                raise UsageError(f"There is a tool {tool.name!r} already.", hint="Give yours another name.")
            self._tools[tool.name] = tool

    def follow(self, more: Callable[[], Iterable[Tool]]) -> None:
        """Have what ``more`` gives whenever the tools are listed, such as those of configured servers; own names win."""
        if more not in self._more:
            self._more.append(more)

    def tools(self) -> tuple[Tool, ...]:
        """The tools that are switched on, our own first."""
        with self._lock:
            self._load()
            found = dict(self._tools)
        for more in self._more:
            for tool in more():
                found.setdefault(tool.name, tool)
        return tuple(tool for tool in found.values() if on(tool.name))

    def get(self, name: str) -> Tool:
        """The tool of that name; `UsageError` with the nearest where there is none."""
        from aiser_jupyter.query.suggest import did_you_mean

        known = {tool.name: tool for tool in self.tools()}
        if name not in known:
            why = self.left_out.get(name, "")
            near = did_you_mean(name, known).strip()
            raise UsageError(f"There is no tool {name[:80]!r}.{f' {why}' if why else ''}", hint=near or f"Tools: {', '.join(known)}.")
        return known[name]

    def call(self, context: Context, name: str, arguments: Mapping[str, object] | None = None) -> Output:
        """Run a tool and count how it went; raises what it raises, as an `AiserError`."""
        tool = self.get(name)
        started = time.perf_counter()
        failure: AiserError | None = None
        try:
            if context.caller:
                _may_hear(context, tool.name, arguments or {})
            return tool.run(context, given.checked(tool, arguments or {}, local=not context.caller))
        except AiserError as error:
            failure = error
            raise
        except Exception as error:
            # A tool of another package may fail in any way; the caller gets one kind of error.
            failure = ToolError(f"The tool {name} failed: {type(error).__name__}: {str(error)[:300]}")
            raise failure from error
        finally:
            elapsed_ms = 1000 * (time.perf_counter() - started)
            self.usage.add(name, elapsed_ms, type(failure).__name__ if failure else "")
            data = {
                "tool": name,
                "caller": context.caller or "user",
                "elapsed_ms": round(elapsed_ms, 3),
                "error": type(failure).__name__ if failure else "",
            }
            context.events.emit(Event("tool.failed" if failure else "tool.done", context.clock.now(), data))

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for name in OWN:
            self._tools[name] = import_module(f"aiser_jupyter.answer.tools.{name}").TOOL
        for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
            try:
                tool = point.load()
                tool = tool() if isinstance(tool, type) else tool
                if not isinstance(tool, Tool):
                    raise UsageError("it is no Tool: name, description, schema, read_only, local and run")  # noqa: TRY301  # told like any other fault
                self.add(tool)
            except Exception as error:  # noqa: BLE001  # one broken package must not cost the other tools
                self.left_out[point.name] = f"The package that brings it does not load: {type(error).__name__}: {str(error)[:200]}"


def on(name: str) -> bool:
    """Whether a tool is switched on: ``AISER_ENABLE_TOOLS`` for all, ``AISER_ENABLE_CHART`` or ``AISER_ENABLE_TOOL_CHART`` for one."""
    return features.enabled("tools") and features.enabled(name) and features.enabled(f"tool {name}")


def _may_hear(context: Context, tool: str, arguments: Mapping[str, object]) -> None:
    """Raise RefusedError where an assistant outside may not hear of the connection that a tool is about; a statement over others is judged where it runs."""
    name = arguments.get("on") or context.sources.default
    if isinstance(name, str) and name in context.sources:
        governed.may_tell([context.sources.get(name)], "schema" if tool == "describe" else "values")


_made: WeakKeyDictionary[Events, Registry] = WeakKeyDictionary()


def registry(context: Context) -> Registry:
    """The tools of the workspace that ``context`` is of."""
    return _made.setdefault(context.events, Registry())
