"""The system's Chromium, where there is one: to look at a page's charts and to print it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from aiser_jupyter.chromium import find
from aiser_jupyter.errors import NotYetError, ReportError

# No name resolves, so a page that asked for anything would fail to get it.
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
LONGEST = 60  # of 108 characters 46 are the browser's own
BUDGET = 30_000
TIMEOUT = 120
CHART = re.compile(r'<div [^>]*data-plot="[^>]*>')


def check(name: str, content: bytes) -> None:
    """Open a page; raises :class:`ReportError` where a chart was not drawn, or drawn as another type than asked."""
    dom = run(content, "#check", "--dump-dom", f"--virtual-time-budget={BUDGET}").decode(errors="replace")
    if "data-ready" not in dom[: dom.find("<head")]:
        raise ReportError(f"{name} did not finish drawing its charts.", hint="Open it in a browser and look at its console.")
    for chart in CHART.findall(dom):
        values = dict(re.findall(r'data-(types|drawn|plot)="([^"]*)"', chart))
        if values.get("drawn") != values.get("types"):
            raise ReportError(
                f"A chart of {name} was asked for as {values.get('types')} and drawn as {values.get('drawn') or 'nothing'}.",
                where=f"chart {values.get('plot')}",
                hint="The plotly.js in the page does not know that type.",
            )


def printed(content: bytes) -> bytes:
    """A page as a tagged PDF; raises :class:`NotYetError` where there is no Chromium."""
    with tempfile.TemporaryDirectory(prefix="aiser-print-") as folder:
        target = Path(folder) / "page.pdf"
        run(
            content,
            "#print",
            f"--print-to-pdf={target}",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--virtual-time-budget={BUDGET}",
        )
        if not target.exists():
            raise ReportError("Chromium wrote no PDF.", hint="Ask for html, and print that from a browser.")
        return target.read_bytes()


def run(content: bytes, at: str, *options: str) -> bytes:
    """What Chromium prints for a page opened ``at`` a place in it, with a profile of its own."""
    program = find()
    if program is None:
        raise NotYetError(
            "A PDF needs Chromium, and there is none here.", hint="Install Chromium or set CHROMIUM to its path; html and deck need none."
        )
    with tempfile.TemporaryDirectory(prefix="aiser-page-", ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "page.html"
        page.write_bytes(content)
        sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        command = [program, *FLAGS, *sandbox, f"--user-data-dir={folder}/profile", *options, page.as_uri() + at]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False, env=_environment())  # noqa: S603  # the system's browser on our own page
        except subprocess.TimeoutExpired as error:
            raise ReportError(
                "Chromium did not finish in time.", hint="Ask for the report without a check, or set CHROMIUM to another one."
            ) from error
        if done.returncode:
            raise ReportError(
                "Chromium ended with an error.",
                where=done.stderr.decode(errors="replace").strip()[-300:],
                hint="Set CHROMIUM to one that runs here.",
            )
        return done.stdout


def _environment() -> dict[str, str]:
    """The environment of the browser: it makes a socket in the folder for temporary files, and the name of one has a length that a deep folder goes past."""
    short = "/tmp"  # noqa: S108  # an empty folder of the browser's own with its socket, nothing of a page
    deep = len(tempfile.gettempdir()) > LONGEST and Path(short).is_dir()
    return {**os.environ, "TMPDIR": short} if deep else dict(os.environ)
