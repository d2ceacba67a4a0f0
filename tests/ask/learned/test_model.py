import json

import numpy as np
import pytest

from aiser_jupyter.ask.learned import model
from aiser_jupyter.errors import StateError


def test_the_shipped_weights_load_without_running_code(monkeypatch):
    monkeypatch.setattr(np, "load", lambda *args, _load=np.load, **kwargs: _load(*args, **{**kwargs, "allow_pickle": False}))
    loaded = model.load.__wrapped__()
    assert len(loaded.shapes.skeletons) > 100
    assert loaded.ranker is not None


def test_the_shipped_weights_stay_small():
    from importlib.resources import files

    sizes = [place.stat().st_size for place in files("aiser_jupyter.ask").joinpath("weights").iterdir()]
    assert sum(sizes) < 10_000_000


def test_weights_of_another_version_are_refused(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps({"v": model.VERSION + 1}))
    with pytest.raises(StateError, match=f"version {model.VERSION + 1}"):
        model.read(tmp_path)
