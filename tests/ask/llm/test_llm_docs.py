"""The examples of docs/models.md run as they stand."""

import re
import tomllib
from pathlib import Path

from servers.model import replied

from aiser_jupyter import settings
from aiser_jupyter.ask.llm.configuration import find

PAGE = (Path(__file__).parents[3] / "docs" / "models.md").read_text("utf-8")


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_python_runs(server, space):
    server.script = [replied(sql="SELECT count(*) AS n FROM customers")]
    names = {"ws": space}
    for code in blocks("python"):
        exec(code, names)
    assert names["ans"].engine == "llm"
    assert names["ans"].reading.usage.calls == 1


def test_the_configuration_is_one(monkeypatch, tmp_path):
    own, workspace = blocks("toml")
    path = settings.user_folder() / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(own.replace('"keyring:model"', '"env:A_KEY"'), "utf-8")
    monkeypatch.setenv("A_KEY", "abcdefgh")
    assert (find(tmp_path).model, find(tmp_path).key) == ("openai/gpt-4o", "abcdefgh")
    assert settings.Settings(**tomllib.loads(workspace)).connections["shop"].values_to_model


def test_every_knob_of_a_model_is_in_the_settings_page():
    page = (Path(__file__).parents[3] / "docs" / "settings.md").read_text("utf-8")
    knobs = [name for name in settings.Settings.model_fields if name.startswith("model_")]
    assert [name for name in [*knobs, "values_to_model"] if f"`{name}`" not in page and f".{name}`" not in page] == []
