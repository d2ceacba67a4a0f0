"""A chat model behind HTTP, on this machine alone: what it says, and how it fails, is scripted request by request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = "sk-canary-of-a-key-0123456789"


@dataclass
class Asked:
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        return "\n".join(message["content"] for message in self.body["messages"])


@dataclass
class Say:
    """Stream ``text``, ``step`` letters a piece, ``pause`` seconds between; ``cut`` ends it before its end, ``finish`` is the reason given."""

    text: str
    step: int = 12
    pause: float = 0.0
    cut: bool = False
    finish: str = "stop"
    usage: tuple[int, int] | None = (100, 20)


def replied(*, plan: Any = None, sql: str | None = None, cannot: str | None = None, assumptions: tuple[str, ...] = ()) -> Say:
    """What a model that keeps to the form says."""
    return Say(json.dumps({"plan": plan, "sql": sql, "cannot": cannot, "assumptions": list(assumptions)}))


@dataclass
class Fail:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "of no use"


@dataclass
class Hang:
    pass


@dataclass
class Raw:
    """Bytes that are no reply of a chat model."""

    body: bytes
    kind: str = "text/html"


Scripted = Say | Fail | Hang | Raw | Callable[[Asked], "Say | Fail | Hang | Raw"]


class Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        asked = Asked(body, {name.lower(): value for name, value in self.headers.items()})
        found = self.server.owner.next(asked)
        self.close_connection = True
        try:
            self._answer(found, asked)
        except (BrokenPipeError, ConnectionResetError):
            self.server.owner.left += 1

    def _answer(self, found, asked):
        if isinstance(found, Hang):
            self.server.owner.over.wait(60)
        elif isinstance(found, Fail):
            text = json.dumps({"error": {"message": found.body, "type": "server_error", "code": found.status}}).encode()
            self._send(found.status, text, "application/json", found.headers)
        elif isinstance(found, Raw):
            self._send(200, found.body, found.kind, {})
        else:
            self._stream(found, asked)

    def _send(self, status, body, kind, headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, say, asked):
        assert asked.body.get("stream"), "the client streams"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        pieces = [say.text[i : i + say.step] for i in range(0, len(say.text), say.step)]
        for number, piece in enumerate(pieces):
            if say.cut and number >= len(pieces) // 2:
                return
            self._event({"role": "assistant", "content": piece}, None, asked)
            if say.pause and self.server.owner.over.wait(say.pause):
                return
        self._event({}, say.finish, asked)
        if say.usage and (asked.body.get("stream_options") or {}).get("include_usage"):
            tokens = dict(zip(("prompt_tokens", "completion_tokens"), say.usage, strict=True))
            self._write({"choices": [], "usage": {**tokens, "total_tokens": sum(say.usage)}}, asked)
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, delta, finish, asked):
        self._write({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}, asked)

    def _write(self, chunk, asked):
        whole = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": asked.body.get("model"), **chunk}
        self.wfile.write(b"data: " + json.dumps(whole).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, *_):
        pass


class ModelServer:
    """``script`` is used up one a request, then ``default`` answers; ``asked`` holds the requests."""

    def __init__(self, *script: Scripted, default: Scripted | None = None) -> None:
        self.script = list(script)
        self.default: Scripted = default or Say(json.dumps({"plan": None, "sql": None, "cannot": "nothing here", "assumptions": []}))
        self.asked: list[Asked] = []
        self.left = 0  # requests whose client went away
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.owner = self
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def next(self, asked: Asked) -> Say | Fail | Hang | Raw:
        with self._lock:
            self.asked.append(asked)
            told = self.script.pop(0) if self.script else self.default
        return told(asked) if callable(told) else told

    @property
    def hits(self) -> int:
        return len(self.asked)

    @property
    def heard(self) -> str:
        """Everything that ever reached it, headers too."""
        return json.dumps([[asked.body, asked.headers] for asked in self.asked], ensure_ascii=False)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
