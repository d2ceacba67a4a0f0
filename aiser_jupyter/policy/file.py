"""The policy file: found, read, checked, and whether the user could change it."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from aiser_jupyter.errors import SettingsError
from aiser_jupyter.policy import signature
from aiser_jupyter.policy.policy import Policy
from aiser_jupyter.policy.role import Aggregated, Default, Mask, ModelAccess, Quota, Role, TableRule

NAME, VERSION = "policy.toml", 1
# An administrator's file for the whole machine; where it is there, no workspace and no variable of the environment chooses another.
MACHINE = Path("/etc/aiser") / NAME
UNITS = ("day", "week", "month", "quarter", "year")
MASKS = 'a mask is "null", "hash", {partial = N}, {generalise = N}, {bucket = N or "month"} or {constant = "TEXT"}'
DOCS = "See docs/policy.md."
MemberName = Annotated[str, Field(min_length=1, max_length=200)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Mask(_Form):
    partial: int | None = Field(default=None, ge=1)
    generalise: int | None = Field(default=None, ge=1)
    bucket: float | Literal["day", "week", "month", "quarter", "year"] | None = None
    constant: str | None = None

    @model_validator(mode="after")
    def _one(self) -> _Mask:
        if len(self.model_fields_set) != 1:
            raise ValueError(MASKS)
        if not isinstance(self.bucket, str) and self.bucket is not None and self.bucket <= 0:
            raise ValueError("a bucket's width is above 0")
        return self

    def made(self) -> Mask:
        if self.partial is not None:
            return Mask("partial", self.partial)
        if self.generalise is not None:
            return Mask("generalise", self.generalise)
        if self.constant is not None:
            return Mask("constant", text=self.constant)
        return Mask("bucket", unit=self.bucket) if isinstance(self.bucket, str) else Mask("bucket", float(self.bucket or 1))


class _Aggregate(_Form):
    columns: list[str] = Field(min_length=1)
    at_least: int = Field(ge=2)
    of: str


class _Table(_Form):
    columns: list[str] | None = None
    hide: list[str] = Field(default_factory=list)
    rows: str = ""
    mask: dict[str, Literal["null", "hash"] | _Mask] = Field(default_factory=dict)
    aggregate: _Aggregate | None = None

    @field_validator("rows")
    @classmethod
    def _one_condition(cls, value: str) -> str:
        if ";" in value or "--" in value or "/*" in value:
            raise ValueError("a condition holds no semicolon and no comment")
        return value.strip()

    @model_validator(mode="after")
    def _once(self) -> _Table:
        masked, summed = _lower(self.mask), _lower(self.aggregate.columns if self.aggregate else ())
        for one, other, words in ((masked, summed, "masked and aggregated"), (masked, _lower(self.hide), "masked and hidden")):
            if both := sorted(one & other):
                raise ValueError(f"{', '.join(both)} is both {words}")
        return self

    def made(self) -> TableRule:
        masks = {name.casefold(): Mask(mask) if isinstance(mask, str) else mask.made() for name, mask in self.mask.items()}
        aggregate = self.aggregate
        return TableRule(
            None if self.columns is None else _lower(self.columns),
            _lower(self.hide),
            self.rows,
            tuple(sorted(masks.items())),
            Aggregated(_lower(aggregate.columns), aggregate.at_least, aggregate.of.casefold()) if aggregate else None,
        )


class _Quota(_Form):
    rows: int = Field(default=0, ge=0)
    seconds: float = Field(default=0, ge=0)
    concurrent: int = Field(default=0, ge=0)
    per_minute: int = Field(default=0, ge=0)
    model_cost: float = Field(default=0, ge=0)
    model_per_minute: int = Field(default=0, ge=0)


class _Role(_Form):
    members: list[MemberName] = Field(min_length=1)
    default: Default = "deny"
    tables: dict[str, _Table] = Field(default_factory=dict)
    deny: list[str] = Field(default_factory=list)
    tenant: str = ""
    write: bool = False
    model: ModelAccess = "none"
    export: bool | list[Literal["csv", "parquet", "arrow", "xlsx", "json", "html", "pdf", "pptx", "docx", "md", "ipynb"]] = True
    recipients: list[str] | None = None
    quota: _Quota = Field(default_factory=_Quota)
    auditor: bool = False

    def made(self, name: str) -> Role:
        tables = tuple(sorted((table.casefold(), rule.made()) for table, rule in self.tables.items()))
        export = None if self.export is True else frozenset(self.export or ())
        recipients = None if self.recipients is None else _lower(self.recipients)
        return Role(
            name, frozenset(self.members), self.default, tables, _lower(self.deny), self.tenant, self.write, self.model, export, recipients,
            Quota(**self.quota.model_dump()), self.auditor,
        )  # fmt: skip


class _File(_Form):
    v: Literal[1]
    connections: list[str] | None = None
    salt: str = ""
    audit: str = ""
    roles: dict[str, _Role] = Field(min_length=1)

    @field_validator("audit")
    @classmethod
    def _whole(cls, value: str) -> str:
        if value and not Path(value).is_absolute():
            raise ValueError("the audit log has a whole path, or none: then it is .aiser/audit.jsonl")
        return value

    @model_validator(mode="after")
    def _salted(self) -> _File:
        if self.salt and self.salt.partition(":")[0] not in ("env", "keyring"):
            raise ValueError('salt is a reference to a secret, "env:NAME" or "keyring:NAME", not the secret itself')
        hashed = [name for name, role in self.roles.items() for table in role.tables.values() if "hash" in table.mask.values()]
        if hashed and not self.salt:
            raise ValueError(f'the role {hashed[0]} masks by hash, which needs a salt, else values can be guessed: salt = "env:NAME"')
        return self


def find(root: Path) -> Path | None:
    """The policy that holds for a workspace: the machine's, else the one AISER_POLICY names, else the workspace's own; None where there is none."""
    named = os.environ.get("AISER_POLICY", "")
    if named and not MACHINE.is_file():
        # One that was named and is not there must not mean that everything may be read.
        return Path(named)
    return next((path for path in (MACHINE, root / ".aiser" / NAME) if path.is_file()), None)


def load(root: Path) -> Policy:
    """The policy of the workspace at ``root``, one that governs nothing where there is no file; raises SettingsError with the line of the first mistake."""
    path = find(root)
    if path is None:
        return Policy()
    return of(path)


def of(path: Path) -> Policy:
    """The policy in a file, signed where this machine asks for that; raises SettingsError where it cannot be read or believed."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            "The policy cannot be read, and nothing is given without it.",
            where=f"{path}: {error.strerror}",
            hint="Ask whoever governs this workspace.",
        ) from None
    signature.check(raw, signature.beside(path), str(path), str(path.absolute()))
    return read(raw, path)


