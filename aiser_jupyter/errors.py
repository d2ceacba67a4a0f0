"""The errors a user meets: what went wrong, where, and what to do next."""

from __future__ import annotations

from typing import ClassVar

from aiser_jupyter.redact import redact


class AiserError(Exception):
    """An error with the place it happened and the next step.

    ``message`` is one sentence, ``where`` names the SQL position, column or file, ``hint`` is the next step.
    ``exit_status`` is what the command line ends with. A surface that knows what was asked notes it in ``statement`` or ``question``, to show it, and in ``shown`` that it did.
    """

    exit_status: ClassVar[int] = 1
    statement: str = ""
    question: str = ""
    shown: bool = False

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        # An error goes into outputs, logs, history and tracebacks: what is secret in it is taken out once, here.
        self.message, self.where, self.hint = redact(message), redact(where), redact(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return "\n".join(part for part in (self.message, self.where, self.hint) if part)

    def as_json(self) -> dict[str, object]:
        """The error object of every JSON reply."""
        return {"type": type(self).__name__, "message": self.message, "where": self.where, "hint": self.hint}


class UsageError(AiserError):
    """An option, argument or parameter that does not exist or does not fit."""

    exit_status = 2


class NotYetError(UsageError):
    """An option of the contract that this version does not have yet."""


class SettingsError(AiserError):
    """A settings file or environment knob that cannot be read."""


class SemanticError(SettingsError):
    """A semantic model that is wrong; ``problems`` are all its mistakes, each a sentence with its file and line, in their order."""

    def __init__(self, message: str, *, where: str = "", hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, where=where, hint=hint)
        self.problems = problems or (f"{where}: {message}",)


class StateError(AiserError):
    """The workspace's own store cannot be read or written."""


class StateDamagedError(StateError):
    """A store, or an archive of one, whose bytes are not what was written."""


class StateNewerError(StateError):
    """A store, or an archive of one, that a newer aiser-jupyter wrote; it is left as it is."""


class StateLockedError(StateError):
    """A store that another process kept to itself for longer than we wait."""


class StateFullError(StateError):
    """A store that cannot grow: the disk is full, or a limit of this process is reached."""


class EncryptionError(AiserError):
    """What a workspace keeps is encrypted, and its key cannot be had, or nothing can encrypt here."""


class SourceError(AiserError):
    """A source that cannot be reached, opened or read."""


class FileFormatError(SourceError):
    """A data file that is missing, empty, truncated or of another format."""


class SecretTypedError(SourceError):
    """A password typed where only a reference to one may stand."""

    exit_status = 2


class QueryError(AiserError):
    """A query the engine does not accept."""


class EngineWordsError(QueryError):
    """A query the engine does not accept, in its own words: they may quote values. Whoever asked through the road meets a `QueryError` in its place."""


class UnknownNameError(QueryError):
    """A table, column or function that is not there; ``candidates`` are the nearest names, best first."""

    def __init__(self, message: str, *, where: str = "", hint: str = "", candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message, where=where, hint=hint)
        self.candidates = candidates


class DeadlineError(QueryError):
    """A query stopped because its time was over."""


class CancelledError(QueryError):
    """A query stopped because the user asked for it."""


class WorkerError(QueryError):
    """A worker process that ended while it ran a query."""


class RefusedError(AiserError):
    """A statement that the guard or a policy does not let through."""

    exit_status = 4


class CannotAnswerError(AiserError):
    """A question that the data at hand cannot answer."""

    exit_status = 3


class ModelError(AiserError):
    """A language model that is not set up, cannot be reached, or did not reply."""


class ModelReplyError(ModelError):
    """A model's reply that is of no use.

    ``kind`` says why: ``too_long``, ``cut_off``, ``withheld``, ``not_json``, ``prose`` (JSON with text around it), ``form`` (JSON of another form),
    ``unknown_name``, ``two_statements``, ``refused`` (by the guard), ``no_join``, ``failed`` (in the database), ``declined`` (by the model itself).
    """

    def __init__(self, message: str, *, kind: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.kind = kind


class ReportError(AiserError):
    """A report that could not be made; nothing was published."""


class ToolError(AiserError):
    """A tool that failed, was too slow, or gave what cannot be used."""


class ConsentError(RefusedError):
    """A tool of another server that the user has not allowed."""
