"""What the environment is made of, and that each thing that must not be there is seen."""

from __future__ import annotations

import runpy
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAIN = runpy.run_path(str(ROOT / "benchmarks" / "supply_chain.py"))


class Installed:
    """A package as its metadata tells of it."""

    def __init__(self, name, version, **about):
        self.metadata = Message()
        self.metadata["Name"], self.version = name, version
        for key, value in about.items():
            self.metadata[key.replace("_", "-")] = value


def test_this_environment_is_as_it_should_be():
    assert CHAIN["problems"]() == []


def test_a_file_that_runs_code_at_every_start_is_seen(tmp_path):
    (tmp_path / "litellm_init.pth").write_text("import os; os.getcwd()\n")
    (tmp_path / "_project.pth").write_text("/somewhere/else\n")
    (tmp_path / "distutils-precedence.pth").write_text("import os; var = 1\n")
    assert list(CHAIN["starters"](tmp_path)) == ["litellm_init.pth runs code whenever Python starts, and nobody here knows it"]


@pytest.mark.parametrize(
    ("said", "free"),
    [
        ("MIT", True), ("BSD-3-Clause AND MIT", True), ("MPL-2.0", True), ("Apache Software License", True), ("GPL-2.0-only OR MIT", True),
        ("AGPL-3.0-only", False), ("LGPL-3.0-only", False), ("GPL-3.0-or-later OR LGPL-3.0-only", False), ("Other/Proprietary License", False), ("", False),
    ],
)  # fmt: skip
def test_a_licence_that_binds_is_seen(said, free):
    assert (CHAIN["judged"]("thing", said) == "") is free


def test_a_licence_is_read_from_whatever_says_it():
    assert CHAIN["licence"](Installed("a", "1", License_Expression="MIT")) == "MIT"
    assert CHAIN["licence"](Installed("a", "1", Classifier="License :: OSI Approved :: BSD License")) == "BSD License"
    assert CHAIN["licence"](Installed("a", "1", License="ISC\nPermission to use")) == "ISC"
    assert CHAIN["licence"](Installed("a", "1")) == ""


def test_another_version_than_the_pinned_is_seen(tmp_path):
    file = tmp_path / "pins.txt"
    file.write_text(
        "click==8.3.0 \\\n    --hash=sha256:00\nNumPy==1.0 ; python_version < '3.12' \\\n    --hash=sha256:00\nnumpy==2.0 ; python_version >= '3.12' \\\n    --hash=sha256:00\n"
    )
    allowed = CHAIN["pins"](file)
    assert allowed == {"click": {"8.3.0"}, "numpy": {"1.0", "2.0"}}
    installed = [Installed("click", "8.3.1"), Installed("numpy", "2.0"), Installed("unknown", "3")]
    assert list(CHAIN["strays"](installed, allowed)) == ["click 8.3.1 is installed, 8.3.0 was pinned"]
    assert list(CHAIN["unhashed"](file)) == []


@pytest.mark.parametrize("line", ["click>=8", "click==8.3.0", "click>=8 --hash=sha256:00"])
def test_a_pin_that_is_none_is_seen(tmp_path, line):
    file = tmp_path / "pins.txt"
    file.write_text(line + "\n")
    assert list(CHAIN["unhashed"](file)) == [f"pins.txt: {line.split()[0]} is not pinned to one version with a hash"]


def test_the_releases_that_stole_credentials_are_ruled_out():
    from packaging.requirements import Requirement

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = Requirement(next(part for part in text.split('"') if part.startswith("litellm")))
    assert not wanted.specifier.contains("1.82.7")
    assert not wanted.specifier.contains("1.82.8")