def read(raw: bytes, path: Path | str, *, sealed: bool | None = None) -> Policy:
    """A policy from the bytes of its file, or of a place that says itself whether it is ``sealed``; raises SettingsError with the line of the first mistake."""
    try:
        text = raw.decode("utf-8")
        held = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("The policy is no valid TOML.", where=f"{path}: {error}", hint="Correct the line.") from None
    version = held.get("v")
    if isinstance(version, int) and version > VERSION:
        raise SettingsError(
            f"The policy has version {version}; this aiser-jupyter knows {VERSION}.", where=str(path), hint="Upgrade aiser-jupyter."
        )
    try:
        form = _File(**held)
    except ValidationError as error:
        names, message = _first(error)
        about = ".".join(names) or "the file"
        where = f"{path}, line {_line(text, names)}"
        raise SettingsError(f"The policy does not fit at {about}: {message}.", where=where, hint=DOCS) from None
    roles = tuple(role.made(name) for name, role in form.roles.items())
    connections = None if form.connections is None else frozenset(form.connections)
    kept = sealed if sealed is not None else isinstance(path, Path) and is_sealed(path)
    return Policy(roles, connections, form.salt, form.audit, hashlib.sha256(raw).hexdigest(), str(path), kept)


def is_sealed(path: Path) -> bool:
    """Whether the user who runs this process can neither write the file nor put another in its place."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return False
    try:
        owners = {path.stat().st_uid, path.parent.stat().st_uid}
    except OSError:
        return False
    return os.geteuid() not in owners and not os.access(path, os.W_OK) and not os.access(path.parent, os.W_OK)


def _first(error: ValidationError) -> tuple[list[str], str]:
    """Where the first mistake is, and what it is; of a mask, which has two forms, what is said of the longer one."""
    found = error.errors()
    first = next((one for one in found if not any("literal[" in str(part) for part in one["loc"])), found[0])
    names = [str(part) for part in first["loc"] if str(part) not in ("_Mask", "float", "literal['day','week','month','quarter','year']")]
    return names, MASKS if first["type"] == "model_type" else first["msg"].removeprefix("Value error, ")


def _line(text: str, names: list[str]) -> int:
    """The line of the deepest of ``names`` that the file has, each looked for after the one before it."""
    lines, at = text.splitlines(), 0
    for name in names:
        written = re.compile(rf"""(?:^|[\[.{{,\s"'])["']?{re.escape(name)}["']?\s*(?:[=\].]|$)""")
        found = next((i for i in range(at, len(lines)) if written.search(lines[i])), None)
        if found is None:
            break
        at = found
    return at + 1


def _lower(names: Any) -> frozenset[str]:
    return frozenset(str(name).casefold() for name in names)
