"""What one kernel was taught, another answers with, until it is forgotten."""

import pytest
from kernels import Kernel


@pytest.fixture
def two(tmp_path, shop, monkeypatch):
    (tmp_path / ".aiser").mkdir()
    kernels = [Kernel(tmp_path), Kernel(tmp_path)]
    for kernel in kernels:
        kernel.run(f"%load_ext aiser_jupyter\n%aiser connect {shop}")
    yield kernels
    for kernel in kernels:
        kernel.close()


@pytest.mark.slow
def test_one_kernel_learns_from_the_other(two, tmp_path):
    here, there = two
    told = here.run("%%ask\nzaster means price")
    assert "%aiser memory keep 1" in told
    here.run("%aiser memory keep 1")
    there.run("%%ask\nhighest zaster")
    there.run("%%ask\naverage zaster by product")
    shown = there.run("import aiser_jupyter\nprint(aiser_jupyter.workspace().memory.last)")
    assert "“zaster” means price, as you taught on" in shown
    assert "Forgot" in here.run("%aiser memory forget zaster")
    for path in (tmp_path / ".aiser").rglob("*"):
        assert not path.is_file() or b"zaster" not in path.read_bytes()
    answer = there.run("%%ask\naverage zaster by product")
    assert "as you taught" not in answer
