"""Names of files and addresses of data: what leads out, to a device or to a bomb is refused; what is only odd is a table, and code nowhere."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
import zipfile
from functools import cache

import nbformat
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile import HERE, REASON, rows

from aiser_jupyter import Workspace
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import AiserError, FileFormatError, RefusedError, UsageError
from aiser_jupyter.report.run import run_notebook

OWN_PATHS = [
    "../../../etc/shadow", "....//....//etc/passwd", "/etc/passwd", "/etc/passwd\0.csv", "x.csv\0", "~root/.ssh/id_rsa", "~nobody_at_all/x.csv", "/proc/self/environ",
    "/proc/self/mem", "/proc/self/cmdline", "/proc/self/fd/0", "/dev/stdin", "/dev/zero", "/dev/urandom", "/dev/null", "/dev/full", "/sys/kernel/notes", "file:///proc/self/environ",
    "file://etc/passwd", "file:////proc/self/maps", "http://169.254.169.254/x.csv", "http://127.0.0.1:1/x.csv", "http://localhost:1/x.csv", "http://[::1]:1/x.csv",
    "http://0177.0.0.1/x.csv", "http://2130706433/x.csv", "http://127.1/x.csv", "http://[::ffff:127.0.0.1]/x.csv", "http://[64:ff9b::7f00:1]/x.csv", "http://0/x.csv",
    "http://169.254.169.254.nip.io.invalid/x.csv", "http://user@169.254.169.254/x.csv", "http://168.63.129.16/x.csv", "ftp://h.invalid/x.csv", "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1/x", "jar:file:///x!/y", "php://filter/x", "data:text/csv,a,b", "\\\\evil\\share\\x.csv", "//evil.invalid/share/x.csv", "C:\\Windows\\win.ini", "COM1", "NUL", "lpt1.txt",
    "| id", "$(id)", "`id`", "; rm -rf /", "x.csv; drop table t", "%2e%2e%2fetc%2fpasswd", "..%c0%af..%c0%afetc/passwd", "x" * 5000, "a/" * 3000, "", " ", ".", "*", "**/*",
    "[", "{a,b}.csv", "?.csv",
]  # fmt: skip
OWN_NAMES = [
    "a'b.csv", "a;drop table t;--.csv", "a`id`.csv", "a&b|c.csv", "<img src=x onerror=alert(1)>.csv", "=1+1.csv", "@x.csv", "--help.csv", "${HOME}.csv", "%(x)s.csv", "{0.__class__}.csv",
    "a\\b.csv", "a\rb.csv", "a\x1b[31mb.csv", "\u202egnp.csv", "ａ.csv", "select.csv", "con.csv", "tab\tle.csv", " lead.csv", "trail .csv", "'; select 1; --.csv", "information_schema.csv",
    "pg_catalog.csv", "main.csv", "x y.csv", "*.csv", "[x].csv", "a?.csv", "{{x}}.csv", "{%x%}.csv", "emoji😀.csv", "a" * 200 + ".csv",
]  # fmt: skip
CORPUS_PATHS = [payload for _, _, payload in rows("filename", "path")]
CORPUS_NAMES = [payload for _, _, payload in rows("filename", "name_injection")]


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """A folder with nothing in it but a hard link and a symbolic link to a secret beside it."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("TOP-SECRET-7f3a\n")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def tried(work, payload, capfd):
    """What each way in says of a path, and what was made of it."""
    ws = Workspace(work)
    told = []
    try:
        for attempt in (lambda: ws.add(payload), lambda: ws.connect(payload, "x"), lambda: ws.add([payload], "t")):
            with pytest.raises(AiserError) as caught:
                attempt()
            told.append(str(caught.value))
        assert ws.tables().rows == []
    finally:
        ws.close()
    for words in (["sql", "select 1", "--on", payload], ["discover", payload]):
        if payload and not payload.startswith("-") and "\0" not in payload:
            assert run(words) in {1, 2, 3, 4}
    out = capfd.readouterr()
    return "\n".join([*told, out.out, out.err])


@pytest.mark.skipif(not HERE, reason=REASON)
@pytest.mark.parametrize("payload", CORPUS_PATHS)
def test_a_path_of_the_corpus_is_refused(inside, payload, capfd):
    if payload == "hardlink_to_secret.csv":
        pytest.skip("a hard link is the file itself: see the test of links below")
    said = tried(inside, payload, capfd)
    assert "root:" not in said
    assert list(inside.iterdir()) == []


@pytest.mark.parametrize("payload", OWN_PATHS)
def test_a_path_is_refused(inside, payload, capfd):
    said = tried(inside, payload, capfd)
    assert "root:" not in said
    assert list(inside.iterdir()) == []


