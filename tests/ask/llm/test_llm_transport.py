import os
import random
import threading
import time

import pytest
from servers.model import KEY, Fail, Hang, ModelServer, Raw, Say

from aiser_jupyter.ask.llm import transport
from aiser_jupyter.ask.llm.call import Message, Request
from aiser_jupyter.ask.llm.configuration import ModelConfig
from aiser_jupyter.ask.llm.deadline import Deadline
from aiser_jupyter.errors import CancelledError, ModelError, ModelReplyError

HELLO = Request("read@1", (Message("user", "hello"),), {"type": "object"})


@pytest.fixture
def model(server):
    return transport.LiteLLM(ModelConfig("openai/local", server.base, KEY), random.Random(1))


def test_a_reply_comes_with_what_it_took(server, model):
    heard = []
    found = model.complete(HELLO, Deadline(20), heard.append)
    assert found.text == '{"plan": null, "sql": null, "cannot": "nothing here", "assumptions": []}'
    assert "".join(heard) == found.text
    assert len(heard) > 3
    assert (found.usage.prompt_tokens, found.usage.completion_tokens, found.usage.cost) == (100, 20, None)
    assert server.hits == 1
    asked = server.asked[0]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["messages"] == [{"role": "user", "content": "hello"}]
    assert asked.body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert asked.body["temperature"] == 0


def test_too_many_requests_are_tried_again_when_the_server_says(server, model):
    server.script = [Fail(429, {"Retry-After": "1"})]
    started = time.monotonic()
    found = model.complete(HELLO, Deadline(20))
    assert found.text.startswith("{")
    assert time.monotonic() - started >= 1.0
    assert server.hits == 2


def test_a_wait_longer_than_there_is_time_is_not_begun(server, model):
    server.script = [Fail(429, {"Retry-After": "120"})]
    started = time.monotonic()
    with pytest.raises(ModelError, match="asks to be left alone for 120 s"):
        model.complete(HELLO, Deadline(5))
    assert time.monotonic() - started < 4
    assert server.hits == 1


def test_a_server_that_fails_twice_is_asked_a_third_time(server, model):
    server.script = [Fail(500), Fail(503)]
    assert model.complete(HELLO, Deadline(20)).text.startswith("{")
    assert server.hits == 3


def test_a_server_that_goes_on_failing_is_left_alone_for_a_while(server, model):
    server.default = Fail(500)
    with pytest.raises(ModelError, match="failed or cannot be reached"):
        model.complete(HELLO, Deadline(20))
    with pytest.raises(ModelError, match="left alone for a while"):
        model.complete(HELLO, Deadline(20))
    assert server.hits == 5
    assert transport.state(ModelConfig("openai/local", server.base)) == "open"
    started = time.monotonic()
    with pytest.raises(ModelError, match="left alone for a while"):
        model.complete(HELLO, Deadline(20))
    assert time.monotonic() - started < 1
    assert server.hits == 5


def test_being_busy_does_not_open_the_breaker(server, model):
    server.default = Fail(429, {"Retry-After": "0"})
    for _ in range(3):
        with pytest.raises(ModelError, match="too much to do"):
            model.complete(HELLO, Deadline(20))
    assert server.hits == 9
    assert transport.state(ModelConfig("openai/local", server.base)) == "closed"


@pytest.mark.parametrize("script", [Hang(), Say("x" * 4000, step=1, pause=0.3)], ids=["hang", "drip"])
def test_what_takes_too_long_is_left_at_the_deadline(server, model, script):
    server.script = [script]
    started = time.monotonic()
    with pytest.raises(ModelError, match="did not reply"):
        model.complete(HELLO, Deadline(2))
    assert time.monotonic() - started < 3.5
    assert server.hits == 1


def test_another_thread_can_stop_it(server, model):
    server.script = [Hang()]
    deadline = Deadline(30)
    threading.Timer(0.5, deadline.cancel).start()
    started = time.monotonic()
    with pytest.raises(CancelledError):
        model.complete(HELLO, deadline)
    assert time.monotonic() - started < 3


