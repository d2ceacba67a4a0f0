"""The prompts: templates under `templates/prompts`, each with its name and version in its first line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_HEAD = re.compile(r"\{#-?\s*(?P<name>[a-z]+)@(?P<version>\d+):")


@dataclass(frozen=True)
class Prompt:
    """A prompt's text and ``name@version``, which transcripts keep."""

    version: str
    text: str


def fill(name: str, **values: object) -> Prompt:
    """The prompt ``name`` with ``values`` in place; one that lacks a value raises."""
    source = _source(name)
    found = _HEAD.match(source)
    assert found is not None, f"the first line of the prompt {name} says no version"
    assert found["name"] == name, f"the prompt {name} calls itself {found['name']}"
    text = _environment().from_string(source).render(**values)
    return Prompt(f"{name}@{found['version']}", text)


@cache
def _source(name: str) -> str:
    return files("aiser_jupyter.templates").joinpath("prompts", f"{name}.md.j2").read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    # Prompts are plain text: what is fenced in them is written as JSON, and markup means nothing there.
    return Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=False, keep_trailing_newline=False)  # noqa: S701
