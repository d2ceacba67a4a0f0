from __future__ import annotations

import pytest

from aiser_jupyter import settings
from aiser_jupyter.errors import SettingsError


@pytest.fixture
def write(tmp_path):
    def written(text):
        (tmp_path / ".aiser").mkdir()
        (tmp_path / ".aiser" / "settings.toml").write_text(text, "utf-8")
        return tmp_path

    return written


def test_defaults_without_a_file(tmp_path):
    knobs = settings.load(tmp_path)
    assert (knobs.timeout_s, knobs.preview_rows, knobs.state, knobs.connections) == (300.0, 20, True, {})


def test_reads_the_file_and_lets_the_environment_win(write, monkeypatch):
    root = write('timeout_s = 5\npreview_rows = 7\n[connections.shop]\nurl = "env:SHOP_URL"\ncopy = "metadata"\n')
    monkeypatch.setenv("AISER_TIMEOUT_S", "9.5")
    knobs = settings.load(root)
    assert (knobs.timeout_s, knobs.preview_rows) == (9.5, 7)
    assert knobs.connections["shop"].url == "env:SHOP_URL"
    assert (knobs.copy_for("shop", local=True), knobs.copy_for("other", local=True)) == ("metadata", "results")
    assert knobs.copy_for("other", local=False) == "metadata"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("timeout = 5", "'timeout'", "Did you mean 'timeout_s'?"),
        ("zzz = 5", "'zzz'", "Knobs: timeout_s"),
        ("timeout_s = 'soon'", "timeout_s does not fit", ""),
        ("preview_rows = 0", "preview_rows does not fit", ""),
        ("timeout_s = ", "no valid TOML", "Correct the line"),
        ('[connections.shop]\nurl = "x"\ncopi = "none"', "connections.shop.copi", ""),
    ],
)
def test_what_does_not_fit_is_named(write, text, message, hint):
    with pytest.raises(SettingsError) as caught:
        settings.load(write(text))
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "settings.toml" in caught.value.where


def test_a_knob_misspelled_in_the_environment_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_TIMOUT_S", "5")
    with pytest.raises(SettingsError, match="AISER_TIMOUT_S"):
        settings.load(tmp_path)


def test_variables_of_other_parts_pass(tmp_path, monkeypatch):
    for name in ("AISER_NOW", "AISER_USER", "AISER_MODEL", "AISER_ENABLE_CHARTS"):
        monkeypatch.setenv(name, "x")
    assert settings.load(tmp_path).timeout_s == 300.0


def test_finds_the_root_upwards(tmp_path):
    (tmp_path / ".aiser").mkdir()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert settings.find_root(inner) == tmp_path
    assert settings.find_root(tmp_path) == tmp_path
