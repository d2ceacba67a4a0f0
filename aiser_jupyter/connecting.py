"""Connections that are changed or kept, beyond being opened."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from aiser_jupyter import profiles, trust
from aiser_jupyter.errors import SecretTypedError, UsageError
from aiser_jupyter.settings import FOLDER, Profile
from aiser_jupyter.sources.open import open_source, reopen
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import has_secret, is_reference, without_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiser_jupyter.context import Context
    from aiser_jupyter.sources.source import Source


def save(context: Context, root: Path, name: str, target: str) -> None:
    """Keep the open connection ``name`` as a profile whose address is ``target``; `SecretTypedError` where that holds a password."""
    source = context.sources.get(name)
    if has_secret(target):
        raise SecretTypedError(
            "A profile holds no password.",
            where=without_secret(target),
            hint=f"Keep the address with `%aiser secret {name}`, and connect to keyring:{name}.",
        )
    options = source.recipe.options if source.recipe is not None else Options()
    private, known = options.allow_private, context.sources.profile(name)
    if options.extra and (known is None or dict(known.extra) != dict(options.extra)):
        warnings.warn(  # they may hold what belongs into no file
            f"The driver's own knobs of {name} are not kept: write them into the profile, under [connections.{name}.extra].",
            UserWarning,
            stacklevel=3,
        )
    keep(root, name, {"url": target, "write": None if source.read_only else True, "allow_private": private or None})
    extra = known.extra if known is not None else {}
    context.sources.learn(name, Profile(url=target, write=not source.read_only, allow_private=private, extra=extra))


def keep(root: Path, name: str, knobs: Mapping[str, object]) -> None:
    """Save a profile of the user's own making; settings that were trusted, or not there, are as trusted after it."""
    own = trust.trusted(root) or not (root / FOLDER / "settings.toml").is_file()
    profiles.save(root, name, knobs)
    if own:
        trust.trust(root)


def edit(context: Context, root: Path, name: str, *, url: str | None, rename: str | None, write: bool | None, save: bool) -> Source:
    """Open the connection anew, then close the one that was; `UsageError` where it came from nothing that can be opened again."""
    old = context.sources.get(name)
    profile = context.sources.profile(name)
    options = old.recipe.options if old.recipe is not None else Options()
    target = url or (old.recipe.address if old.recipe is not None else None)
    if target is None:
        raise UsageError(f"{name} lives in this notebook alone, and cannot be opened again.", hint="Give its new place: --url …")
    kept = url or (profile.url if profile is not None else None)
    if save and kept is None:
        if is_reference(target) or not has_secret(target):
            kept = target
        else:
            raise UsageError("The address holds a password, which a profile must not.", hint="Give a reference: --url env:SHOP_URL.")
    new_options = Options(
        options.write if write is None else write, options.connect_timeout_s, options.pool_size, options.allow_private, options.extra
    )
    label = rename or name
    if label != name and label in context.sources.known():
        raise UsageError(f"There is a connection named {label!r} already.")
    # An engine in a file lets no second connection with other rights in, so there the first goes first, and comes back where the other fails.
    source = _opened(context, old, target, label, new_options) if url is None else open_source(target, label, options=new_options)
    if name in context.sources:
        context.sources.remove(name)
    context.catalogs.drop(name)
    context.catalogs.drop(label)
    context.sources.add(source)
    if save and kept is not None:
        keep(root, label, {"url": kept, "write": True if new_options.write else None})
        context.sources.learn(label, Profile(url=kept, write=new_options.write))
        if label != name and profile is not None:
            profiles.drop(root, name)
            context.sources.learn(name, None)
    return source


def _opened(context: Context, old: Source, target: str, label: str, options: Options) -> Source:
    context.sources.remove(old.name)
    try:
        return reopen(Recipe(target, label, options))
    except Exception:
        if old.recipe is not None:
            context.sources.add(reopen(old.recipe))
        raise
