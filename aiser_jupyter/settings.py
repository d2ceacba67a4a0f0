"""The knobs: `.aiser/settings.toml`, and `AISER_…` in the environment, which wins."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from aiser_jupyter import forms
from aiser_jupyter.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = ".aiser"
# What turns the text of a settings file of version n into n + 1; a file that states none is of the first.
MIGRATIONS: tuple[Callable[[str], str], ...] = ()
VERSION = len(MIGRATIONS) + 1
Copy = Literal["none", "metadata", "results"]
Audience = Literal["executive", "analyst", "engineer"]

# Knobs of other parts, read where they are used.
_ELSEWHERE = frozenset(
    {
        "NOW",
        "USER",
        "GROUPS",
        "CLAIMS",
        "IDENTITY_TOKEN",
        "IDENTITY_KEY",
        "POLICY",
        "POLICY_KEY",
        "BROKER_TOKEN",
        "MODEL",
        "MODEL_BASE",
        "MODEL_KEY",
    }
)
# What a workspace's file may ask for, and gets only where the user trusts the folder (`trust`): it decides who is sent questions and a key.
OF_THE_USER = ("model", "model_base", "model_key")
# Files that are written or believed: a folder does not choose them.
OF_THE_CALL = frozenset({"model_record", "model_replay"})


class Profile(BaseModel):
    """A connection to make again: its address without any secret, or a reference such as ``env:SHOP_URL``.

    ``cache_ttl_s`` is how old, in seconds, an answer of it may be that is given again without asking, though nobody can tell whether the data changed.
    ``values_to_model`` lets cell values of it be sent to a language model.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    write: bool = False
    copy_mode: Copy | None = Field(default=None, alias="copy")
    connect_timeout_s: float = Field(default=5.0, gt=0)
    pool_size: int = Field(default=5, ge=1, le=100)
    allow_private: bool = False
    cache_ttl_s: float | None = Field(default=None, ge=0)
    values_to_model: bool = False
    extra: dict[str, Any] = Field(default_factory=dict)


