"""The commands, and how each ends: 0 done, 1 failed, 2 wrong usage, 3 can't answer, 4 refused."""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import TYPE_CHECKING, ClassVar

import click

from aiser_jupyter import __version__, features
from aiser_jupyter.cli.output import print_error
from aiser_jupyter.errors import AiserError, NotYetError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Commands(click.Group):
    """Loads a command's module when it is asked for, so that `aiser --help` stays quick."""

    modules: ClassVar[dict[str, str]] = {
        "demo": "Sample data, an executed notebook, a report and a deck.",
        "ask": "Answer a question in plain English.",
        "sql": "Run one read-only statement.",
        "discover": "Say what stands out in a table or file, tested.",
        "why": "Say where a measure's change happened, tested.",
        "forecast": "Forecast a measure, with intervals.",
        "report": "Run a notebook and write its report.",
        "memory": "See, teach and forget what is remembered.",
        "semantic": "Show, write or check what the tables mean.",
        "policy": "Who may see what: check it, see it, explain a statement.",
        "broker": "Hold connections, and serve them under a policy.",
        "audit": "Verify and sum up the log of accesses.",
        "state": "Back up, restore and check what the workspace keeps.",
        "schema": "Print the JSON Schemas of what --json prints.",
        "privacy": "What is held of somebody: see, export and erase it.",
        "status": "Check the workspace and its connections.",
        "mcp": "Serve the guarded tools to other assistants, read-only.",
        "trust": "Let this workspace's settings name a language model.",
    }
    soon: ClassVar[dict[str, str]] = {
        "schedule": "run reports on a schedule",
        "run-due": "run what is due",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order of a first visit."""
        return [name for name in self.modules if features.enabled(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; one of a later version says so."""
        if cmd_name in self.soon:
            raise NotYetError(f"`aiser {cmd_name}` is not there yet: it will {self.soon[cmd_name]}.")
        if cmd_name not in self.modules:
            near = difflib.get_close_matches(cmd_name, [*self.modules, *self.soon], 1)
            raise click.UsageError(f"There is no command {cmd_name!r}." + (f" Did you mean {near[0]!r}?" if near else ""), ctx)
        if not features.enabled(cmd_name):
            raise UsageError(f"`aiser {cmd_name}` is switched off here.", hint=f"{features.variable(cmd_name)} in the environment says so.")
        return importlib.import_module(f"aiser_jupyter.cli.{cmd_name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The commands with a line each, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, about in self.modules.items() if features.enabled(name)])


@click.command(cls=Commands, name="aiser", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Ask your data a question; get a number you can check, a chart, and a report that a board can read."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on ``arguments`` (default: the process's) and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        status = app.main(args=words, prog_name="aiser", standalone_mode=False)
    except AiserError as error:
        print_error(error, as_json=as_json)
        return error.exit_status
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"See `{context.command_path} --help`." if context else "See `aiser --help`."
        print_error(UsageError(error.format_message(), hint=hint), as_json=as_json)
        return UsageError.exit_status
    except (KeyboardInterrupt, click.Abort):
        print("Stopped.", file=sys.stderr)  # noqa: T201 - the command line prints
        return 1
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing failed.
        sys.stderr.close()
        return 0
    return status if isinstance(status, int) else 0
