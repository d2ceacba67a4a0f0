"""A transcript of what a model was asked and what it replied: JSON lines, written as it happens, and replayed without any network."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aiser_jupyter import redact
from aiser_jupyter.ask.llm.call import Completion
from aiser_jupyter.ask.llm.usage import Usage
from aiser_jupyter.errors import AiserError, ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiser_jupyter.ask.llm.call import Caller, Request
    from aiser_jupyter.ask.llm.deadline import Deadline
    from aiser_jupyter.clock import Clock

VERSION = 1
_writing = threading.Lock()


def key(request: Request) -> str:
    """What tells requests apart: a hash of the prompt's version and the messages."""
    said = json.dumps([request.prompt, [message.as_json() for message in request.messages]], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Recorder:
    """A caller whose every call is added to the file ``path``, failures too."""

    def __init__(self, inner: Caller, path: Path, clock: Clock) -> None:
        self._inner = inner
        self._path = path
        self._clock = clock

    @property
    def name(self) -> str:
        """The model's name."""
        return self._inner.name

    def priced(self) -> bool:
        """Whether it is known what a call of the inner caller costs."""
        known = getattr(self._inner, "priced", None)
        return True if known is None else bool(known())

    def complete(self, request: Request, deadline: Deadline, on_text: Callable[[str], None] | None = None) -> Completion:
        """What the inner caller gives."""
        try:
            found = self._inner.complete(request, deadline, on_text)
        except AiserError as error:
            self._write(request, {"reply": None, "error": error.as_json(), "usage": None})
            raise
        self._write(request, {"reply": found.text, "error": None, "usage": found.usage.as_json()})
        return found

    def _write(self, request: Request, outcome: dict[str, Any]) -> None:
        line = {
            "v": VERSION,
            "at": self._clock.now().isoformat(),
            "model": self._inner.name,
            "prompt": request.prompt,
            "key": key(request),
            "messages": [message.as_json() for message in request.messages],
            **outcome,
        }
        text = json.dumps(redact.plain(line) | {"key": line["key"], "usage": line["usage"]}, ensure_ascii=False)  # type: ignore[operator]  # plain gives a dict for a dict
        try:
            with _writing, self._path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError as error:
            raise UsageError(
                "The transcript cannot be written.", where=f"{self._path}: {error.strerror}", hint="Choose a file you may write to."
            ) from None


class Replayer:
    """A caller that gives the replies of a transcript; nothing is sent anywhere."""

    def __init__(self, path: Path) -> None:
        self._name, self._lines = _kept(path)
        self._path = path
        self._given: dict[str, int] = {}

    @property
    def name(self) -> str:
        """The model that was recorded."""
        return self._name

    def complete(self, request: Request, deadline: Deadline, on_text: Callable[[str], None] | None = None) -> Completion:
        """The reply that was recorded for this very request, the next one where there are several; `ModelError` where there is none."""
        deadline.check()
        wanted = key(request)
        lines = self._lines.get(wanted)
        if not lines:
            raise ModelError(
                "The transcript has no reply to this request.",
                where=str(self._path),
                hint="It holds what was asked of the same data, in the same words, on the same day (--today), with the same version of the prompts.",
            )
        number = self._given.get(wanted, 0)
        self._given[wanted] = number + 1
        line = lines[min(number, len(lines) - 1)]
        if line["reply"] is None:
            raise ModelError(str((line.get("error") or {}).get("message") or "The call failed when it was recorded."))
        text = str(line["reply"])
        if on_text is not None:
            on_text(text)
        return Completion(text, _usage(line, self._name))


def _usage(line: dict[str, Any], model: str) -> Usage:
    held = line.get("usage") or {}
    known = {name: held[name] for name in ("prompt_tokens", "completion_tokens", "cost", "elapsed_ms") if held.get(name) is not None}
    return replace(Usage(model), **known)


def _kept(path: Path) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """What the file holds, read once while it stays as it is: a batch asks a thousand times."""
    try:
        seen = path.stat()
    except OSError:
        return _read(path)
    return _parsed(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=2)
def _parsed(path: Path, _changed: int, _size: int) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    return _read(path)


def _read(path: Path) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    name = ""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "The transcript cannot be read.", where=f"{path}: {error}", hint="Make one with aiser ask … --record FILE."
        ) from None
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        try:
            line = json.loads(row)
            version = line["v"]
            found.setdefault(str(line["key"]), []).append({"reply": line["reply"], **line})
            name = name or str(line["model"])
        except (ValueError, KeyError, TypeError):
            raise UsageError("This is no line of a transcript.", where=f"{path}, line {number}") from None
        if version != VERSION:
            raise UsageError(f"The transcript has version {version}; this aiser-jupyter knows {VERSION}.", where=f"{path}, line {number}")
    return name, found
