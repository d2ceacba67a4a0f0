"""A scripted model beside the small shop; nothing of the machine's own configuration is seen."""

import importlib.util

import pytest
from servers.model import KEY, ModelServer

import aiser_jupyter as aiser
from aiser_jupyter import redact
from aiser_jupyter.ask.llm import transport


@pytest.fixture(autouse=True)
def _own_configuration(monkeypatch, tmp_path):
    for name in ("AISER_MODEL", "AISER_MODEL_BASE", "AISER_MODEL_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    transport.forget()
    yield
    transport.forget()
    redact.forget()


@pytest.fixture
def litellm():
    """Only where it is installed; importing it takes seconds, so it is done once."""
    if importlib.util.find_spec("litellm") is None:
        pytest.skip("litellm is not installed (the extra `model`)")
    return transport.load()


@pytest.fixture
def server(litellm, monkeypatch):
    with ModelServer() as running:
        monkeypatch.setenv("AISER_MODEL", "openai/local")
        monkeypatch.setenv("AISER_MODEL_BASE", running.base)
        monkeypatch.setenv("AISER_MODEL_KEY", KEY)
        yield running


@pytest.fixture
def space(shop_file, tmp_path):
    """A workspace of the test's own over the shop."""
    workspace = aiser.Workspace(tmp_path)
    workspace.connect(str(shop_file), name="shop")
    yield workspace
    workspace.close()
