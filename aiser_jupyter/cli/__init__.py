"""The command line `aiser`: what people type, and what cron, CI and Airflow call."""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    from aiser_jupyter.cli.app import run

    raise SystemExit(run())
