"""Arrow and ORC files are read batch by batch: right, and in memory that does not grow with them."""

from __future__ import annotations

import json
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import orc

from aiser_jupyter import Workspace
from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources import columnar

# 12 batches of a million whole numbers in two columns: 192 MB in memory, little on disk.
BATCHES, ROWS = 12, 1_000_000
MEASURED = """
import json, resource, sys
import pyarrow as pa, pyarrow.parquet, pyarrow.orc
import aiser_jupyter as aiser
root, path, small = sys.argv[1:4]
ws = aiser.Workspace(root)
ws.add(small, "small", copy="results")  # what is loaded once is loaded
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ws.add(path, "large", copy="results")
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([grown / 1024, ws.sql("SELECT count(*) AS n, sum(a) AS a, max(b) AS b FROM large").rows()]))
"""


def write(path, batches, *, schema=None, compressed=False):
    if path.suffix == ".orc":
        with orc.ORCWriter(str(path), compression="zstd", stripe_size=16 << 20) as writer:
            for batch in batches if schema is None else [pa.RecordBatch.from_pylist([], schema=schema)]:
                writer.write(pa.Table.from_batches([batch]))
        return
    first = next(batches) if schema is None else pa.RecordBatch.from_pylist([], schema=schema)
    options = pa.ipc.IpcWriteOptions(compression="zstd" if compressed else None)
    make = pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as file, make(file, first.schema, options=options) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def large():
    import numpy as np

    for i in range(BATCHES):
        yield pa.record_batch({"a": np.full(ROWS, i, dtype=np.int64), "b": np.arange(ROWS, dtype=np.int64) // 1000})


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["arrow", "arrows", "orc"])
def test_memory_does_not_grow_with_the_file(tmp_path, ending):
    path, small = tmp_path / f"large.{ending}", tmp_path / f"small.{ending}"
    write(path, large(), compressed=True)
    write(small, iter([pa.record_batch({"a": [1], "b": [2]})]))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path), str(path), str(small)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    grown_mb, rows = json.loads(done.stdout)
    assert rows == [{"n": BATCHES * ROWS, "a": ROWS * sum(range(BATCHES)), "b": (ROWS - 1) // 1000}]
    # All of it is 192 MB; the pieces on their way and the row group that is being written were 25 to 40 MB.
    assert grown_mb < 110


def parts(path, table, size=3):
    write(path, iter(table.to_batches(max_chunksize=size)))
    return {".orc": columnar.orc}.get(path.suffix, columnar.arrow)(path)


@pytest.mark.parametrize("ending", ["arrow", "arrows", "orc"])
def test_all_rows_come_in_their_order_with_their_types(tmp_path, ending):
    table = pa.table({"n": [1, None, 3, 4, 5, 6, 7], "t": ["a", "b", None, "d", "e", "f", "ä"], "f": [0.5] * 7})
    part = parts(tmp_path / f"t.{ending}", table)
    assert part.count in {7, None}
    assert part.rows.read_all().equals(table)


@pytest.mark.parametrize("ending", ["arrow", "arrows", "orc"])
def test_a_file_without_rows_has_its_columns(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    write(path, iter(()), schema=pa.schema({"n": pa.int64()}))
    rows = {".orc": columnar.orc}.get(path.suffix, columnar.arrow)(path).rows.read_all()
    assert (rows.schema.names, rows.num_rows) == (["n"], 0)


@pytest.mark.parametrize("ending", ["arrow", "arrows", "orc"])
def test_one_that_is_cut_off_is_told_before_a_row_is_taken(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    write(path, iter(pa.table({"n": range(9000)}).to_batches(max_chunksize=1000)))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * 2 // 3])
    with pytest.raises(FileFormatError, match="no whole") as caught:
        {".orc": columnar.orc}.get(path.suffix, columnar.arrow)(path)
    assert str(path) in caught.value.where


def test_one_that_is_broken_within_is_told_when_it_is_read(tmp_path):
    path = tmp_path / "t.orc"
    write(path, iter(pa.table({"t": [f"text {i * 7919 % 10007}" for i in range(60_000)]}).to_batches()))
    raw = bytearray(path.read_bytes())
    raw[100:400] = (
        b"\xff" * 300
    )  # lengths of pieces beyond the file's end; bytes of another kind may be read as other text, or crash the reader
    path.write_bytes(raw)
    ws = Workspace(tmp_path)
    with pytest.raises(FileFormatError, match="no whole ORC file"):
        ws.add(path, copy="results")
    assert ws.tables().rows == []


def test_files_of_one_folder_are_one_table_with_room_for_all_their_types(tmp_path):
    (tmp_path / "in").mkdir()
    tables = [pa.table({"n": [1, 2], "t": ["a", "b"]}), pa.table({"n": [1.5], "t": pa.array([None], pa.null())})]
    for i, table in enumerate(tables):
        write(tmp_path / "in" / f"sales_{i}.arrow", iter(table.to_batches()))
    ws = Workspace(tmp_path)
    (name,) = ws.add(str(tmp_path / "in" / "*.arrow"))
    rows = ws.sql(f'SELECT n, t FROM "{name}" ORDER BY n').rows()
    assert rows == [{"n": 1.0, "t": "a"}, {"n": 1.5, "t": None}, {"n": 2.0, "t": "b"}]


def test_readers_are_joined_as_tables_are():
    one = pa.table({"a": pa.array([1, 2], pa.int32()), "b": ["x", "y"]})
    two = pa.table({"a": pa.array([3], pa.int64()), "c": [True]})
    joined = columnar.joined([one.to_reader(1), two.to_reader()], None).read_all()
    assert joined.equals(pa.concat_tables([one, two], promote_options="permissive"))
    labelled = columnar.joined([one.to_reader(), one.to_reader()], ["p", "q"]).read_all()
    assert labelled["file"].to_pylist() == ["p", "p", "q", "q"]
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        columnar.joined([one.to_reader(), pa.table({"a": ["text"]}).to_reader()], None)
