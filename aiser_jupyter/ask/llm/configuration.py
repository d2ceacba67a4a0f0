"""Which model is asked and where: from the user's environment, configuration and keyring, and from a workspace only where the user trusts it."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiser_jupyter import features, redact, trust
from aiser_jupyter.errors import ModelError, SecretTypedError, SettingsError, SourceError
from aiser_jupyter.settings import FOLDER, OF_THE_USER, read, user_folder
from aiser_jupyter.sources import reference

if TYPE_CHECKING:
    from pathlib import Path

HOW = 'Set AISER_MODEL (and AISER_MODEL_KEY) before Jupyter starts, or model = "…" in ~/.config/aiser/config.toml; docs/models.md has an example for each provider.'


@dataclass(frozen=True)
class ModelConfig:
    """A model by its LiteLLM name (``openai/NAME``, ``anthropic/NAME``, …), the address of its endpoint where it is no provider's own, and its key.

    ``origin`` is where the model was named.
    """

    model: str
    base: str = ""
    key: str = field(default="", repr=False)
    origin: str = ""

    @property
    def place(self) -> str:
        """The model and its endpoint, as errors and records name it."""
        return f"{self.model} at {self.base}" if self.base else self.model


class UntrustedError(SettingsError):
    """A workspace that names a model without being trusted."""


def find(root: Path | None) -> ModelConfig | None:
    """The model that is set up for the workspace at ``root``, None where there is none.

    Raises `UntrustedError` where the workspace alone names one and is not trusted, `SettingsError` and `SecretTypedError` for what does not fit.
    """
    if not features.enabled("model"):
        return None
    path = user_folder() / "config.toml"
    own = read(path)
    _known(own, str(path))
    given = {name: os.environ.get(f"AISER_{name.upper()}", "").strip() for name in OF_THE_USER}
    if given["model"]:
        return _made(given["model"], given["model_base"], _key(given["model_key"], own, str(path)), "the environment")
    asked = _workspace(root) if root is not None else {}
    if asked and root is not None:
        if trust.trusted(root):
            key = given["model_key"] or _reference(asked.get("model_key"), str(root))
            return _made(str(asked["model"]), str(asked.get("model_base", "")), key or _key("", own, str(path)), "the workspace's settings")
        if not own.get("model"):
            raise UntrustedError(
                f"This workspace's settings name the model {asked['model']!r}; a folder may not choose who gets your questions and your key.",
                where=str(root / FOLDER / "settings.toml"),
                hint="Name the model in your own configuration, or look at the file and run `aiser trust` in the folder.",
            )
    if own.get("model"):
        return _made(str(own["model"]), str(own.get("model_base", "")), _key(given["model_key"], own, str(path)), str(path))
    return None


def _workspace(root: Path) -> dict[str, object]:
    """What the workspace's own file says of a model, nothing where it names none."""
    held = {name: value for name, value in read(root / FOLDER / "settings.toml").items() if name in OF_THE_USER}
    return held if held.get("model") else {}


def _known(own: dict[str, object], where: str) -> None:
    for name in own:
        if name not in OF_THE_USER:
            raise SettingsError(f"There is no knob named {name!r} here.", where=where, hint=f"Knobs: {', '.join(OF_THE_USER)}.")


def _key(given: str, own: dict[str, object], where: str) -> str:
    """The key: the environment's (itself or a reference), else the configuration's reference, else the keyring's entry ``model``, else none."""
    if given:
        return redact.remember(_resolved(given)) if reference.is_reference(given) else redact.remember(given)
    return _reference(own.get("model_key"), where)


def _reference(value: object, where: str) -> str:
    if not value:
        return ""
    if not isinstance(value, str) or not reference.is_reference(value):
        raise SecretTypedError(
            "model_key must be a reference, not the key itself.",
            where=where,
            hint='Keep it with `keyring set aiser model` and write model_key = "keyring:model", or write model_key = "env:OPENAI_API_KEY".',
        )
    return _resolved(value)


def _resolved(text: str) -> str:
    """The key behind a reference; a workspace's ``.env`` file is not asked."""
    kind, _, name = text.partition(":")
    if kind == "keyring":
        try:
            return reference.secret(text)
        except SourceError as error:
            raise ModelError(f"The model's key is missing: {error.message}", where=error.where, hint=error.hint) from None
    value = os.environ.get(name, "").strip()
    if not value:
        raise ModelError(
            f"The model's key is missing: the environment has no variable {name!r}.",
            where=text,
            hint=f"Set it before Jupyter starts: export {name}=…",
        )
    return redact.remember(value)


def _made(model: str, base: str, key: str, origin: str) -> ModelConfig:
    if base:
        parts = urlsplit(base)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError(
                f"The model's address is no http(s) address: {redact.redact(base)!r}.",
                where=origin,
                hint="Write it as http://127.0.0.1:8000/v1.",
            )
        if parts.username or parts.password:
            raise SecretTypedError("The model's address holds a password.", where=origin, hint="Put it into AISER_MODEL_KEY.")
        if parts.scheme == "http" and key and not _here(parts.hostname):
            raise SettingsError(
                "The model's key would travel unencrypted.", where=f"{origin}: {base}", hint="Use https://, or an address of this machine."
            )
    return ModelConfig(model, base.rstrip("/"), key, origin)


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
