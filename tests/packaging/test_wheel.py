"""What a user installs: built from this checkout, unpacked and looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINKS = ("magics", "widgets", "templates")
pytestmark = pytest.mark.slow


def build(source: Path, out: Path, *what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(out), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The tracked files alone, as a clone has them."""
    place = tmp_path_factory.mktemp("clone")
    archive = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in archive.decode().split("\0"):
        source = ROOT / name
        if name and (source.is_symlink() or source.is_file()):
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return place


@pytest.fixture(scope="module")
def dist(checkout, tmp_path_factory):
    """sdist, and the wheel built from that sdist."""
    out = tmp_path_factory.mktemp("dist")
    done = build(checkout, out)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def wheel_names(dist):
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        return wheel.namelist()


def test_the_three_folders_are_links_in_git():
    for name in LINKS:
        entry = subprocess.run(
            ["git", "ls-files", "-s", f"aiser_jupyter/{name}"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert entry.startswith("120000"), f"aiser_jupyter/{name} is no link in git: {entry!r}"


def test_the_three_folders_are_real_in_the_wheel(wheel_names):
    for name in LINKS:
        assert f"aiser_jupyter/{name}/__init__.py" in wheel_names
    assert not [n for n in wheel_names if n.split("/")[0] in LINKS]


def test_the_wheel_ships_data_and_the_lab_extension_and_no_tests(wheel_names):
    assert any(n.endswith("share/jupyter/labextensions/aiser-jupyter/package.json") for n in wheel_names)
    assert any(n.endswith("share/jupyter/labextensions/aiser-jupyter/install.json") for n in wheel_names)
    assert any(n.endswith("share/jupyter/nbconvert/templates/aiser/conf.json") for n in wheel_names)
    assert {"aiser_jupyter/py.typed", "aiser_jupyter/examples/demo.ipynb", "aiser_jupyter/examples/data/chinook.sqlite"} <= set(wheel_names)
    assert not [n for n in wheel_names if n.startswith(("tests/", "benchmarks/")) or "node_modules" in n]


def test_the_sdist_has_each_linked_folder_once(dist):
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sdist:
        names = [n.split("/", 1)[-1] for n in sdist.getnames()]
    for name in LINKS:
        assert f"aiser_jupyter/{name}/__init__.py" in names
        assert not [n for n in names if n.startswith(f"{name}/")]


def test_the_installed_wheel_works_from_the_root_of_the_repository(dist, tmp_path):
    """At the repository's root the source folder shadows the installed one: both must have everything."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", str(tmp_path / "venv")], check=True)
    packages = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        wheel.extractall(packages)
    (packages / "outer.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")) + "\n")
    code = "import aiser_jupyter, aiser_jupyter.magics, aiser_jupyter.widgets, aiser_jupyter.templates; print(aiser_jupyter.__file__)"
    python = tmp_path / "venv" / "bin" / "python"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    for folder in (tmp_path, ROOT):
        done = subprocess.run([str(python), "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert str(ROOT) in done.stdout


def test_a_link_that_became_a_text_file_stops_the_build(checkout, tmp_path):
    broken = tmp_path / "clone"
    shutil.copytree(checkout, broken, symlinks=True)
    link = broken / "aiser_jupyter" / "magics"
    link.unlink()
    link.write_text("../magics")
    done = build(broken, tmp_path / "dist", "--wheel")
    assert done.returncode != 0
    assert "has lost its symbolic links" in done.stdout + done.stderr
