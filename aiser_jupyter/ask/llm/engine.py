"""The model engine: a model proposes a reading, the guard and the database check it, the offline reading is the second opinion."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter import trust
from aiser_jupyter.ask.llm import agreement, callers, check, configuration, context, prompts, reply
from aiser_jupyter.ask.llm.call import Message
from aiser_jupyter.ask.llm.deadline import Deadline
from aiser_jupyter.ask.reading import Alternative, Reading, Trace
from aiser_jupyter.ask.refuse import foreign, on_sight
from aiser_jupyter.errors import AiserError, CancelledError, ModelError, ModelReplyError, RefusedError, UsageError

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.learned.model import Model
    from aiser_jupyter.ask.llm.call import Caller, Completion, Request
    from aiser_jupyter.ask.llm.check import Ran
    from aiser_jupyter.ask.llm.reply import Proposal
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.context import Context

REPAIRS = 2
CLOSE, SURE = 0.1, 0.9  # two offline readings nearer than this are ambiguous, unless the first is surer than that
COMPARED, LIKELY = 3, 0.1  # offline readings that the model's rows are compared with, and how likely one must be to be run for that
UNUSED = "The model was not used"


def read_with_model(
    context_: Context,
    question: str,
    *,
    offline: Reading,
    schema: Schema,
    weights: Model,
    today: date,
    engine: str = "auto",
    follows: Reading | None = None,
) -> Reading:
    """The reading of ``question`` with a model's help where ``engine`` and the settings want it, else ``offline``.

    ``llm`` asks the model always, ``auto`` where one is set up and the offline engine refuses, or is unsure between two readings. A model is told
    of ``follows``, the reading that the question comes after. Whatever goes wrong, the offline reading comes back with a note that says so. Raises `UsageError` for ``llm`` where no model is set up, and
    `CancelledError`.
    """
    if on_sight(question) and not foreign(question):
        return offline  # what asks to change data, or for what no query gives, is refused before anybody else hears of it
    try:
        caller = _caller(context_, schema.catalog.source) if engine == "llm" or wanted(context_, offline) else None
    except AiserError as error:
        if engine == "llm":
            raise
        return unused(offline, error)
    if caller is None:
        if engine == "llm":
            raise UsageError("No language model is set up.", hint=configuration.HOW)
        return offline
    counted = callers.Counted(caller, context_, schema.catalog.source)
    deadline = Deadline(context_.settings.model_timeout_s)
    try:
        _warm(caller)
        return _read(_Case(context_, question, offline, schema, weights, today, counted, deadline, follows), surely=engine == "llm")
    except CancelledError:
        raise
    except AiserError as error:
        return replace(unused(offline, error), usage=counted.usage)
    except Exception as error:  # noqa: BLE001  # the offline reading is there whatever a library does
        failure = ModelError(f"{type(error).__name__} in the model engine")
        return replace(unused(offline, failure), usage=counted.usage)


def _caller(context_: Context, name: str) -> Caller | None:
    """The model that may hear of a connection, None where none is set up; raises RefusedError where the policy lets none."""
    if context_.model_access(name) == "none":
        raise RefusedError(f"The policy lets your role tell a model nothing of {name}.", hint="Ask whoever governs this workspace.")
    return callers.of(context_)


def wanted(context_: Context, offline: Reading) -> bool:
    """Whether ``auto`` asks a model about what the offline engine made of a question."""
    use = context_.settings.model_use
    if use != "auto":
        return use == "always"
    if not offline.answered:
        return True
    # Each reading has a chance of its own: two wordings of one query are both likely, and so near each other.
    unsure = offline.confidence < SURE and bool(offline.alternatives)
    return unsure and offline.confidence - offline.alternatives[0].confidence < CLOSE


def unused(offline: Reading, error: AiserError) -> Reading:
    """The offline reading with why the model had no part in it."""
    return replace(offline, notes=(*offline.notes, f"{UNUSED}: {error.message}"))


@dataclass(frozen=True)
class _Case:
    """All that one reading depends on."""

    context: Context
    question: str
    offline: Reading
    schema: Schema
    weights: Model
    today: date
    caller: callers.Counted
    deadline: Deadline
    follows: Reading | None

    @property
    def values(self) -> bool:
        """Whether values of this connection may be sent."""
        return self.consent == "given"

    @property
    def consent(self) -> trust.Consent:
        """Whether that was asked for, and by whom."""
        return self.context.values_to_model(self.schema.catalog.source)


def _warm(caller: Caller) -> None:
    from aiser_jupyter.ask.llm.transport import LiteLLM, warm

    if isinstance(caller, LiteLLM):
        warm()


def _read(case: _Case, *, surely: bool) -> Reading:
    told = context.tell(
        case.schema,
        case.question,
        case.offline,
        case.weights,
        today=case.today,
        budget=case.context.settings.model_context_tokens,
        values=case.values,
        follows=case.follows,
    )
    proposal, ran = _proposed(case, told)
    judged = _judged(case, proposal, ran, surely=surely)
    notes = [*judged.notes, f"The model that was asked: {case.caller.usage.text()}" if case.caller.usage else ""]
    notes += [trust.NOT_SENT.format(name=case.schema.catalog.source)] if case.consent == "untrusted" else []
    notes += [f"What it was told had no room for everything: {told.left_out}"] if told.left_out else []
    sent = tuple(Trace("sent to the model", value) for value in told.values.sent)
    return replace(judged, notes=tuple(n for n in notes if n), usage=case.caller.usage, trace=(*judged.trace, *sent))


def _proposed(case: _Case, told: context.Told) -> tuple[Proposal, Ran]:
    """The model's query and its rows, after at most two corrections; raises the last `ModelReplyError`."""
    request = told.request
    for attempt in range(REPAIRS + 1):
        found = case.caller.complete(request, case.deadline)
        try:
            proposal = reply.read(found.text, case.schema.catalog, told.values)
            return proposal, check.ran(case.context, proposal, case.schema, case.deadline)
        except ModelReplyError as error:
            if attempt == REPAIRS or error.kind == "declined":
                raise
            request = _again(request, found, error, told, case.schema)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _again(request: Request, found: Completion, error: ModelReplyError, told: context.Told, schema: Schema) -> Request:
    """The request with the reply and what was wrong with it; an engine's own words lose what may be a cell."""
    names = [view.name for view in schema.tables] + [view.ref.column for view in schema.columns]
    safe = told.values.error if error.kind == "failed" else told.values.complaint
    prompt = prompts.fill("repair", problem=safe(error.message, (found.text, *names)), hint=safe(error.hint, (found.text, *names)))
    said = Message("assistant", found.text[:4000])
    return replace(request, prompt=prompt.version, messages=(*request.messages, said, Message("user", prompt.text)))


