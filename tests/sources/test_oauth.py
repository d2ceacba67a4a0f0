"""Tokens: asked for once, renewed in time, never shown."""

from __future__ import annotations

import threading

import pytest

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.oauth import OAuth


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def server(*answers):
    """A token server that gives ``answers`` in turn, and what it was asked."""
    asked, left = [], list(answers)

    def post(url, form, basic):
        asked.append((url, dict(form), basic))
        return left.pop(0) if len(left) > 1 else left[0]

    return post, asked


def test_client_credentials_are_asked_for_once_and_renewed_before_they_expire():
    clock = Clock()
    flow = OAuth("https://auth.example.com/token", "me", "s3cret", scope="read", clock=clock)
    post, asked = server((200, {"access_token": "one", "expires_in": 100}), (200, {"access_token": "two", "expires_in": 100}))
    assert [flow.token(post), flow.token(post)] == ["one", "one"]
    assert asked == [("https://auth.example.com/token", {"grant_type": "client_credentials", "scope": "read"}, ("me", "s3cret"))]
    clock.now = 71
    assert flow.token(post) == "two"
    assert len(asked) == 2


def test_a_token_that_was_not_taken_is_not_given_again():
    flow = OAuth("https://auth.example.com/token", "me", "s3cret")
    post, asked = server((200, {"access_token": "one"}), (200, {"access_token": "two"}))
    assert flow.token(post) == "one"
    assert flow.token(post, refused="one") == "two"
    assert flow.token(post, refused="one") == "two"
    assert len(asked) == 2


def test_a_refresh_token_is_used_and_replaced():
    clock = Clock()
    flow = OAuth("https://auth.example.com/token", "me", refresh_token="r1", clock=clock)
    post, asked = server((200, {"access_token": "a", "expires_in": 60, "refresh_token": "r2"}))
    flow.token(post)
    clock.now = 40
    flow.token(post)
    assert [form["refresh_token"] for _, form, _ in asked] == ["r1", "r2"]
    assert asked[0][1] == {"grant_type": "refresh_token", "refresh_token": "r1", "client_id": "me"}


def test_threads_ask_once():
    flow = OAuth("https://auth.example.com/token", "me", "s3cret")
    post, asked = server((200, {"access_token": "one", "expires_in": "3600"}))
    threads = [threading.Thread(target=flow.token, args=(post,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"error": "invalid_client", "error_description": "the secret s3cret is wrong"}),
        (400, {"error": "s3cret token tok3n"}),
        (200, {"access_token": ""}),
        (200, {"token": "tok3n"}),
        (200, {"access_token": "tok3n", "token_type": "mac"}),
    ],
)
def test_a_server_that_gives_none_is_told_without_what_was_sent(answer):
    flow = OAuth("https://auth.example.com/token?key=s3cret", "me", "s3cret", in_body=True)
    with pytest.raises(SourceError) as caught:
        flow.token(server(answer)[0])
    for text in (str(caught.value), repr(caught.value), repr(flow)):
        assert "s3cret" not in text
        assert "tok3n" not in text