def test_a_stream_that_breaks_off_is_no_reply(server, model):
    server.default = Say('{"sql": "SELECT 1"}' * 5, step=4, cut=True)
    with pytest.raises(ModelError, match="cut off"):
        model.complete(HELLO, Deadline(20))
    assert server.hits == 3


def test_a_stream_that_ends_before_it_begins_is_no_reply(server, model):
    server.default = Raw(b"", "text/event-stream")
    with pytest.raises(ModelError, match=r"cut off|failed or cannot be reached"):
        model.complete(HELLO, Deadline(20))
    assert server.hits == 3


def test_a_reply_that_ends_at_the_models_own_limit_is_not_read(server, model):
    server.script = [Say('{"sql": "SELECT', finish="length")]
    with pytest.raises(ModelReplyError) as caught:
        model.complete(HELLO, Deadline(20))
    assert caught.value.kind == "cut_off"
    assert server.hits == 1


def test_five_megabytes_are_cut(server, model):
    server.script = [Say("x" * 5_000_000, step=2000)]
    with pytest.raises(ModelReplyError) as caught:
        model.complete(HELLO, Deadline(20))
    assert caught.value.kind == "too_long"
    assert server.hits == 1


def test_a_page_instead_of_a_stream_is_no_reply(server, model):
    server.default = Raw(b"<html>not json</html>")
    with pytest.raises(ModelError):
        model.complete(HELLO, Deadline(20))
    assert server.hits >= 1


@pytest.mark.parametrize(("status", "message"), [(401, "did not accept the key"), (404, "no such model")])
def test_what_no_retry_mends_is_said_at_once(server, model, status, message):
    server.default = Fail(status, body=f"you sent {KEY}")
    with pytest.raises(ModelError, match=message) as caught:
        model.complete(HELLO, Deadline(20))
    assert server.hits == 1
    assert KEY not in str(caught.value) + repr(caught.value) + caught.value.where


def test_a_server_that_takes_no_schema_is_asked_without_and_remembered(server, model):
    server.script = [Fail(400, body="response_format is unknown")]
    assert model.complete(HELLO, Deadline(20)).text.startswith("{")
    assert model.complete(HELLO, Deadline(20)).text.startswith("{")
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, False]


def test_nothing_is_printed_and_no_thread_is_left(server, model, capfd):
    model.complete(HELLO, Deadline(20))
    before = {thread.name for thread in threading.enumerate()}
    server.script = [Fail(500), Fail(429, {"Retry-After": "0"}), Say("x" * 4000, step=1, pause=0.2), Fail(401)]
    for seconds in (1.5, 20):
        with pytest.raises(ModelError):
            model.complete(HELLO, Deadline(seconds))
    time.sleep(1)
    assert [t.name for t in threading.enumerate() if t.name.startswith("aiser-") and t.name not in before] == []
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")
    assert server.left == 1  # the slow one saw its client go


def test_nobody_at_the_address(litellm):
    with ModelServer() as gone:
        base = gone.base
    model = transport.LiteLLM(ModelConfig("openai/local", base, KEY), random.Random(1))
    with pytest.raises(ModelError, match="failed or cannot be reached"):
        model.complete(HELLO, Deadline(20))


def test_a_missing_key_is_named(litellm):
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        transport.LiteLLM(ModelConfig("openai/gpt-4o")).complete(HELLO, Deadline(20))


def test_the_providers_own_key_is_not_sent_to_an_address_of_ones_own(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-provider-000000")
    transport.LiteLLM(ModelConfig("openai/local", server.base)).complete(HELLO, Deadline(20))
    assert "sk-of-the-provider" not in server.heard


def test_the_price_of_a_known_model_is_worked_out_and_no_other(litellm):
    assert transport._price("openai/gpt-4o", 1000, 1000) == pytest.approx(0.0125)
    assert transport._price("openai/nobody-knows-it", 1000, 1000) is None


def test_litellm_is_told_to_stay_at_home(litellm):
    assert litellm.telemetry is False
    assert litellm.suppress_debug_info is True
    assert (os.environ["LITELLM_LOCAL_MODEL_COST_MAP"], os.environ["LITELLM_MODE"]) == ("True", "PRODUCTION")
