"""Who asks is read from the environment, and never guessed from half of it."""

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiser_jupyter.errors import SettingsError
from aiser_jupyter.identity import Identity, from_environment

NAMES = ("AISER_USER", "JUPYTERHUB_USER", "AISER_GROUPS", "AISER_CLAIMS")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "user", "told_by"),
    [({}, getpass.getuser(), "login"), ({"JUPYTERHUB_USER": "hubert"}, "hubert", "JupyterHub"), ({"JUPYTERHUB_USER": "hubert", "AISER_USER": "ada"}, "ada", "AISER_USER")],
)  # fmt: skip
def test_the_user_is_who_was_named_last(monkeypatch, given, user, told_by):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert from_environment() == Identity(user, told_by=told_by)


def test_groups_and_claims(monkeypatch):
    monkeypatch.setenv("AISER_GROUPS", " sales, board ,,sales")
    monkeypatch.setenv("AISER_CLAIMS", '{"shops": ["1", 2], "region": "N", "level": 3, "abroad": false}')
    found = from_environment()
    assert found.groups == ("board", "sales")
    assert found.claims == (("abroad", False), ("level", 3), ("region", "N"), ("shops", ("1", "2")))
    assert (found.claim("region"), found.claim("nothing")) == ("N", None)


@pytest.mark.parametrize("text", ["{", "[1]", '"N"', '{"region": {"a": 1}}', '{"region": null}'])
def test_claims_that_are_none_are_an_error(monkeypatch, text):
    monkeypatch.setenv("AISER_CLAIMS", text)
    with pytest.raises(SettingsError) as caught:
        from_environment()
    assert caught.value.where == "AISER_CLAIMS"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="processes of other users are started by root alone")
def test_a_user_without_an_account_is_called_by_their_number():
    code = "import os; from aiser_jupyter.identity import from_environment as told; os.setuid(64044); print(told().user)"
    environment = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": os.environ["PATH"]}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True, cwd="/") == "uid 64044\n"
