"""What goes through the pipes between this process and a worker: the kinds of frames, and how they are sent (`pipe`)."""

from __future__ import annotations

from aiser_jupyter.pipe import Closed, Feed, Sink, fill, head, receive, send

__all__ = ["CANCEL", "DONE", "DROP", "END", "ERROR", "FRAME", "OPEN", "PROGRESS", "QUERY", "READY", "ROWS", "STREAM", "TABLE", "VIEW", "Closed", "Feed", "Sink", "fill", "head", "receive", "send"]  # fmt: skip

# To the worker.
OPEN, TABLE, VIEW, FRAME, ROWS, END, DROP, QUERY, CANCEL = (bytes([letter]) for letter in b"OTVFBEDQC")
# From it.
READY, STREAM, DONE, ERROR, PROGRESS = (bytes([letter]) for letter in b"rsdxp")
