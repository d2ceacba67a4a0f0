"""A TCP proxy that can stall, throttle, cut and refuse: a bad network between a client and a real server."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time


class Proxy:
    """Forwards ``127.0.0.1:port`` to ``target``; the knobs below act at once on every connection, open or new."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay_per_kb = 0.0  # seconds
        self._flows = threading.Event()
        self._flows.set()
        self._stall_after: int | None = None
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def open(self) -> int:
        """How many connections go through it now."""
        return len(self._pairs)

    def stall(self, after_bytes: int = 0) -> None:
        """Keep connections open and pass no more than ``after_bytes`` from the server."""
        if after_bytes:
            self._stall_after = after_bytes
        else:
            self._flows.clear()

    def flow(self) -> None:
        """Pass everything again."""
        self._stall_after = None
        self.delay_per_kb = 0.0
        self._flows.set()

    def reset(self) -> None:
        """Cut every open connection with an RST."""
        for pair in tuple(self._pairs):
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # A recv in another thread keeps the file open, so close alone would send nothing.
                    end.shutdown(socket.SHUT_RD)
                    end.close()
            self._pairs.discard(pair)

    def close(self) -> None:
        self._flows.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            pair = (client, server)
            self._pairs.add(pair)
            threading.Thread(target=self._pump, args=(client, server, pair, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, pair, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket], from_server: bool) -> None:
        passed = 0
        try:
            while data := source.recv(1024 if self.delay_per_kb else 65536):
                self._flows.wait()
                if from_server and self._stall_after is not None and passed + len(data) > self._stall_after:
                    self._flows.clear()
                    self._stall_after = None
                    self._flows.wait()
                if self.delay_per_kb:
                    time.sleep(self.delay_per_kb * len(data) / 1024)
                sink.sendall(data)
                passed += len(data)
        except OSError:
            pass
        finally:
            self._pairs.discard(pair)
            for end in (source, sink):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
