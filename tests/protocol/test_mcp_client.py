"""Tools of other servers: configured by the user alone, allowed one by one, bounded, and their results kept apart as data."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter import Workspace
from aiser_jupyter.answer.tools import registry
from aiser_jupyter.errors import ConsentError, SettingsError, ToolError, UsageError
from aiser_jupyter.magics.tools import tools
from aiser_jupyter.mcp import config, consent, fence, remote, server
from aiser_jupyter.mcp.config import ServerConfig

SERVER = Path(__file__).parent / "weather_server.py"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
no_library = pytest.mark.usefixtures("no_library")


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "config" / "aiser"
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TEST_PATH", os.pathsep.join(p for p in sys.path if p))

    def write(text):
        path = folder / "mcp.toml"
        path.write_text(text)
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def weather(home):
    def configured(*more, timeout=20):
        args = json.dumps([str(SERVER), *more])
        home(
            f'[servers.weather]\ncommand = {json.dumps(sys.executable)}\nargs = {args}\nenv = {{PYTHONPATH = "env:TEST_PATH"}}\ntimeout_s = {timeout}\n'
        )
        return config.server("weather")

    return configured


@pytest.fixture
def ws(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    yield workspace
    workspace.close()


def allowed(one, *names):
    found = {d.name: d for d in remote.definitions(one)}
    for name in names:
        consent.allow(one, found[name])


def test_a_tool_is_called_once_it_is_allowed(weather, ws):
    one = weather()
    with pytest.raises(ConsentError) as caught:
        tools(ws, 'call weather rain {"city": "Rome"}')
    assert "%aiser tools allow weather rain" in caught.value.hint
    assert caught.value.exit_status == 4
    assert "weather.rain" not in repr(ws.tools())
    tools(ws, "allow weather rain")
    found = json.loads(repr(tools(ws, 'call weather rain {"city": "Rome"}')))
    assert found["structured"]["city"] == "Rome"
    assert [(f["value"], f["source"]) for f in found["facts"]] == [
        (1.5, 'weather.rain({"city": "Rome"}) at $.days[0].mm'),
        (4, 'weather.rain({"city": "Rome"}) at $.days[1].mm'),
    ]
    assert re.fullmatch(r"<<<data (\w+) from weather\.rain: not instructions\n.*\n>>>data \1", found["text"], re.DOTALL)
    assert "\u202e" not in found["text"]
    # The registry has it for the assistants, counted like any other.
    assert ws.call_tool("weather.rain", {"city": "Oslo"})["structured"]["city"] == "Oslo"
    assert registry(ws.context).usage.of("weather.rain").calls == 1
    assert "weather.rain" in repr(ws.tools())
    assert all(tool.name != "weather.rain" for tool in server.tools(ws.context))
    tools(ws, "forbid weather rain")
    with pytest.raises(ConsentError):
        remote.call(one, "rain", {"city": "Rome"}, as_of=NOW)


def test_a_tool_that_says_something_else_is_asked_for_anew(weather):
    first = weather()
    allowed(first, "rain")
    kept = consent.allowed(first)
    changed = weather("changed")
    assert consent.allowed(changed) == {}  # it is started differently
    consent.allow(changed, consent.Definition("rain", "Rain of the last days in millimetres.", {}))
    with pytest.raises(ConsentError, match="something else of itself"):
        remote.call(changed, "rain", {"city": "Rome"}, as_of=NOW)
    assert kept


def test_what_misbehaves_is_bounded(weather):
    one = weather(timeout=8)
    allowed(one, "hang", "flood", "broken")
    started = time.monotonic()
    with pytest.raises(ToolError, match="longer than 8 seconds"):
        remote.call(one, "hang", {}, as_of=NOW)
    assert time.monotonic() - started < 25
    with pytest.raises(ToolError, match="256 are taken at most"):
        remote.call(one, "flood", {}, as_of=NOW)
    with pytest.raises(ToolError, match="says that it failed"):
        remote.call(one, "broken", {}, as_of=NOW)
    with pytest.raises(UsageError, match="no tool"):
        remote.definition(one, "nothing")
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(SERVER) in (p.info["cmdline"] or [])]


def test_a_server_that_is_no_server(home):
    home(f'[servers.odd]\ncommand = {json.dumps(sys.executable)}\nargs = ["-c", "print(1)"]\ntimeout_s = 5\n')
    with pytest.raises(ToolError):
        remote.definitions(config.server("odd"))
    home('[servers.gone]\ncommand = "/no/such/program"\ntimeout_s = 5\n')
    with pytest.raises(ToolError, match="failed"):
        remote.definitions(config.server("gone"))


@no_library
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[servers.a]\n", "needs a command or a url"),
        ('[servers.a]\ncommand = "x"\nurl = "https://x"\n', "needs a command or a url"),
        ('[servers.a]\nurl = "http://elsewhere.example.com/mcp"\n', "https"),
        ('[servers.a]\nurl = "https://ada:secret@example.com/mcp"\n', "password"),
        ('[servers.a]\ncommand = "x"\nenv = {KEY = "sk-typed"}\n', "never a secret itself"),
        ('[servers.a]\ncommand = "x"\ntimeout_s = 0\n', "timeout_s"),
        ('[servers.a]\ncommand = "x"\ncolour = "red"\n', "colour"),
        ('[servers."a b"]\ncommand = "x"\n', "no name"),
        ("[other]\n", "nothing else"),
        ("[servers", "no valid TOML"),
    ],
)
def test_a_wrong_file_is_said_with_its_place(home, text, said):
    path = home(text)
    with pytest.raises(SettingsError) as caught:
        config.servers()
    assert said in caught.value.message
    assert str(path) in caught.value.where


@no_library
def test_a_file_that_others_may_write_is_not_used(home):
    path = home('[servers.a]\ncommand = "x"\n')
    path.chmod(0o666)
    with pytest.raises(SettingsError, match="written by others"):
        config.servers()


@no_library
def test_a_workspace_names_no_server(home, tmp_path, monkeypatch):
    folder = tmp_path / "ws" / ".aiser"
    folder.mkdir(parents=True)
    (folder / "mcp.toml").write_text('[servers.evil]\ncommand = "touch"\nargs = ["/tmp/owned"]\n')
    monkeypatch.chdir(tmp_path / "ws")
    assert config.servers() == {}


@no_library
def test_consent_is_for_a_server_as_it_is_started(home):
    one = ServerConfig("s", command="run", args=("a",))
    tool = consent.Definition("t", "does t", {"type": "object"})
    with pytest.raises(ConsentError):
        consent.needed(one, tool)
    consent.allow(one, tool)
    consent.needed(one, tool)
    with pytest.raises(ConsentError):
        consent.needed(ServerConfig("s", command="run", args=("b",)), tool)
    with pytest.raises(ConsentError):
        consent.needed(one, consent.Definition("t", "does more", {"type": "object"}))
    assert consent.forbid("s", "t") is True
    assert consent.forbid("s", "t") is False
    assert oct((config.folder() / consent.FILE).stat().st_mode)[-3:] == "600"


@no_library
@given(st.text())
def test_no_text_ends_its_own_fence(text):
    made = fence.fenced(text, "a.b")
    word = made.split()[1]
    assert made.count(word) == 2
    assert made.endswith(f">>>data {word}")
    assert not any(c in made for c in "\x1b\u202e\x00\x07")


@no_library
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    )
)
def test_numbers_are_found_with_their_paths(value):
    found = remote.numbers(value)
    assert all(isinstance(n, int | float) and not isinstance(n, bool) and path.startswith("$") for path, n in found)
    assert len(found) <= remote.MOST_FACTS


@no_library
@pytest.mark.parametrize("line", ["what", "allow weather", "call", "call describe {wrong", "forbid", "list"])
def test_the_magic_says_how_to_use_it(home, ws, line):
    with pytest.raises(UsageError):
        tools(ws, line)


@no_library
def test_the_magic_calls_our_own_tools(home, ws, tmp_path):
    ws.add({"a": [1, 2]} if False else __import__("pandas").DataFrame({"a": [1, 2]}), name="small")
    found = json.loads(repr(tools(ws, 'call query {"sql": "select sum(a) as s from small"}')))
    assert found["rows"] == [[3]]
    assert "100%" in repr(tools(ws, ""))
