"""Whether a report may be written and sent: what the policy says of the governed rows in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.policy import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbformat import NotebookNode

    from aiser_jupyter.errors import RefusedError
    from aiser_jupyter.policy import Policy
    from aiser_jupyter.policy.mark import Mark


def marks_of(notebook: NotebookNode) -> tuple[Mark, ...]:
    """The marks that the cells of an executed notebook left."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.get("outputs", ())]
    held = [output["data"][mark.MIME] for output in outputs if mark.MIME in output.get("data", {})]
    return tuple(dict.fromkeys(one for value in held for one in mark.from_json(value if isinstance(value, dict) else {})))


def may_write(marks: Sequence[Mark], names: Iterable[str], place: Path | None = None) -> None:
    """Raise RefusedError, and keep account of it, where rows of those marks may not be written to a file of one of ``names``.

    The policy is that of the workspace that ``place`` (default: the working folder) lies in; where it is gone, what the marks carry holds.
    """
    if marks:
        known = _Known.at(place or Path.cwd())
        for name in names:
            known.say(mark.refusal(known.now(marks), name), marks)


def may_send(marks: Sequence[Mark], addresses: Sequence[str], place: Path | None = None) -> None:
    """Raise RefusedError, and keep account of it, where rows of those marks may not be sent to all of ``addresses``; whatever delivers a report asks here first."""
    if marks:
        known = _Known.at(place or Path.cwd())
        known.say(mark.unsent(known.now(marks), addresses), marks)


@dataclass(frozen=True)
class _Known:
    """The policy of a workspace."""

    root: Path
    policy: Policy

    @classmethod
    def at(cls, place: Path) -> _Known:
        from aiser_jupyter.policy import file
        from aiser_jupyter.settings import find_root

        root = find_root(place)
        return cls(root, file.load(root))

    def now(self, marks: Iterable[Mark]) -> tuple[Mark, ...]:
        """The marks as their roles say now."""
        roles = {role.name: role for role in self.policy.roles}
        return tuple(one.under(roles[one.role]) if one.role in roles else one for one in marks)

    def say(self, refused: RefusedError | None, marks: Iterable[Mark]) -> None:
        """Keep account of a refusal, and raise it."""
        if refused is None:
            return
        if self.policy.active:
            from aiser_jupyter import identity
            from aiser_jupyter.audit import Audit
            from aiser_jupyter.settings import FOLDER

            log = Audit(Path(self.policy.audit) if self.policy.audit else self.root / FOLDER / "audit.jsonl")
            user = identity.from_environment().user
            for one in marks:
                log.append(
                    "refused",
                    user=user,
                    role=one.role,
                    origin="report",
                    policy=self.policy.digest[:16],
                    connection=one.connection,
                    why=refused.message,
                )
        raise refused
