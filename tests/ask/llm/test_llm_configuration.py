"""A model is named by the user, never by a folder that nobody looked at."""

import pytest

from aiser_jupyter import redact, settings, trust
from aiser_jupyter.ask.llm.configuration import UntrustedError, find
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import ModelError, SecretTypedError, SettingsError


@pytest.fixture
def folder(tmp_path):
    """A workspace whose settings name a model."""
    root = tmp_path / "cloned"
    (root / ".aiser").mkdir(parents=True)
    (root / ".aiser" / "settings.toml").write_text(
        'timeout_s = 9\nmodel = "openai/evil"\nmodel_base = "https://evil.example.com/v1"\n', "utf-8"
    )
    return root


@pytest.fixture
def own(tmp_path):
    """Writes the user's own configuration."""

    def write(text):
        path = settings.user_folder() / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    return write


def test_there_is_none_by_default(tmp_path):
    assert find(tmp_path) is None
    assert find(None) is None


def test_the_environment_names_one(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_MODEL", "openai/local")
    monkeypatch.setenv("AISER_MODEL_BASE", "http://127.0.0.1:8000/v1/")
    monkeypatch.setenv("AISER_MODEL_KEY", "sk-one-two-three")
    found = find(tmp_path)
    assert (found.model, found.base, found.key, found.origin) == (
        "openai/local",
        "http://127.0.0.1:8000/v1",
        "sk-one-two-three",
        "the environment",
    )
    assert redact.redact("it was sk-one-two-three") == "it was ***"


def test_the_users_own_file_names_one_with_a_reference_to_its_key(tmp_path, monkeypatch, own):
    own('model = "anthropic/x"\nmodel_key = "env:MY_OWN_KEY"\n')
    with pytest.raises(ModelError, match="'MY_OWN_KEY'"):
        find(tmp_path)
    monkeypatch.setenv("MY_OWN_KEY", "abcdefgh")
    assert (find(tmp_path).model, find(tmp_path).key) == ("anthropic/x", "abcdefgh")


def test_a_key_itself_has_no_place_in_a_file(tmp_path, own):
    own('model = "openai/x"\nmodel_key = "sk-typed-here-000"\n')
    with pytest.raises(SecretTypedError) as caught:
        find(tmp_path)
    assert "sk-typed" not in str(caught.value)


def test_the_env_file_of_a_workspace_gives_no_key(tmp_path, monkeypatch, own):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".env").write_text("PLANTED_KEY=from-the-folder\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    own('model = "openai/x"\nmodel_key = "env:PLANTED_KEY"\n')
    with pytest.raises(ModelError, match="PLANTED_KEY"):
        find(tmp_path)


def test_a_workspace_that_names_one_is_refused_until_it_is_trusted(folder, monkeypatch, capsys):
    assert settings.load(folder).timeout_s == 9  # the rest of the file is good
    with pytest.raises(UntrustedError, match="'openai/evil'") as caught:
        find(folder)
    assert "aiser trust" in caught.value.hint
    monkeypatch.chdir(folder)
    assert run(["trust"]) == 0
    assert "model = 'openai/evil'" in capsys.readouterr().out
    assert (find(folder).model, find(folder).base) == ("openai/evil", "https://evil.example.com/v1")
    assert run(["trust", "--revoke", "--json"]) == 0
    with pytest.raises(UntrustedError):
        find(folder)


def test_trusting_says_of_which_connections_values_are_sent(folder, monkeypatch, capsys):
    (folder / ".aiser" / "settings.toml").write_text('[connections.shop]\nurl = "shop.db"\nvalues_to_model = true\n', "utf-8")
    held = settings.load(folder)
    assert trust.values_to_model(held, folder, "shop") == "untrusted"
    assert trust.values_to_model(held, folder, "other") == "no"
    monkeypatch.chdir(folder)
    assert run(["trust"]) == 0
    assert "connections.shop.values_to_model = True" in capsys.readouterr().out
    assert trust.values_to_model(held, folder, "shop") == "given"


def test_a_folder_chooses_no_file_that_is_written_or_believed(folder):
    (folder / ".aiser" / "settings.toml").write_text('model_record = "/tmp/x"\n', "utf-8")
    with pytest.raises(SettingsError, match="model_record has no place") as caught:
        settings.load(folder)
    assert "--record" in caught.value.hint


def test_trust_ends_with_any_change_and_does_not_move_with_the_files(folder, tmp_path):
    trust.trust(folder)
    path = folder / ".aiser" / "settings.toml"
    path.write_text(path.read_text("utf-8").replace("evil.example", "worse.example"), "utf-8")
    assert not trust.trusted(folder)
    trust.trust(folder)
    other = folder.rename(tmp_path / "moved")
    assert not trust.trusted(other)
    assert oct((settings.user_folder() / "trust.json").stat().st_mode)[-3:] == "600"


def test_what_the_user_named_wins_over_a_folder(folder, monkeypatch, own):
    own('model = "openai/mine"\n')
    assert find(folder).model == "openai/mine"
    monkeypatch.setenv("AISER_MODEL", "openai/now")
    trust.trust(folder)
    assert find(folder).model == "openai/now"
    assert find(folder).base == ""


@pytest.mark.parametrize(
    ("base", "error", "words"),
    [
        ("ftp://x/v1", SettingsError, "no http"),
        ("127.0.0.1:8000", SettingsError, "no http"),
        ("http://models.example.com/v1", SettingsError, "unencrypted"),
        ("https://me:pw@models.example.com/v1", SecretTypedError, "password"),
    ],
)
def test_addresses_that_will_not_do(tmp_path, monkeypatch, base, error, words):
    monkeypatch.setenv("AISER_MODEL", "openai/x")
    monkeypatch.setenv("AISER_MODEL_KEY", "sk-one-two-three")
    monkeypatch.setenv("AISER_MODEL_BASE", base)
    with pytest.raises(error, match=words):
        find(tmp_path)


def test_a_knob_that_is_not_there_is_named(tmp_path, own):
    own('modle = "x"\n')
    with pytest.raises(SettingsError, match="'modle'"):
        find(tmp_path)


def test_a_broken_list_of_trusted_folders_is_said(folder):
    path = settings.user_folder() / "trust.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[]", "utf-8")
    with pytest.raises(SettingsError, match="cannot be read"):
        trust.trusted(folder)
    path.write_text('{"v": 9, "workspaces": {}}', "utf-8")
    with pytest.raises(SettingsError, match="version 9"):
        trust.trusted(folder)
