from __future__ import annotations

import stat
from pathlib import Path

import pytest

from aiser_jupyter.sources.spill import spill_folder


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spill_folder.cache_clear()
    yield tmp_path
    spill_folder.cache_clear()


def test_the_folder_is_the_user_s_alone_and_stays_the_same(temporary):
    first = spill_folder()
    assert stat.S_IMODE(Path(first).stat().st_mode) == 0o700
    spill_folder.cache_clear()
    assert spill_folder() == first


@pytest.mark.parametrize("trap", ["open", "link"])
def test_a_folder_that_somebody_else_prepared_is_not_used(temporary, trap):
    first = Path(spill_folder())
    first.rmdir()
    if trap == "open":
        first.mkdir()
        first.chmod(0o777)
    else:
        (temporary / "elsewhere").mkdir()
        first.symlink_to(temporary / "elsewhere")
    spill_folder.cache_clear()
    other = Path(spill_folder())
    assert other != first
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