def test_links_out_of_a_folder_are_not_followed_by_adding_it(inside):
    """A link that is named itself is the user's own wish; one that lies in a folder that came from elsewhere is not."""
    secret = inside.parent / "secret" / "key.csv"
    secret.write_text("a,b\nTOP-SECRET-7f3a,1\n")
    (inside / "ok.csv").write_text("a,b\nfine,1\n")
    (inside / "linked.csv").symlink_to(secret)
    (inside / "deep").symlink_to(secret.parent, target_is_directory=True)
    (inside / "dangling.csv").symlink_to(inside / "nothing.csv")
    (inside / "env.csv").symlink_to("/proc/self/environ")
    ws = Workspace(inside)
    tables = ws.add(inside)
    assert tables == ("ok",)
    source = ws.connect(inside, "folder")
    assert [table.name for table in source.tables()] == ["ok"]
    ws.close()


def test_a_hard_link_is_the_file_itself_for_who_adds_its_folder_and_refused_where_a_statement_names_it(inside):
    """As `docs/files.md` says: the operating system makes no difference between the names of a file, and lets only who may write it make one."""
    secret = inside.parent / "secret" / "key.csv"
    secret.write_text("a,b\nTOP-SECRET-7f3a,1\n")
    (inside / "hard.csv").hardlink_to(secret)
    ws = Workspace(inside)
    with pytest.raises(RefusedError, match="a hard link"):
        ws.sql("SELECT * FROM 'hard.csv'").rows()
    assert ws.add(inside) == ("hard",)
    assert ws.sql("SELECT b FROM hard").rows() == [{"b": 1}]
    ws.close()


