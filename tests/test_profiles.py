from __future__ import annotations

import stat

import pytest

from aiser_jupyter import profiles, settings
from aiser_jupyter.errors import SettingsError, UsageError


def test_a_profile_is_kept_beside_what_people_wrote(tmp_path):
    (tmp_path / ".aiser").mkdir()
    path = tmp_path / ".aiser" / "settings.toml"
    path.write_text('# our knobs\ntimeout_s = 9  # short\n\n[connections.old]\nurl = "old.db"\n')
    profiles.save(tmp_path, "shop", {"url": "env:SHOP_URL", "write": True})
    text = path.read_text()
    assert text.startswith("# our knobs\ntimeout_s = 9  # short\n")
    knobs = settings.load(tmp_path)
    assert (knobs.connections["shop"].url, knobs.connections["shop"].write, knobs.connections["old"].url) == (
        "env:SHOP_URL",
        True,
        "old.db",
    )
    profiles.save(tmp_path, "shop", {"write": None})
    assert not settings.load(tmp_path).connections["shop"].write
    profiles.drop(tmp_path, "old")
    assert set(settings.load(tmp_path).connections) == {"shop"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_first_profile_makes_the_file(tmp_path):
    profiles.save(tmp_path, "shop", {"url": "shop.db"})
    assert settings.load(tmp_path).connections["shop"].url == "shop.db"
    assert [entry.name for entry in (tmp_path / ".aiser").iterdir()] == ["settings.toml"]


def test_what_would_not_load_is_not_written(tmp_path):
    profiles.save(tmp_path, "shop", {"url": "shop.db"})
    before = (tmp_path / ".aiser" / "settings.toml").read_text()
    with pytest.raises(SettingsError, match="pool_size"):
        profiles.save(tmp_path, "shop", {"pool_size": 0})
    with pytest.raises(UsageError, match="no profile named 'ship'"):
        profiles.drop(tmp_path, "ship")
    assert (tmp_path / ".aiser" / "settings.toml").read_text() == before


def test_a_broken_file_is_left_alone(tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "settings.toml").write_text("timeout_s = ")
    with pytest.raises(SettingsError, match="no valid TOML"):
        profiles.save(tmp_path, "shop", {"url": "shop.db"})
    assert (tmp_path / ".aiser" / "settings.toml").read_text() == "timeout_s = "
