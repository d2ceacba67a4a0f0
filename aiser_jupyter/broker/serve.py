"""The broker's door: a Unix domain socket that only its user and its group may open."""

from __future__ import annotations

import grp
import os
import socket
import stat
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from aiser_jupyter.broker.session import Session
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiser_jupyter.broker.broker import Broker

MODE = 0o660
_WAITING = 128
_SLICE_S = 0.25


def opened(path: Path, group: str = "") -> socket.socket:
    """A listening socket at ``path``, for its owner and the members of ``group`` (default: of the process's own); raises UsageError where that cannot be."""
    _free(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~MODE)  # it must not be open to all even for a moment
    try:
        listening.bind(str(path))
        if group:
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        listening.listen(_WAITING)
    except (OSError, KeyError) as error:
        listening.close()
        why = f"there is no group {group}" if isinstance(error, KeyError) else str(error.strerror or error)
        raise UsageError(
            "The broker's socket cannot be made.", where=f"{path}: {why}", hint="Give a short path in a folder of the broker's user."
        ) from None
    finally:
        os.umask(before)
    return listening


def _free(path: Path) -> None:
    """Take away the socket of a broker that is gone."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise UsageError("There is something else at the broker's socket.", where=str(path), hint="Choose another path.")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trying:
        try:
            trying.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError:
            pass
    raise UsageError("Another broker listens there.", where=str(path), hint="Stop it first, or choose another path.")


def serve(broker: Broker, listening: socket.socket, stopped: Callable[[], bool]) -> None:
    """Serve whoever comes until ``stopped``; then end every session, and with it what it runs."""
    sessions: set[Session] = set()
    lock = threading.Lock()
    listening.settimeout(_SLICE_S)

    def one(line: socket.socket) -> None:
        session = Session(broker, line)
        with lock:
            sessions.add(session)
        try:
            session.serve()
        finally:
            with lock:
                sessions.discard(session)

    try:
        while not stopped():
            try:
                line, _ = listening.accept()
            except TimeoutError:
                continue
            except OSError:
                time.sleep(_SLICE_S)  # no more files for now: those who are here go on
                continue
            line.setblocking(True)  # noqa: FBT003
            if len(sessions) >= broker.limits.sessions:
                line.close()
                continue
            try:
                threading.Thread(target=one, args=(line,), name="aiser-broker-session", daemon=True).start()
            except RuntimeError:  # no more threads
                line.close()
    finally:
        with suppress(OSError):
            os.unlink(listening.getsockname())  # noqa: PTH108  # it has the name as text
        listening.close()
        with lock:
            left = tuple(sessions)
        for session in left:
            session.stop()
        until = time.monotonic() + 5
        while sessions and time.monotonic() < until:
            time.sleep(0.05)
