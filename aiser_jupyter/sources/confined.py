"""Documents are parsed in a process of their own, with bounds on its memory and time: a file made to do harm cannot take the notebook with it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.part import Part

if TYPE_CHECKING:
    from aiser_jupyter.sources.limits import Limits

_STARTS = 20  # seconds that a process may need to come up on a busy machine
_PARSERS = {"excel": "sheets", "pdf": "tables", "word": "tables"}


def parts(parser: str, path: Path, limits: Limits) -> list[Part]:
    """The tables that ``parser`` (a module of this package) finds in ``path``.

    Raises the parser's own `FileFormatError`, and one that says so where the document takes more memory or time than it may.
    """
    import pyarrow as pa

    with tempfile.TemporaryDirectory(prefix="aiser-") as folder:
        command = [
            sys.executable,
            "-m",
            __name__,
            parser,
            str(path.absolute()),
            folder,
            str(limits.memory_mb),
            str(int(limits.seconds) + 1),
        ]
        try:
            done = subprocess.run(  # noqa: S603  # our own module
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limits.seconds + _STARTS, check=False
            )
        except subprocess.TimeoutExpired:
            raise _too_much(path, f"takes longer than {limits.seconds:,.0f} seconds to read") from None
        told = Path(folder) / "told.json"
        if not told.is_file():
            if done.returncode == -24:  # SIGXCPU
                raise _too_much(path, f"takes longer than {limits.seconds:,.0f} seconds to read")
            raise _too_much(path, f"takes more than {limits.memory_mb:,} MB of memory to read, or breaks its parser")
        found = json.loads(told.read_text("utf-8"))
        if "error" in found:
            raise FileFormatError(found["error"]["message"], where=found["error"]["where"], hint=found["error"]["hint"])
        made = []
        for i, part in enumerate(found["parts"]):
            with pa.OSFile(str(Path(folder) / f"{i}.arrow")) as file, pa.ipc.open_stream(file) as reader:
                rows = reader.read_all()
            made.append(Part(part["name"], rows, tuple(Note(*note) for note in part["notes"])))
        return made


def _too_much(path: Path, what: str) -> FileFormatError:
    return FileFormatError(f"The document {what}.", where=str(path), hint="Save its tables as CSV or Parquet, and add those.")


def _main(parser: str, path: str, folder: str, memory_mb: str, seconds: str) -> None:
    """What the process does: bound itself, parse, write what it found."""
    import resource

    import pyarrow as pa

    memory = int(memory_mb) << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    target = Path(folder) / "told.json"
    try:
        module = import_module(f"aiser_jupyter.sources.{parser}")
        found = list(getattr(module, _PARSERS[parser])(Path(path)))
        for i, part in enumerate(found):
            with pa.OSFile(str(Path(folder) / f"{i}.arrow"), "wb") as file, pa.ipc.new_stream(file, part.rows.schema) as writer:
                writer.write_table(part.rows)
        told = {"parts": [{"name": part.name, "notes": [[note.column, note.text] for note in part.notes]} for part in found]}
    except FileFormatError as error:
        told = {"error": error.as_json()}
    except ModuleNotFoundError as error:
        told = {"error": _missing(parser, path, error)}
    except MemoryError:
        return  # the parent says what no answer means
    target.write_text(json.dumps(told), "utf-8")


def _missing(parser: str, path: str, error: ModuleNotFoundError) -> dict[str, str]:
    extra = "all" if parser == "excel" else "docs"
    return {
        "message": f"What reads such files, {error.name}, is not installed.",
        "where": path,
        "hint": f'Install it: pip install "aiser-jupyter[{extra}]".',
    }


if __name__ == "__main__":
    _main(*sys.argv[1:])
