from __future__ import annotations

import datetime as dt

import pytest
from kernels import Kernel

from aiser_jupyter.events import Event
from aiser_jupyter.magics import progress

SLOW = "select count(*) from range(700000000) t(x) where hash(x) % 7 = 3"


def told(**data):
    return Event("query.progress", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), data)


class Handle:
    def __init__(self, shown):
        self.shown = shown

    def update(self, forms, **_):
        self.shown.append(forms)


@pytest.fixture
def drawn(monkeypatch):
    import IPython.display

    shown = []

    def display(forms, **options):
        shown.append(forms)
        return Handle(shown) if options.get("display_id") else None

    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(progress, "AFTER_S", 0.0)
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    return shown


def test_a_bar_tells_the_share_and_never_goes_back(drawn):
    bar = progress.Bar()
    bar.move(told(share=0.25))
    bar.move(told(fraction=0.1))
    bar.move(told(share=0.5, source="shop"))
    assert [forms["text/plain"].split(",")[0] for forms in drawn] == [
        "[#####...............] 25%",
        "[#####...............] 25%",
        "[##########..........] 50%",
    ]
    assert 'value="0.500"' in drawn[-1]["text/html"]


def test_the_result_takes_the_place_of_the_bar(drawn):
    bar = progress.Bar()
    bar.move(told(share=0.5))
    bar.publish({"text/plain": "rows"})
    bar.move(told(share=0.9))
    bar.end()
    assert drawn[-1] == {"text/plain": "rows"}


def test_a_query_that_is_soon_done_shows_no_bar(drawn, monkeypatch):
    monkeypatch.setattr(progress, "AFTER_S", 60.0)
    bar = progress.Bar()
    bar.move(told(share=0.5))
    bar.publish({"text/plain": "rows"})
    assert drawn == [{"text/plain": "rows"}]


def test_a_slow_query_gets_a_notice_with_its_hints(drawn):
    progress.tell(Event("query.slow", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), {"elapsed_ms": 12_300.0, "hints": ("No index on <day>.",)}))
    assert drawn[-1]["text/plain"] == "The query took 12.3 s. No index on <day>."
    assert "&lt;day&gt;" in drawn[-1]["text/html"]


@pytest.mark.slow
def test_in_a_kernel_a_bar_comes_and_nothing_of_it_stays(tmp_path):
    kernel = Kernel(tmp_path)
    try:
        kernel.run("%load_ext aiser_jupyter")
        kernel.run("%sql select 1")
        seen, last = [], {}

        def hook(message):
            content = message["content"]
            if message["msg_type"] in {"display_data", "update_display_data"}:
                seen.append(content["data"])
                last[content.get("transient", {}).get("display_id", len(last))] = content["data"]
            elif message["msg_type"] == "clear_output":
                last.clear()

        reply = kernel.client.execute_interactive(f"%sql --no-cache {SLOW}", output_hook=hook, timeout=120)
        assert reply["content"]["status"] == "ok"
        assert any("<progress" in data.get("text/html", "") for data in seen)
        left = [data for data in last.values() if not data.get("text/plain", "").startswith("The query took")]
        assert len(left) == 1
        assert not any("<progress" in data.get("text/html", "") for data in last.values())
        assert any("1 row" in data.get("text/plain", "") for data in last.values())
    finally:
        kernel.close()
