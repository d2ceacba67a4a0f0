"""What happened, as one line of JSON each, without secrets."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import IO, TYPE_CHECKING

from aiser_jupyter.errors import SettingsError
from aiser_jupyter.redact import plain, redact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiser_jupyter.events import Event, Events

ROOT = "aiser_jupyter"
_EVENTS = logging.getLogger(f"{ROOT}.events")
# Told many times a second, and of no use later.
_PASSING = frozenset({"query.progress"})
_LEVELS = {"failed": logging.WARNING, "refused": logging.WARNING, "deadline": logging.WARNING, "slow": logging.WARNING}


class JsonLines(logging.Formatter):
    """Each record as ``{"v": 1, "at", "level", "logger", "kind" or "message", …}`` with what the event tells; all texts redacted.

    Of an exception only its type and the place it was raised are told: its words may quote a value.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC)
        event: Event | None = getattr(record, "event", None)
        line: dict[str, object] = {
            "v": 1,
            "at": (event.at if event else at).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if event is not None:
            line |= {"kind": event.kind, **{name: value for name, value in event.data.items() if name not in line}}
        else:
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            line["error"] = record.exc_info[0].__name__
            line["raised"] = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
        return json.dumps(plain(line), ensure_ascii=False, default=lambda value: redact(str(value)))


class _OwnersFile(WatchedFileHandler):
    """A file that only its owner reads; it is opened anew where somebody moved it away."""

    def _open(self) -> IO[str]:  # type: ignore[override]  # as wide as the base's
        number = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(number, "a", encoding="utf-8")


def to_file(events: Events, path: Path) -> Callable[[], None]:
    """Write what is told and logged to ``path`` from now on; the returned function ends it. Raises `SettingsError` where it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _OwnersFile(path, delay=False)
    except OSError as error:
        raise SettingsError(
            "The log cannot be written.",
            where=f"{path}: {error.strerror or error}",
            hint="Set log in .aiser/settings.toml to a file you may write.",
        ) from None
    return to(events, handler)


def to(events: Events, handler: logging.Handler) -> Callable[[], None]:
    """Send what is told and logged to ``handler`` from now on; the returned function ends it and closes the handler."""
    handler.setFormatter(JsonLines())
    # What one workspace tells goes to its own handler; what the package logs goes to all.
    root = logging.getLogger(ROOT)
    root.addHandler(handler)
    if root.level == logging.NOTSET:
        root.setLevel(logging.INFO)

    def hear(event: Event) -> None:
        if event.kind not in _PASSING:
            level = _LEVELS.get(event.kind.rpartition(".")[2], logging.INFO)
            record = _EVENTS.makeRecord(_EVENTS.name, level, "", 0, event.kind, (), None, extra={"event": event})
            handler.handle(record)

    stop_hearing = events.listen(hear)

    def stop() -> None:
        stop_hearing()
        root.removeHandler(handler)
        handler.close()

    return stop
