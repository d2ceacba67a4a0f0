"""The command line `aiser`: what people type, and what cron, CI and Airflow call."""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends the process with its exit status, 143 where it was asked to end (SIGTERM) and put its work away first."""
    import signal

    from aiser_jupyter.cli.app import run

    asked: list[int] = []

    def end(number: int, _frame: object) -> None:
        asked.append(number)
        raise KeyboardInterrupt  # what runs is stopped as by Ctrl+C: queries cancelled, files whole or not there

    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)
    try:
        status = run()
    except Exception:
        # An engine may make an error of its own of the interrupt.
        if not asked:
            raise
        status = 1
    if asked:
        status = 128 + asked[0]
    _leave(status)
    raise SystemExit(status)


def _leave(status: int) -> None:
    """End at once where an engine still holds a thread: Python would take the engine apart while it works, which ends in noise or a crash."""
    import threading

    if all(thread.name != "aiser-query" for thread in threading.enumerate()):
        return
    import atexit
    import os
    import sys

    atexit._run_exitfuncs()  # noqa: SLF001  # what has to be put away is still put away
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