def _judged(case: _Case, proposal: Proposal, ran: Ran, *, surely: bool) -> Reading:
    """The model's reading, or the offline one where they differ and that is the surer, with a confidence that says whether they agree."""
    offline = case.offline
    assumptions = reply.grounded(proposal.assumptions, case.question, ran.sql)
    model = Reading(
        question=case.question,
        answered=True,
        sql=ran.sql,
        plan=proposal.plan or _plan_of(offline, ran.sql),
        confidence=round(agreement.MODEL, 4),
        assumptions=assumptions,
        engine="llm",
    )
    theirs = [(offline.sql, offline.confidence)] if offline.answered else []
    theirs += [(other.sql, other.confidence) for other in offline.alternatives if other.confidence >= LIKELY]
    differs = False
    for place, (sql, confidence) in enumerate(theirs[:COMPARED]):
        alike = agreement.same(ran, other) if (other := _tried(case, sql)) is not None else None
        if alike:
            return replace(
                model,
                plan=proposal.plan or (offline.plan if sql == offline.sql else None),
                confidence=round(agreement.agreed(confidence), 4),
                alternatives=_beside(offline, sql),
                trace=offline.trace if sql == offline.sql else (),
                notes=("The built-in engine and the model found the same rows.",),
            )
        differs = differs or (place == 0 and offline.answered and alike is False)
    if not differs:
        return replace(model, alternatives=_beside(offline, ran.sql))
    one, other = agreement.disputed(offline.confidence)
    if surely or one >= other:
        others = (Alternative(offline.sql, round(other, 4)), *offline.alternatives)
        return replace(model, confidence=round(one, 4), alternatives=others[:3], notes=("The built-in engine reads it differently.",))
    others = (Alternative(ran.sql, round(one, 4)), *offline.alternatives)
    return replace(offline, confidence=round(other, 4), alternatives=others[:3], notes=("The model reads it differently.",))


def _plan_of(offline: Reading, sql: str) -> Plan | None:
    return offline.plan if offline.sql == sql else None


def _beside(offline: Reading, sql: str) -> tuple[Alternative, ...]:
    first = (Alternative(offline.sql, offline.confidence),) if offline.answered else ()
    return tuple(a for a in (*first, *offline.alternatives) if a.sql != sql)[:3]


def _tried(case: _Case, sql: str) -> Ran | None:
    """The rows of an offline reading, None where it does not run or time is over."""
    with suppress(ModelError):
        return check.executed(case.context, sql, case.schema, case.deadline)
    return None
