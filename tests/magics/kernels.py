"""A real kernel to run cells in."""

from __future__ import annotations

import textwrap

from jupyter_client.manager import start_new_kernel


class Kernel:
    """A kernel in a folder of its own; ``run`` gives what a cell showed, or raises what it raised."""

    def __init__(self, folder) -> None:
        self.manager, self.client = start_new_kernel(cwd=str(folder))

    def run(self, code, timeout=60):
        shown = []

        def keep(message):
            kind, content = message["msg_type"], message["content"]
            if kind in {"display_data", "execute_result", "update_display_data"}:
                shown.append(content["data"].get("text/plain", ""))
            elif kind == "stream":
                shown.append(content["text"])

        reply = self.client.execute_interactive(textwrap.dedent(code).strip("\n"), output_hook=keep, timeout=timeout)["content"]
        if reply["status"] != "ok":
            raise CellError(reply["ename"], "\n".join([*shown, reply["evalue"]]))
        return "\n".join(text for text in shown if text)

    def value(self, expression):
        """The value of a Python expression in the kernel."""
        reply = self.client.execute_interactive("", user_expressions={"value": expression}, output_hook=lambda _: None, timeout=60)
        return reply["content"]["user_expressions"]["value"]["data"]["text/plain"]

    def complete(self, code):
        """The reply to a completion request where the bar stands."""
        place = code.index("|")
        self.client.complete(code.replace("|", "", 1), place)
        return self.client.get_shell_msg(timeout=60)["content"]

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


class CellError(Exception):
    """What a cell ended with."""

    def __init__(self, name, text) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
