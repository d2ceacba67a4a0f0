"""What tests of several parts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from headless import CHROMIUM, FLAGS
from hypothesis import settings
from servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

# How long one example takes says more of a busy machine than of the code.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a session: playwright drives no second one beside it."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (set CHROMIUM to its path)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def _no_policy_was_seen(tmp_path_factory, monkeypatch):
    """What a test notes of policies stays out of the user's own home."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture(autouse=True)
def _no_host_is_left_alone():
    """What one test makes of a host, another must not feel."""
    from aiser_jupyter.sources import hosts

    hosts.forget()


@pytest.fixture(scope="session")
def team_url():
    """A real PostgreSQL for what a team shares."""
    if reason := postgres.missing():
        pytest.skip(reason)
    server = postgres.Postgres()
    yield server.url
    server.stop()
    server.remove()