class Settings(BaseSettings):
    """Every knob with its default.

    ``timeout_s`` is the deadline of a query in seconds; ``preview_rows`` the rows a shown result has; ``state`` whether history is kept
    on disk once there is a folder; ``default`` the connection used where none is named. ``worker`` says when SQL runs in a process of its own
    and ``worker_memory_mb`` how much memory that may take; ``route`` whether statements over several connections are joined here, ``pushdown``
    whether filters and aggregates of such a statement go to the servers. ``cache`` with ``cache_ttl_s`` and ``cache_mb`` bounds kept results. ``encrypt`` encrypts what is kept of
    values, under the key behind the reference ``encrypt_key`` (empty: one in the keyring, made when it is first needed).
    ``history_days`` is how long runs that are no favourites are remembered (0: always); ``slow_query_s`` is when a query gets a notice, ``max_file_mb`` the size of an added file, ``findings_on_add`` whether an added table is
    looked through at once, ``checks`` how many extra queries may check an answer and ``readings`` how many may run other readings of its question
    to show what they yield (0: none), ``audience`` whom an answer is worded and questions are proposed for, ``log`` the file of JSON
    lines. ``policy_role`` is which of their roles a user asks in. ``state_url`` is where a team's history is kept, ``memory_url`` where its memory is, for the ``tenant``; ``memory_days`` is
    how long an episode is remembered after its last use (0: always), ``memory_items`` how many things are for one user and connection, and
    ``memory_relevance`` how near (0 to 1) one must be to a question to be used for it. ``model_use`` says when a language model that is set up
    is asked, ``model_timeout_s`` how long it may take in all, ``model_context_tokens`` how long a request may be, ``model_explains`` whether it
    words a checked explanation; ``model_record`` and ``model_replay`` are files of its calls, written or given again.
    """

    model_config = SettingsConfigDict(
        env_prefix="AISER_", extra="forbid", frozen=True, env_nested_delimiter="__", protected_namespaces=("model_validate", "model_dump")
    )

    timeout_s: float = Field(default=300.0, gt=0)
    preview_rows: int = Field(default=20, ge=1, le=1000)
    state: bool = True
    default: str | None = None
    worker: Literal["auto", "always", "never"] = "auto"
    worker_memory_mb: int = Field(default=4096, ge=256)
    route: Literal["auto", "direct"] = "auto"
    pushdown: bool = True
    cache: bool = True
    cache_ttl_s: float = Field(default=300.0, ge=0)
    cache_mb: int = Field(default=256, ge=0)
    encrypt: bool = False
    encrypt_key: str = Field(default="", pattern=r"^(?:(?:env|keyring):\S+)?$")
    history_days: float = Field(default=0.0, ge=0)
    slow_query_s: float = Field(default=10.0, gt=0)
    max_file_mb: int = Field(default=4096, ge=1)
    findings_on_add: bool = False
    checks: int = Field(default=2, ge=0, le=20)
    readings: int = Field(default=6, ge=0, le=20)
    audience: Audience = "analyst"
    log: Path | None = None
    policy_role: str = Field(default="", max_length=200)
    state_url: str | None = None
    tenant: str = Field(default="", max_length=200)
    memory_url: str | None = None
    memory_days: float = Field(default=180.0, ge=0)
    memory_items: int = Field(default=1000, ge=0, le=100_000)
    memory_relevance: float = Field(default=0.15, ge=0, le=1)
    model_use: Literal["auto", "always", "never"] = "auto"
    model_timeout_s: float = Field(default=60.0, gt=0)
    model_context_tokens: int = Field(default=6000, ge=500)
    model_explains: bool = False
    model_record: Path | None = None
    model_replay: Path | None = None
    connections: dict[str, Profile] = Field(default_factory=dict)

    def copy_for(self, connection: str, *, local: bool) -> Copy:
        """What may be kept of what runs on ``connection``: its own ``copy``, else results where its rows are ``local``, metadata of a server's."""
        profile = self.connections.get(connection)
        if profile is not None and profile.copy_mode is not None:
            return profile.copy_mode
        return "results" if local else "metadata"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # pydantic names and passes all five
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before what the file gave."""
        return env_settings, init_settings


def find_root(start: str | Path = ".") -> Path:
    """The nearest folder, from ``start`` upwards, that holds `.aiser/`; else ``start`` itself."""
    first = Path(start).absolute()
    return next((folder for folder in (first, *first.parents) if (folder / FOLDER).is_dir()), first)


def load(root: str | Path) -> Settings:
    """The settings of the workspace at ``root``; a knob that does not exist is an error with the nearest one that does."""
    path = Path(root) / FOLDER / "settings.toml"
    values = {name: value for name, value in read(path).items() if name not in OF_THE_USER}
    for name in values:
        if name in OF_THE_CALL:
            raise SettingsError(
                f"The knob {name} has no place in a workspace's settings.",
                where=str(path),
                hint=f"Give it for a run: aiser ask --{name.removeprefix('model_')} FILE, or AISER_{name.upper()}.",
            )
        if name not in Settings.model_fields:
            raise _unknown(name, str(path), name)
    _check_environment()
    _check_memory(values, path)
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        knob = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The knob {knob} does not fit: {first['msg']}.", where=str(path), hint="See docs/settings.md.") from None


def _check_memory(values: dict[str, Any], path: Path) -> None:
    """A folder that somebody else made must not send what is asked in it to an address of its own: it may name a reference alone."""
    for knob, what in (("memory_url", "memory"), ("state_url", "history")):
        address = values.get(knob)
        if isinstance(address, str) and address.partition(":")[0] not in ("env", "keyring"):
            raise SettingsError(
                f"The settings file may not hold the {what}'s address itself.",
                where=f"{path}: {knob}",
                hint=f'Put the address into the environment (AISER_{knob.upper()}), or write a reference: {knob} = "env:TEAM_{what.upper()}".',
            )


def read(path: Path) -> dict[str, Any]:
    """What a settings file says, in the newest form and without its version; nothing where it is not there.

    An older one is migrated after a backup beside it. Raises SettingsError where it is no TOML, or of a newer version.
    """
    if not path.is_file():
        return {}
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
        newest = forms.forward(path, text, values.get("v", 1), MIGRATIONS)
        values = values if newest == text else tomllib.loads(newest)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            "The settings file is no valid TOML.", where=f"{path}: {error}", hint="Correct the line, or delete the file."
        ) from None
    values.pop("v", None)
    return values


def user_folder() -> Path:
    """The user's own configuration: `$XDG_CONFIG_HOME/aiser`, else `~/.config/aiser`."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(home) if home and Path(home).is_absolute() else Path.home() / ".config") / "aiser"


def _check_environment() -> None:
    known = {name.upper() for name in Settings.model_fields} | _ELSEWHERE
    for variable in sorted(os.environ):
        name = variable.removeprefix("AISER_")
        if name == variable or name.partition("__")[0] in known or name.startswith("ENABLE_"):
            continue
        # Other programs may own other AISER_ names; one letter off a knob is a mistake.
        if difflib.get_close_matches(name, known, n=1, cutoff=0.8):
            raise _unknown(name.lower(), "environment", variable)


def _unknown(name: str, where: str, written: str) -> SettingsError:
    near = difflib.get_close_matches(name, list(Settings.model_fields), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Knobs: {', '.join(Settings.model_fields)}."
    return SettingsError(f"There is no knob named {written!r}.", where=where, hint=hint)
