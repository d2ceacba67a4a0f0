"""What a semantic file includes: definitions of dbt and of Cube inside the workspace, taken over where they can be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.catalog.semantic.model import Place, SemanticModel, Unread
from aiser_jupyter.catalog.semantic.nodes import Problem

if TYPE_CHECKING:
    from pathlib import Path

YAML = (".yml", ".yaml")
CODE = (".js", ".ts", ".py")
MOST = 2000
# What dbt makes and installs is not what people wrote.
MADE = frozenset({"target", "dbt_packages", "node_modules", "logs"})


def read(root: Path, model: SemanticModel, text: str, label: str) -> tuple[SemanticModel, list[Problem], tuple[Path, ...]]:
    """``model`` with what its ``include`` says added, its mistakes, and the files read; what the file itself names stands before what it includes."""
    from aiser_jupyter.catalog.semantic import cube, dbt

    problems: list[Problem] = []
    files: dict[Path, None] = {}
    unread: list[Unread] = []
    for name in model.include:
        place = Place(label, text.count("\n", 0, max(0, text.find(name))) + 1)
        target = _inside(root, name)
        if target is None:
            problems.append(Problem(place, f"include {name!r} leads out of the workspace.", "Only files inside it are read."))
        elif not target.exists():
            problems.append(Problem(place, f"include {name!r}: there is no such file or folder.", "It is relative to the workspace."))
        else:
            files |= dict.fromkeys(_files(target, root))
    texts = [
        (name, held)
        for path in files
        if (held := _text(path, name := path.relative_to(root.resolve()).as_posix(), problems, unread)) is not None
    ]
    found: list[SemanticModel] = []
    for tool in (dbt, cube):
        spoken = [(label, text) for label, text in texts if tool.speaks(text)]
        if spoken:
            taken = tool.Reader.from_files(spoken)
            found.append(taken.model())
            problems += taken.problems
    folders = {folder for name in model.include if (folder := _inside(root, name)) is not None and folder.is_dir()}
    seen = (*files, *sorted(folders | {path.parent for path in files}))
    return (_joined(model, found, unread) if found or unread else model), problems, seen


def _inside(root: Path, name: str) -> Path | None:
    """The path that ``name`` means, links followed; None where it lies outside ``root``."""
    if name.startswith(("/", "\\", "~")) or ":" in name:
        return None
    target = (root / name).resolve()
    return target if target.is_relative_to(root.resolve()) else None


def _files(target: Path, root: Path) -> list[Path]:
    """The files of a folder that hold definitions, sorted; links out of the workspace are left out."""
    if target.is_file():
        if target.name == "dbt_project.yml":
            return [path for folder in ("models", "semantic_models") for path in _files(target.parent / folder, root)]
        return [target]
    if not target.is_dir():
        return []
    home = root.resolve()
    found = sorted(
        path
        for path in target.rglob("*")
        if path.suffix in (*YAML, *CODE) and path.is_file() and not MADE & set(path.relative_to(target).parts)
    )
    return [path for path in found if path.resolve().is_relative_to(home)][:MOST]


def _text(path: Path, label: str, problems: list[Problem], unread: list[Unread]) -> str | None:
    """The text of a file of definitions, None for one that is code or cannot be read, which is noted."""
    if path.suffix in CODE:
        unread.append(Unread(label, "a model written as code is not read; only YAML is", Place(label)))
        return None
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(Place(label), f"the file cannot be read: {error}."))
        return None


def _joined(model: SemanticModel, found: list[SemanticModel], unread: list[Unread]) -> SemanticModel:
    """``model`` and then the others, each name once; a definition behind one of the same name is listed as not taken over."""
    metrics, dimensions, filters = list(model.metrics), list(model.dimensions), list(model.filters)
    tables, joins = list(model.tables), list(model.joins)
    for one in found:
        unread += one.unread
        for kind, held, more in (
            ("metric", metrics, one.metrics),
            ("dimension", dimensions, one.dimensions),
            ("filter", filters, one.filters),
            ("table", tables, one.tables),
        ):
            names = {other.name.casefold(): other for other in held}
            for entry in more:
                first = names.get(entry.name.casefold())
                if first is None:
                    held.append(entry)  # pyright: ignore[reportArgumentType]  # lists and entries are of one kind
                elif (first.place.file, kind) != (entry.place.file, "table"):
                    unread.append(Unread(f"{kind} {entry.name}", f"{first.place} says what it is", entry.place))
        joins += one.joins
    return replace(
        model,
        metrics=tuple(metrics),
        dimensions=tuple(dimensions),
        filters=tuple(filters),
        tables=tuple(tables),
        joins=tuple(joins),
        unread=(*model.unread, *unread),
    )
