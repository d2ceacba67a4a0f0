"""An OpenID Connect provider on the loopback: authorization code flow with PKCE, tokens that can be refreshed, and what it knows of its users."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "hub", "of the hub alone"


class Provider:
    """``users`` are name -> (password, what /userinfo tells); it may change while the provider runs. ``seen`` are the requests, by path."""

    def __init__(self, users: dict[str, tuple[str, dict[str, object]]]) -> None:
        self.users, self.redirect = users, ""
        self.codes: dict[str, dict[str, str]] = {}
        self.access: dict[str, str] = {}
        self.refresh: dict[str, str] = {}
        self.seen: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, "")

            def do_POST(self) -> None:
                provider.answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

            def log_message(self, *_: object) -> None:
                """Nothing to the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, body: str) -> None:
        parts = urlsplit(request.path)
        asked, told = _once(parts.query), _once(body)
        self.seen.append(f"{request.command} {parts.path}")
        match request.command, parts.path:
            case "GET", "/authorize":
                self._form(request, asked)
            case "POST", "/authorize":
                self._sign_in(request, asked, told)
            case "POST", "/token":
                self._token(request, told)
            case "GET", "/userinfo":
                user = self.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
                _json(request, *((200, {"sub": f"id-{user}", **self.users[user][1]}) if user else (401, {"error": "invalid_token"})))
            case _:
                _json(request, 404, {"error": "not_found"})

    def _fits(self, asked: dict[str, str]) -> bool:
        wanted = {"response_type": "code", "client_id": CLIENT, "redirect_uri": self.redirect, "code_challenge_method": "S256"}
        return (
            all(asked.get(name) == value for name, value in wanted.items())
            and len(asked.get("code_challenge", "")) == 43
            and "openid" in asked.get("scope", "").split()
        )

    def _form(self, request: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        if not self._fits(asked):
            _json(request, 400, {"error": "invalid_request", "asked": asked})
            return
        place = html.escape(request.path)
        page = f'<form method="post" action="{place}"><input name="user"><input name="password" type="password"></form>'.encode()
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.send_header("Content-Length", str(len(page)))
        request.end_headers()
        request.wfile.write(page)

    def _sign_in(self, request: BaseHTTPRequestHandler, asked: dict[str, str], told: dict[str, str]) -> None:
        user = told.get("user", "")
        if not self._fits(asked) or user not in self.users or self.users[user][0] != told.get("password"):
            _json(request, 403, {"error": "access_denied"})
            return
        code = secrets.token_urlsafe()
        self.codes[code] = {"user": user, "challenge": asked["code_challenge"], "redirect": asked["redirect_uri"]}
        request.send_response(302)
        request.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _token(self, request: BaseHTTPRequestHandler, told: dict[str, str]) -> None:
        if (told.get("client_id"), told.get("client_secret")) != (CLIENT, SECRET):
            _json(request, 401, {"error": "invalid_client"})
            return
        if told.get("grant_type") == "refresh_token":
            user = self.refresh.pop(told.get("refresh_token", ""), None)
        else:
            held = self.codes.pop(told.get("code", ""), None)  # a code is good once
            proof = base64.urlsafe_b64encode(hashlib.sha256(told.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
            good = held and held["challenge"] == proof and held["redirect"] == told.get("redirect_uri")
            user = held["user"] if held and good else None
        if user is None:
            _json(request, 400, {"error": "invalid_grant"})
            return
        access, refresh = secrets.token_urlsafe(), secrets.token_urlsafe()
        self.access[access], self.refresh[refresh] = user, user
        _json(
            request, 200, {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 300, "scope": "openid"}
        )


def _once(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}


def _json(request: BaseHTTPRequestHandler, status: int, held: object) -> None:
    raw = json.dumps(held).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(raw)))
    request.end_headers()
    request.wfile.write(raw)
