"""Where a canary sings: every file under some folders, unpacked and read in the writings that a text takes on its way."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote


def forms(canary):
    """The canary as text of other encodings, in base64 at each place it may begin, in hexadecimal and in an address."""
    raw = canary.encode()
    found = {
        raw,
        raw.lower(),
        raw.upper(),
        canary.encode("utf-16-le"),
        canary.encode("utf-16-be"),
        canary.encode("utf-32-le"),
        raw.hex().encode(),
        quote(canary, safe="").encode(),
        raw[::-1],
    }
    for shift in range(3):  # what stands before it shifts its sextets; those at the ends belong to its neighbours too
        whole = base64.b64encode(b"x" * shift + raw)
        found |= {whole[4 if shift else 0 : -4], whole[4 if shift else 0 : -4].replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in found if len(form) > 8}


def opened(name, data, depth=0):
    """The bytes of a file and of whatever is packed in it, each with its place."""
    yield name, data
    inner = next((read for head, read in READERS if data.startswith(head)), None)
    if inner is None or depth > 3:
        return
    try:
        found = list(inner(data))
    except NOT_WHOLE:
        return
    for place, part in found:
        yield from opened(f"{name}!{place}", part, depth + 1)


def gzipped(data):
    yield "gz", gzip.decompress(data)


def zipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            yield member, archive.read(member)


def parquet(data):
    import pyarrow.parquet as pq

    yield "rows", repr(pq.read_table(io.BytesIO(data)).to_pylist()).encode()


def pdf(data):
    for piece in data.split(b"stream")[1:]:
        with suppress(zlib.error):
            yield "stream", zlib.decompress(piece.strip(b"\r\n"))


NOT_WHOLE = (zipfile.BadZipFile, OSError, EOFError, zlib.error, ValueError)
READERS = ((b"\x1f\x8b", gzipped), (b"PK", zipped), (b"PAR1", parquet), (b"%PDF", pdf))


def sings(folders, canaries, without=()):
    """Each place under ``folders`` where one of ``canaries`` (by name) is found, files under ``without`` apart."""
    wanted = {name: forms(text) for name, text in canaries.items()}
    found = []
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if not path.is_file() or path.is_symlink() or any(path.is_relative_to(one) for one in without):
                continue
            for place, data in opened(str(path), path.read_bytes()):
                found += [f"{name} in {place}" for name, texts in wanted.items() if any(form in data for form in texts)]
    return found


def heard(text, canaries):
    """The canaries in what was printed."""
    return [name for name, value in canaries.items() if any(form in text.encode() for form in forms(value))]
