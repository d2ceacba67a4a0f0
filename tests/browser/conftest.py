"""Browser fixtures: one Lab server a session, one page a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nbformat
import pytest
from lab_server import LabServer, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page


# A busy machine takes its time; what never comes fails all the same.


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[LabServer]:
    """One JupyterLab for all tests; asked for after the browser, so that a machine without one starts no server."""
    server = start(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def errors() -> list[str]:
    """What the page of this test threw; ``page`` fills it and fails the test when it is not empty at the end."""
    return []


@pytest.fixture
def page(browser: Browser, errors: list[str]) -> Iterator[Page]:
    """A page that fails its test on a request to elsewhere than this machine and on an uncaught error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    strayed: list[str] = []

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            strayed.append(url)

    context.on("request", lambda request: note(request.url))
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(30_000)
    # On a loaded machine Lab may ask which kernel to use; take the preferred one.
    page.add_locator_handler(page.locator(".jp-Dialog .jp-mod-accept"), lambda button: button.click())
    yield page
    context.close()
    assert not strayed, f"the page reached outside: {strayed}"
    assert not errors, f"the page threw: {errors}"


@pytest.fixture
def notebook(lab: LabServer) -> Callable[[str, list[str]], str]:
    """Write a notebook of these code cells; give its path on the server."""

    def write(name: str, cells: list[str]) -> str:
        nb = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(c) for c in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(nb, Path(lab.root) / name)
        return name

    return write
