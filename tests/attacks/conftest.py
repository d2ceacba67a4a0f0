"""A scripted model for hostile replies; nothing of the machine's own configuration is seen."""

import importlib.util

import pytest
from servers.model import KEY, ModelServer

from aiser_jupyter import redact
from aiser_jupyter.ask.llm import transport


@pytest.fixture
def server(monkeypatch, tmp_path):
    if importlib.util.find_spec("litellm") is None:
        pytest.skip("litellm is not installed (the extra `model`)")
    transport.load()
    transport.forget()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with ModelServer() as running:
        for name, value in {"AISER_MODEL": "openai/local", "AISER_MODEL_BASE": running.base, "AISER_MODEL_KEY": KEY}.items():
            monkeypatch.setenv(name, value)
        yield running
    transport.forget()
    redact.forget()
