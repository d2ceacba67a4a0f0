import plotly.offline
import pytest

from aiser_jupyter.chart import bundle


def test_the_small_bundle_serves_what_it_covers():
    assert bundle.bundle({"bar", "scatter", "pie"}) == "cartesian"
    assert 1_000_000 < len(bundle.script({"bar"})) < 1_700_000


@pytest.mark.parametrize("types", [{"bar", "waterfall"}, {"table"}, {"candlestick"}])
def test_other_types_need_the_full_one(types):
    assert bundle.bundle(types) == "full"
    assert bundle.script(types) == plotly.offline.get_plotlyjs()


def test_a_plotly_of_another_version_gets_its_own_script(monkeypatch):
    monkeypatch.setattr(plotly.offline, "get_plotlyjs_version", lambda: "9.9.9")
    assert bundle.bundle({"bar"}) == "full"
