"""What an environment is made of: ``python benchmarks/supply_chain.py``; its exit status is 1 where something is not as it should be.

Looks at this interpreter's own environment: files that run code at every start (``*.pth``), licences, versions beside the pins of
``requirements/test.txt``. The bill of materials and known vulnerabilities are other tools' to tell: ``make audit`` asks all three.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
# Files that may run code when Python starts, and whose they are: LiteLLM 1.82.8 stole credentials by one that nobody imported.
STARTERS = {
    "distutils-precedence.pth": "setuptools",
    "a1_coverage.pth": "coverage",
    "_virtualenv.pth": "uv's and virtualenv's environments",
}
# A company may use, change and give these away with its own work, at most with the notice kept or with changes to the file itself told.
FREE = re.compile(
    r"\b(MIT|MIT-0|MIT-CMU|BSD|0BSD|[23]-Clause|Apache|ISC|MPL|Mozilla|PSF|Python Software Foundation|CNRI|UPL|Zlib|CC0|Unlicense|ZPL|HPND)\b",
    re.IGNORECASE,
)
BOUND = re.compile(r"\b(A?GPL|LGPL|SSPL|BUSL|Proprietary|Commercial)\b", re.IGNORECASE)
# Read by a person: what is not free by the words of its metadata, why it is used all the same, and by which extra it comes.
REVIEWED = {
    "psycopg": "LGPL-3.0: linked as it is, by the extra memory alone",
    "psycopg-binary": "LGPL-3.0: linked as it is, by the extra memory alone",
    "mssql-python": "MIT by its repository, not said in its metadata; the extra mssql",
    "mssql-python-odbc": "Microsoft's ODBC driver under Microsoft's terms; the extra mssql alone",
}


def starters(folder: Path) -> Iterator[str]:
    """Lines of ``*.pth`` files in ``folder`` that run code at every start of Python and are not known to."""
    for path in sorted(folder.glob("*.pth")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if path.name not in STARTERS and any(line.startswith(("import ", "import\t")) for line in lines):
            yield f"{path.name} runs code whenever Python starts, and nobody here knows it"


def licence(package: metadata.Distribution) -> str:
    """What a package's metadata says of its licence; empty where it says nothing."""
    about = package.metadata
    classifiers = [line.rpartition("::")[2].strip() for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    return (about.get("License-Expression") or "; ".join(classifiers) or (about.get("License") or "").partition("\n")[0]).strip()


def judged(name: str, said: str) -> str:
    """What is wrong with a licence, empty where nothing is; of several to choose from one is enough."""
    if canonicalize_name(name) in REVIEWED:
        return ""
    if not said:
        return f"{name} does not say under which licence it is"
    choices = re.split(r"\s+OR\s+", said)
    if any(FREE.search(choice) and not BOUND.search(choice) for choice in choices):
        return ""
    return f"{name} is under a licence that nobody has looked at: {said}"


def pins(path: Path) -> dict[str, set[str]]:
    """The versions that a file of pins allows, by name; one name may have several, for several Pythons."""
    found: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            wanted = Requirement(line.rstrip(" \\"))
            found.setdefault(canonicalize_name(wanted.name), set()).update(one.version for one in wanted.specifier)
    return found


def unhashed(path: Path) -> Iterator[str]:
    """Pins without a hash, and pins of a range."""
    text = re.sub(r" *\\\n *", " ", path.read_text(encoding="utf-8"))
    for line in filter(None, map(str.strip, text.splitlines())):
        if not line.startswith("#") and ("==" not in line or "--hash=sha256:" not in line):
            yield f"{path.name}: {line.split()[0]} is not pinned to one version with a hash"


def strays(packages: Iterable[metadata.Distribution], allowed: dict[str, set[str]]) -> Iterator[str]:
    """Installed packages in another version than the one that was pinned."""
    for package in packages:
        versions = allowed.get(canonicalize_name(package.metadata["Name"]))
        if versions and package.version not in versions:
            yield f"{package.metadata['Name']} {package.version} is installed, {' or '.join(sorted(versions))} was pinned"


def problems() -> list[str]:
    """Everything that is not as it should be in this environment."""
    packages = sorted(metadata.distributions(), key=lambda one: one.metadata["Name"].lower())
    found = list(starters(Path(sysconfig.get_path("purelib"))))
    found += filter(None, (judged(one.metadata["Name"], licence(one)) for one in packages))
    for name in ("run.txt", "test.txt"):
        found += unhashed(ROOT / "requirements" / name)
    return found + list(strays(packages, pins(ROOT / "requirements" / "test.txt")))


def main() -> int:
    """Look, and say what is wrong."""
    found = problems()
    print("\n".join(found) or f"{len(list(metadata.distributions()))} packages: licences, pins and start-up files are as they should be")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
