"""Who asks is read from the environment, and never guessed from half of it."""

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import SettingsError
from aiser_jupyter.identity import Identity, from_environment, key, told

NAMES = ("AISER_USER", "JUPYTERHUB_USER", "AISER_GROUPS", "AISER_CLAIMS", "AISER_IDENTITY_KEY", "AISER_IDENTITY_TOKEN")
SAY = "from aiser_jupyter.identity import from_environment as told; found = told(); print(found.user, found.told_by)"


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(key, "MACHINE", tmp_path / "machine" / "identity.pub")


def said_by(code, **environment):
    """What a new process prints."""
    root = str(Path(__file__).parents[1])
    return subprocess.check_output(
        [sys.executable, "-c", code], env={"PYTHONPATH": root, "PATH": os.environ["PATH"], **environment}, text=True, cwd="/"
    )


@pytest.mark.parametrize(
    ("given", "user", "told_by"),
    [({}, getpass.getuser(), "login"), ({"JUPYTERHUB_USER": "hubert"}, "hubert", "JupyterHub"), ({"JUPYTERHUB_USER": "hubert", "AISER_USER": "ada"}, "ada", "AISER_USER")],
)  # fmt: skip
def test_the_user_is_who_was_named_last(monkeypatch, given, user, told_by):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert from_environment() == Identity(user, told_by=told_by)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no user numbers")
def test_the_login_is_the_operating_systems_and_not_what_the_environment_calls_it():
    import pwd

    expected = f"{pwd.getpwuid(os.getuid()).pw_name} login\n"
    assert said_by(SAY, LOGNAME="eve", USER="eve", LNAME="eve", USERNAME="eve") == expected


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="processes of other users are started by root alone")
@pytest.mark.parametrize(("uid", "user"), [("pwd.getpwnam('nobody').pw_uid", "nobody"), ("64044", "uid 64044")])
def test_another_login_and_one_without_an_account(uid, user):
    # Python itself may lie where only root reads: what is needed is imported first.
    assert said_by(f"import os, pwd, aiser_jupyter.identity; os.setuid({uid}); {SAY}") == f"{user} login\n"


def test_groups_and_claims(monkeypatch):
    monkeypatch.setenv("AISER_GROUPS", " sales, board ,,sales")
    monkeypatch.setenv("AISER_CLAIMS", '{"shops": ["1", 2], "region": "N", "level": 3, "abroad": false}')
    found = from_environment()
    assert found.groups == ("board", "sales")
    assert found.claims == (("abroad", False), ("level", 3), ("region", "N"), ("shops", ("1", "2")))
    assert (found.claim("region"), found.claim("nothing")) == ("N", None)


def test_groups_of_a_directory_have_commas_in_their_names(monkeypatch):
    monkeypatch.setenv("AISER_GROUPS", '["CN=sales,OU=people", "board"]')
    assert from_environment().groups == ("CN=sales,OU=people", "board")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON object (column 2:"),
        ("[1]", "no JSON object"),
        ('"N"', "no JSON object"),
        ("region=N", "no JSON object (column 1:"),
        ("[" * 100_000, "no JSON object"),
        ('{"region": {"a": 1}}', "The claim region is of type dict"),
        ('{"region": null}', "The claim region is nothing (null)"),
        ('{"level": NaN}', "no JSON object"),
        ('{"shops": [true]}', "The claim shops is of type list"),
        ('{"region": "N", "region": "S"}', "region stands twice"),
        ('{"": "N"}', "The name of the claim is blank"),
    ],
)
def test_claims_that_are_none_are_an_error(monkeypatch, text, said):
    monkeypatch.setenv("AISER_CLAIMS", text)
    with pytest.raises(SettingsError) as caught:
        from_environment()
    assert caught.value.where == "AISER_CLAIMS"
    assert said in caught.value.message
    assert "region" in caught.value.hint or "Whoever starts this kernel" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["sales"', "neither names by commas nor a JSON list"),
        ('{"sales": true}', "neither names by commas nor a JSON list"),
        ('"sales"', "neither names by commas nor a JSON list"),
        ("[1]", "A group is no text"),
        ('["sales", ""]', "The name of the group is blank"),
        ("sales\tboard", "has characters that do not show"),
        ("a" * 501, "is longer than 500 characters"),
    ],
)
def test_groups_that_are_none_are_an_error(monkeypatch, text, said):
    monkeypatch.setenv("AISER_GROUPS", text)
    with pytest.raises(SettingsError) as caught:
        from_environment()
    assert (caught.value.where, bool(caught.value.hint)) == ("AISER_GROUPS", True)
    assert said in caught.value.message


@pytest.mark.parametrize("name", ["AISER_USER", "JUPYTERHUB_USER"])
@pytest.mark.parametrize(("text", "said"), [(" ", "is blank"), ("ada ", "has blanks around it"), ("ada\neve", "do not show"), ("ad\u202ea", "do not show")])  # fmt: skip
def test_users_that_are_none_are_an_error(monkeypatch, name, text, said):
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError, match=said) as caught:
        from_environment()
    assert caught.value.where == name


VALUE = st.one_of(st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text()))
NAME = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


@given(st.dictionaries(NAME, VALUE))
def test_claims_come_back_as_they_were_written(held):
    expected = tuple(sorted((name, tuple(value) if isinstance(value, list) else value) for name, value in held.items()))
    assert told.claims(json.dumps(held)) == expected


@given(st.text())
def test_any_text_gives_claims_and_groups_or_an_error_that_teaches(text):
    for read in (told.claims, told.groups):
        try:
            found = read(text)
        except SettingsError as error:
            assert error.where, error.hint
        else:
            assert list(found) == sorted(set(found))


@given(st.sets(NAME.filter(lambda name: name[0] not in '["{'), max_size=5))
def test_groups_come_back_as_a_list_and_by_commas(names):
    assert told.groups(json.dumps(sorted(names))) == tuple(sorted(names))
    plain = {name for name in names if "," not in name}
    assert told.groups(" ,".join(plain)) == tuple(sorted(plain))
