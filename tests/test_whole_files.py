import os
import stat

import pytest

from aiser_jupyter import files


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


def interrupted(target):
    with files.whole(target) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_a_file_is_written_as_it_is_and_nothing_else_is_left(tmp_path):
    files.write(tmp_path / "note.txt", "Zürich\nBern\n")
    files.write(tmp_path / "note.bin", b"\r\n\0")
    assert (tmp_path / "note.txt").read_bytes() == "Zürich\nBern\n".encode()
    assert (tmp_path / "note.bin").read_bytes() == b"\r\n\0"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["note.bin", "note.txt"]


def test_what_was_there_stays_where_writing_fails(tmp_path):
    target = tmp_path / "note.txt"
    target.write_text("before")
    with pytest.raises(KeyboardInterrupt):
        interrupted(target)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_the_place_is_taken_only_at_the_end(tmp_path):
    target = tmp_path / "note.txt"
    with files.whole(target) as file:
        file.write(b"all")
        assert not target.exists()
        (part,) = tmp_path.iterdir()
        assert part.name.startswith(".note.txt.")
    assert target.read_bytes() == b"all"


def test_rights_are_the_umasks_or_exactly_those_asked_for(tmp_path, usual_umask):
    files.write(tmp_path / "usual", "")
    files.write(tmp_path / "shared", "", 0o666)
    files.write(tmp_path / "own", "", files.PRIVATE)
    assert [rights(tmp_path / name) for name in ("usual", "shared", "own")] == [0o644, 0o666, 0o600]


def test_a_private_file_is_private_before_it_is_in_place(tmp_path, usual_umask):
    with files.whole(tmp_path / "own", files.PRIVATE):
        (part,) = tmp_path.iterdir()
        assert rights(part) == 0o600


def test_a_file_that_should_last_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append((tmp_path / "note").exists()))
    files.write(tmp_path / "note", "x")
    with files.whole(tmp_path / "cache", lasting=False) as file:
        file.write(b"x")
    assert synced == [False]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.write(tmp_path / "none" / "note", "x")
