"""What loads when: a bare import and %load_ext stay as light as promised."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import aiser_jupyter

HEAVY = {"pandas", "plotly", "sklearn", "scipy", "statsmodels", "litellm", "pyarrow", "duckdb", "pydantic", "sqlglot", "numpy"}
LOAD_EXT = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
shell.run_line_magic("load_ext", "aiser_jupyter")
print(json.dumps(sorted({name.split(".")[0] for name in set(sys.modules) - before})))
"""


def loaded(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_loads_nothing_heavy():
    code = "import json, sys; before = set(sys.modules); import aiser_jupyter; print(json.dumps(sorted(set(sys.modules) - before)))"
    modules = loaded(code)
    assert {name.split(".")[0] for name in modules} & HEAVY == set()


def test_load_ext_loads_nothing_heavy():
    assert loaded(LOAD_EXT) & HEAVY == set()


def test_the_public_names_are_there():
    assert aiser_jupyter.workspace() is aiser_jupyter.workspace()
    assert isinstance(aiser_jupyter.workspace(), aiser_jupyter.Workspace)
    with pytest.raises(AttributeError):
        aiser_jupyter.nothing  # noqa: B018 - reading it is the test
