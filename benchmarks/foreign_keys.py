"""How many declared foreign keys are found again when their declarations are hidden, and how many that nobody declared."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from aiser_jupyter import Workspace
from aiser_jupyter.query import profile as profiles

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Key
    from aiser_jupyter.sources.source import Source


def main() -> None:
    """Print precision and recall over the databases of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of .sqlite and .duckdb files")
    parser.add_argument("--hide-primary", action="store_true", help="hide declared primary keys too, as in a folder of CSV files")
    parser.add_argument("--show", action="store_true", help="print each key missed or found beyond the declared ones")
    options = parser.parse_args()
    hits = either = found = declared = 0
    began = time.process_time()
    files = sorted(path for path in options.folder.iterdir() if path.suffix in {".sqlite", ".duckdb"})
    for path in files:
        workspace = Workspace(path.parent)
        source = workspace.connect(path)
        truth = {
            (k.table.lower(), k.columns[0].lower(), k.ref_table.lower(), k.ref_columns[0].lower())
            for k in declared_keys(source)
            if len(k.columns) == 1
        }
        if not truth:
            workspace.close()
            continue
        hide(source, primary=options.hide_primary)
        catalog = profiles.profile(workspace.context, source.name)
        guess = {(k.table.lower(), k.columns[0].lower(), k.ref_table.lower(), k.ref_columns[0].lower()) for k in catalog.keys}
        # Some of these databases declare a key the wrong way round (the parent pointing to its child): counted apart.
        turned = guess & {(*key[2:], *key[:2]) for key in truth - guess}
        hits, either = hits + len(truth & guess), either + len(truth & guess) + len(turned)
        found, declared = found + len(guess), declared + len(truth)
        if options.show:
            for kind, keys in (("missed", truth - guess - {(*key[2:], *key[:2]) for key in turned}), ("beyond", guess - truth - turned)):
                for key in sorted(keys):
                    print(f"{kind} {path.stem}: {key[0]}.{key[1]} -> {key[2]}.{key[3]}")
        workspace.close()
    print(
        f"{len(files)} databases, {declared} declared keys, {found} found, precision {hits / max(found, 1):.3f}, recall {hits / max(declared, 1):.3f}"
    )
    print(f"with either direction: precision {either / max(found, 1):.3f}, recall {either / max(declared, 1):.3f}")
    print(f"CPU {time.process_time() - began:.1f} s")


def declared_keys(source: Source) -> tuple[Key, ...]:
    """What the source declares."""
    return source.keys()


def hide(source: Source, *, primary: bool) -> None:
    """Let ``source`` declare no keys."""
    tables = source.tables()
    if primary:
        tables = tuple(replace(t, columns=tuple(replace(c, primary=False, unique=False) for c in t.columns)) for t in tables)
    source.keys = tuple  # type: ignore[method-assign]
    source.tables = lambda: tables  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
