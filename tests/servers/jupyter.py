"""A Jupyter server as its users' browsers reach it: files, kernels over HTTP, and what runs in them over a WebSocket."""

from __future__ import annotations

import json
import uuid

import httpx
import nbformat
import websocket


class Jupyter:
    """The server at ``url`` (with a slash at its end), for whoever sends these headers."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url, self.headers = url, headers
        self.http = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False)

    def kernel(self, spec: str | None = None) -> str:
        reply = self.http.post("api/kernels", json={"name": spec} if spec else {})
        reply.raise_for_status()
        return reply.json()["id"]

    def restart(self, kernel: str) -> None:
        self.http.post(f"api/kernels/{kernel}/restart").raise_for_status()

    def put_notebook(self, name: str, *cells: str) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        self.http.put(
            f"api/contents/{name}", json={"type": "notebook", "content": json.loads(nbformat.writes(notebook))}
        ).raise_for_status()

    def run_notebook(self, name: str) -> list[str]:
        """What each cell printed, in a kernel of its own."""
        cells = self.http.get(f"api/contents/{name}").raise_for_status().json()["content"]["cells"]
        kernel = self.kernel()
        return [self.run(kernel, cell["source"]) for cell in cells]

    def run(self, kernel: str, code: str, *, seconds: float = 90) -> str:
        """What the code printed, and the name and message of the error that ended it."""
        place = f"{self.url.replace('http', 'ws', 1)}api/kernels/{kernel}/channels"
        line = websocket.create_connection(place, header=self.headers, timeout=seconds)
        mine = uuid.uuid4().hex
        header = {"msg_id": mine, "msg_type": "execute_request", "username": "", "session": uuid.uuid4().hex, "version": "5.3", "date": ""}
        content = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        line.send(
            json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []})
        )
        printed = ""
        try:
            while True:
                told = json.loads(line.recv())
                kind, content = told["header"]["msg_type"], told["content"]
                if told["parent_header"].get("msg_id") != mine:
                    continue
                if kind == "stream" and content["name"] == "stdout":
                    printed += content["text"]
                elif kind == "error":
                    printed += f"{content['ename']}: {content['evalue']}"
                elif kind == "status" and content["execution_state"] == "idle":
                    return printed
        finally:
            line.close()

    def close(self) -> None:
        self.http.close()