@pytest.mark.parametrize("name", [*CORPUS_NAMES, *OWN_NAMES])
def test_an_odd_name_is_a_table_and_code_nowhere(inside, name, capfd):
    path = inside / name
    path.write_text("a,b\n1,2\n3,4\n")
    (inside / "t.txt").write_text("x")
    ws = Workspace(inside)
    ws.context.state.create()
    (table,) = ws.add(path)
    assert re.fullmatch(r"\w+", table)
    assert ws.sql(f'SELECT sum(a) AS s FROM "{table}"').rows() == [{"s": 4}]
    assert ws.connect(path, "c").tables()[0].columns[0].name == "a"
    shown = ws.tables()._repr_html_() + ws.describe(table)._repr_html_() + ws.history()._repr_html_()
    assert "<img" not in shown
    ws.close()
    assert run(["sql", f'SELECT sum(a) AS s FROM "{table}"', "--on", str(path), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["rows"] == [[4]]
    assert {one.name for one in inside.iterdir()} == {name, "t.txt", ".aiser"}


@pytest.mark.parametrize("name", ["x'; drop table t; --", 'x"y', "../x", "a b", "main.x", "", "1", "select", "\0", "<b>"])
def test_a_table_is_called_by_a_plain_word_whatever_was_asked_for(inside, name):
    (inside / "o.csv").write_text("a,b\n1,2\n")
    ws = Workspace(inside)
    try:
        for table in ws.add(inside / "o.csv", name):
            assert re.fullmatch(r"\w+", table)
            assert ws.sql(f'SELECT a FROM "{table}"').rows() == [{"a": 1}]
    except AiserError:
        assert name in {"", "\0"}
    finally:
        ws.close()
    assert {one.name for one in inside.iterdir()} == {"o.csv"}


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/b", "..", ".", ".hidden", "", "a\nb", "a\0b", "CON", "nul.x", "-rf", "a" * 300, "x\\y", "$(id)", "<b>", 'report"; filename="x.exe', "../../report.html"])  # fmt: skip
def test_no_report_is_called_by_a_path(inside, name):
    path = inside / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# x")]), path)
    with pytest.raises(UsageError, match="name of a report"):
        run_notebook(path, out_dir=inside / "out", name=name)
    assert not (inside / "out").exists()


@pytest.mark.parametrize("name", ["q4-revenue", "Umsatz 2025", "größe_1.2", "a"])
def test_plain_names_of_reports_pass(inside, name):
    path = inside / "n.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("1")], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        ),
        path,
    )
    from aiser_jupyter.report.run import checked_name

    checked_name(name)


@pytest.mark.parametrize("name", ["../q", "a/b", "", ".q", "q;x", "CON", "a\nb", "q.sql", "-rf", "<b>"])
def test_no_saved_query_is_called_by_a_path(inside, name):
    ws = Workspace(inside)
    ws.context.state.create()
    try:
        path = ws.save_query(name, "select 1")
    except AiserError:
        assert not list((inside / ".aiser").rglob("*.sql"))
    else:
        assert path.parent == inside / ".aiser" / "queries"
    ws.close()


@pytest.mark.parametrize("name", [*CORPUS_NAMES, *OWN_NAMES])
def test_rows_are_written_to_the_very_file_that_was_named(inside, name, capfd):
    target = inside / "to" / name
    target.parent.mkdir()
    status = run(["sql", "select 1 as a", "--on", "duckdb:///:memory:", "--to", str(target)])
    assert status == 0, capfd.readouterr().err
    assert [one.name for one in target.parent.iterdir()] == [name]
    assert target.read_text() == "a\n1\n"


@pytest.mark.parametrize("name", ["x.exe", "x", "nowhere/x.csv", "x.html", "x.csv.sh", "/proc/x.csv", "/dev/full/x.csv", "| cat.csv/x"])
def test_rows_are_written_nowhere_else(inside, name, capfd):
    assert run(["sql", "select 1 as a", "--on", "duckdb:///:memory:", "--to", name]) in {1, 2}
    assert list(inside.iterdir()) == []


def test_rows_are_written_to_no_name_that_the_system_cuts(inside):
    ws = Workspace(inside)
    ws.connect("duckdb:///:memory:", "m")
    with pytest.raises(UsageError, match="NUL"):
        ws.sql("select 1 as a").save("x.csv\0.png.csv")
    ws.close()
    assert list(inside.iterdir()) == []


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(inside):
    victim = inside.parent / "secret" / "key.txt"
    (inside / "out.csv").symlink_to(victim)
    assert run(["sql", "select 1 as a", "--on", "duckdb:///:memory:", "--to", "out.csv"]) == 0
    assert victim.read_text() == "TOP-SECRET-7f3a\n"
    assert not (inside / "out.csv").is_symlink()


def zipped(**members):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return sink.getvalue()


def spaces(count_mb, name):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as part:
        for _ in range(count_mb):
            part.write(b" " * (1 << 20))
    return sink.getvalue()


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><w>&b;</w>'


@cache
def bombs():
    """Files of the kinds that the corpus describes in words, by the row's number."""
    overlap = zipped(**{"a.csv": b"a,b\n1,2\n" * 100_000})
    start = overlap.rindex(b"PK\x01\x02")
    record, tail = overlap[start:-22], bytearray(overlap[-22:])
    tail[8:12], tail[12:16] = (200).to_bytes(2, "little") * 2, (len(record) * 200).to_bytes(4, "little")
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(1000))}), sink, compression="snappy", use_dictionary=False)
    page = bytearray(sink.getvalue())
    page[6:11] = b"\xfe\xff\xff\xff\x0f"  # the first page says that it unpacks to 2^31 - 1 bytes
    loop = (
        b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>endobj "
        b"3 0 obj<</Type/ObjStm/N 1/First 4/Extends 3 0 R/Length 8>>stream\n3 0 <<>>\nendstream endobj trailer<</Root 1 0 R/Size 4>>\nstartxref\n9\n%%EOF"
    )
    return {
        "50.xlsx": spaces(300, "xl/worksheets/sheet1.xml"), "51.ods": spaces(300, "content.xml"), "52.docx": zipped(**{"word__document.xml": LAUGHS}),
        "53.xlsx": zipped(**{"xl__workbook.xml": LAUGHS.replace(b'"ha"', b'SYSTEM "file:///etc/passwd"')}), "56.pdf": loop,
        "58.csv.gz": gzip.compress(b"0" * (200 << 20)), "58.json.gz": gzip.compress(b" " * (200 << 20)), "59.parquet": bytes(page), "60.json": b"[" * 100_000 + b"]" * 100_000,
        "60.ndjson": b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "64.xlsx": overlap[:start] + record * 200 + bytes(tail), "64.zip": overlap[:start] + record * 200 + bytes(tail),
        "65.docx": zipped(**{"word__media__x.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (65535).to_bytes(4, "big") * 2 + bytes(9), "word__document.xml": b"<w/>"}),
        "nested.zip": zipped(**{"inner.zip": zipped(**{"a.csv": b"a\n1\n"})}), "many.zip": zipped(**{f"{i}.csv": b"" for i in range(10_001)}),
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(bombs()))
def test_a_file_that_is_made_to_do_harm_is_refused(inside, name):
    (inside / name).write_bytes(bombs()[name])
    ws = Workspace(inside)
    with pytest.raises(FileFormatError) as caught:
        ws.add(inside / name)
    assert "root:" not in str(caught.value)
    assert name in caught.value.where
    ws.close()
    assert [one.name for one in inside.iterdir()] == [name]


def test_names_in_an_archive_lead_nowhere(inside):
    (inside / "slip.zip").write_bytes(zipped(**{"..__..__evil.csv": b"a,b\n1,2\n", "__etc__cron.csv": b"c,d\n1,2\n"}))
    ws = Workspace(inside)
    assert len(ws.add(inside / "slip.zip")) == 2
    ws.close()
    assert not (inside.parent / "evil.csv").exists()
    assert [one.name for one in inside.iterdir()] == ["slip.zip"]


@pytest.mark.skipif(not HERE, reason=REASON)
def test_every_row_of_the_corpus_is_tried():
    seen = rows("filename")
    assert {kind for _, kind, _ in seen} == {"path", "name_injection", "bomb"}
    described = {re.search(r"(\d+)", name)[1] for name in bombs() if name[:2].isdigit()} | {"63"}
    assert {row[-2:] for row, kind, _ in seen if kind == "bomb"} <= described


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders there")
def test_a_pipe_is_no_data(inside):
    os.mkfifo(inside / "pipe.csv")
    ws = Workspace(inside)
    with pytest.raises(AiserError, match="device"):
        ws.add(inside / "pipe.csv")
    with pytest.raises(AiserError):
        ws.connect(inside / "pipe.csv", "x")
    ws.close()
