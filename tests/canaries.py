"""Where a canary sings: every file under some folders, unpacked and read in the writings that a text takes on its way."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote

NOT_A_ZIP = (zipfile.BadZipFile, OSError, EOFError, zlib.error, ValueError)


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
    if depth > 3:
        return
    if data[:2] == b"\x1f\x8b":
        try:
            yield from opened(f"{name}!gz", gzip.decompress(data), depth + 1)
        except NOT_A_ZIP:
            return
    if data[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for member in archive.namelist():
                    yield from opened(f"{name}!{member}", archive.read(member), depth + 1)
        except NOT_A_ZIP:
            return
    if data[:4] == b"PAR1":
        import pyarrow.parquet as pq

        yield f"{name}!rows", repr(pq.read_table(io.BytesIO(data)).to_pylist()).encode()
    if data[:4] == b"%PDF":
        for piece in data.split(b"stream")[1:]:
            try:
                yield f"{name}!stream", zlib.decompress(piece.strip(b"\r\n"))
            except zlib.error:
                continue


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
