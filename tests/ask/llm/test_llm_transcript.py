"""A transcript is written as a model is asked, holds no key, and is replayed without a network."""

import json
import socket
from datetime import date

import pytest
from servers.model import KEY, Fail, replied

from aiser_jupyter.ask.llm import transcript
from aiser_jupyter.ask.llm.call import Completion, Message, Request
from aiser_jupyter.ask.llm.deadline import Deadline
from aiser_jupyter.ask.llm.usage import Usage
from aiser_jupyter.cli.app import run
from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import ModelError, UsageError

TODAY = date(2024, 3, 15)
QUESTION = "which of our folks in Berlin love seafood most?"
ASKED = Request("read@1", (Message("user", "who?"),))


class Says:
    name = "openai/recorded"

    def __init__(self, *texts):
        self.texts = list(texts)

    def complete(self, request, deadline, on_text=None):
        text = self.texts.pop(0)
        if text is None:
            raise ModelError("It was down.", hint="Ask later.")
        return Completion(text, Usage(self.name, 1, 7, 3, 0.5, 12.5))


def recorded(path, *texts):
    recorder = transcript.Recorder(Says(*texts), path, Clock())
    for text in texts:
        try:
            recorder.complete(ASKED, Deadline(5))
        except ModelError:
            assert text is None
    return path


def test_a_line_holds_what_was_asked_and_what_came(tmp_path):
    line = json.loads(recorded(tmp_path / "t.jsonl", "an answer").read_text("utf-8"))
    at = line.pop("at")
    assert at.startswith("20")
    assert line == {
        "v": 1, "model": "openai/recorded", "prompt": "read@1", "key": transcript.key(ASKED), "messages": [{"role": "user", "content": "who?"}],
        "reply": "an answer", "error": None,
        "usage": {"model": "openai/recorded", "calls": 1, "prompt_tokens": 7, "completion_tokens": 3, "cost": 0.5, "elapsed_ms": 12.5},
    }  # fmt: skip


def test_replies_come_back_in_order_and_failures_too(tmp_path):
    replay = transcript.Replayer(recorded(tmp_path / "t.jsonl", "one", None, "two"))
    assert replay.name == "openai/recorded"
    first = replay.complete(ASKED, Deadline(5))
    assert (first.text, first.usage.cost) == ("one", 0.5)
    with pytest.raises(ModelError, match="It was down"):
        replay.complete(ASKED, Deadline(5))
    heard = []
    assert replay.complete(ASKED, Deadline(5), heard.append).text == "two"
    assert replay.complete(ASKED, Deadline(5)).text == "two"
    assert heard == ["two"]
    with pytest.raises(ModelError, match="no reply to this request"):
        replay.complete(Request("read@2", ASKED.messages), Deadline(5))


@pytest.mark.parametrize(
    ("text", "words"),
    [("{}", "no line of a transcript"), ("nonsense", "no line"), ('{"v": 7, "key": "x", "model": "m", "reply": ""}', "version 7")],
)
def test_what_is_no_transcript_is_said(tmp_path, text, words):
    (tmp_path / "t.jsonl").write_text(text + "\n", "utf-8")
    with pytest.raises(UsageError, match=words):
        transcript.Replayer(tmp_path / "t.jsonl")
    with pytest.raises(UsageError, match="cannot be read"):
        transcript.Replayer(tmp_path / "absent.jsonl")


def test_a_transcript_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        recorded(tmp_path / "no" / "such" / "t.jsonl", "x")


def test_what_a_model_said_is_replayed_by_the_command_line(server, shop_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    server.script = [replied(sql="SELECT nam FROM customers"), replied(sql="SELECT name FROM customers WHERE city = '@value1'")]
    asked = ["ask", QUESTION, "--on", str(shop_file), "--engine", "llm", "--today", "2024-03-15", "--json"]
    assert run([*asked, "--record", "calls.jsonl"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["engine"], first["rows"]) == ("llm", [["Anna Berg"]])
    text = (tmp_path / "calls.jsonl").read_text("utf-8")
    assert KEY not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["prompt"] for line in lines] == ["read@1", "repair@1"]

    for name in ("AISER_MODEL", "AISER_MODEL_BASE", "AISER_MODEL_KEY"):
        monkeypatch.delenv(name)
    hits = server.hits
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a replay reaches for the network"))
    assert run([*asked, "--replay", "calls.jsonl"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert server.hits == hits
    assert {k: again[k] for k in ("sql", "rows", "confidence", "engine")} == {k: first[k] for k in ("sql", "rows", "confidence", "engine")}
    assert again["model"]["usage"]["prompt_tokens"] == 200


def test_a_batch_is_recorded_and_replayed(server, shop_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    items = [
        {"id": i, "question": f"the {word} folks of Berlin", "on": str(shop_file), "today": "2024-03-15"}
        for i, word in enumerate(("keen", "old", "kind"))
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    server.script = [replied(sql=f"SELECT name FROM customers ORDER BY name LIMIT {i}") for i in (1, 2, 3)]
    assert run(["ask", "--batch", "in.jsonl", "--to", "a.jsonl", "--engine", "llm", "--record", "calls.jsonl"]) == 0
    server.default = Fail(500)
    assert run(["ask", "--batch", "in.jsonl", "--to", "b.jsonl", "--engine", "llm", "--replay", "calls.jsonl"]) == 0
    capsys.readouterr()
    first, again = ([json.loads(line) for line in (tmp_path / name).read_text("utf-8").splitlines()] for name in ("a.jsonl", "b.jsonl"))
    assert [line["row_count"] for line in first] == [1, 2, 3]
    assert [line["sql"] for line in again] == [line["sql"] for line in first]
    assert server.hits == 3


def test_record_and_replay_exclude_each_other(tmp_path, capsys):
    (tmp_path / "t.jsonl").write_text("", "utf-8")
    assert run(["ask", "x", "--record", "y", "--replay", str(tmp_path / "t.jsonl")]) == 2
    assert "either written or replayed" in capsys.readouterr().err
