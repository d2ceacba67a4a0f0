"""Seconds until the demo's report and deck are drawn in headless Chromium, and their sizes."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from aiser_jupyter.chromium import find
from aiser_jupyter.report.demo import make_demo

ROUNDS = 5


def main() -> int:
    """Print a line a file; the exit status is 2 where there is no Chromium."""
    browser_path = find()
    if browser_path is None:
        print("no Chromium found: nothing was measured")
        return 2
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_demo(Path(folder, "demo"))
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, file in (("report", "report.html"), ("deck", "report.deck.html")):
            place = Path(folder, "demo", file)
            times = []
            for _ in range(ROUNDS):
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                started = time.perf_counter()
                page.goto(place.as_uri(), wait_until="load")
                page.wait_for_selector("html[data-ready]", state="attached")
                times.append(time.perf_counter() - started)
                page.close()
            print(f"{name} {statistics.median(times):.2f} s to drawn (median of {ROUNDS}), {place.stat().st_size / 1e6:.2f} MB")
        print(f"Chromium {browser.version}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
