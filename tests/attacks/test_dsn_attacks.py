"""Addresses that hold secrets are refused and repeated nowhere; those that make a driver read files, run something or go astray are refused before it hears of them."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback

import pytest
from hostile import HERE, REASON, rows

from aiser_jupyter import Workspace, redact
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import AiserError, SecretTypedError
from aiser_jupyter.logs import JsonLines
from aiser_jupyter.redact import redact as redacted

# What is secret in the shared rows, by the words before it.
SECRETS = re.compile(
    r"(?:://[^:/@]*:(?P<a>[^@]+)@|PWD(?:%3D|=)(?P<b>\w+)|(?:password|passwd|sasl\.password|secret|token)\s*[=:]\s*'?(?P<c>[^'\s;&]+(?: \w+)*)|(?P<d>AKIA\w+|eyJ[\w.-]+|sk-\w+|gh[ps]_\w+|xox\w-[\w-]+)"
    r"|[?&](?:sig|key)=(?P<e>[^&]+)|AccountKey=(?P<f>[^;]+)|(?P<g>MII\w+))",
    re.IGNORECASE,
)
OWN_SECRETS = [
    ("postgresql://bob:Tr0ub4dor@db/x", "Tr0ub4dor"),
    ("postgresql://bob:a/b%2Fc@db/x", "a/b"),
    ("mongodb+srv://u:Tr0ub4dor@cluster.example.net/x", "Tr0ub4dor"),
    ("redis://:Tr0ub4dor@h:6379/0", "Tr0ub4dor"),
    ("snowflake://u:Tr0ub4dor@acct/db?warehouse=w", "Tr0ub4dor"),
    ("databricks://token:dapi0123456789abcdef0123456789abcdef@h", "dapi0123456789abcdef"),
    ("postgresql://h/x?user=u&password=Tr0ub4dor", "Tr0ub4dor"),
    ("postgresql://h/x?user=u&sslpassword=Tr0ub4dor", "Tr0ub4dor"),
    ("duckdb:///md:x?motherduck_token=Tr0ub4dor", "Tr0ub4dor"),
    ("mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPassword%3DTr0ub4dor%3BX%3D1", "Tr0ub4dor"),
    ("Driver={ODBC Driver 18};Server=h;Uid=sa;Pwd={Tr0ub;4dor};", "Tr0ub"),
    ("host=db user=bob password=Tr0ub4dor", "Tr0ub4dor"),
    ("Server=h;User Id=sa;Password=Tr0ub4dor;", "Tr0ub4dor"),
    ("jdbc:postgresql://h/x?user=u&password=Tr0ub4dor", "Tr0ub4dor"),
    ("Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey=Tr0ub4dor=;", "Tr0ub4dor"),
    ("https://b.s3.amazonaws.com/x?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE&X-Amz-Signature=0123abcd", "0123abcd"),
    ("https://a.blob.core.windows.net/c/x.csv?sv=2022&se=2030&sig=Tr0ub4dor%3D", "Tr0ub4dor"),
    ("aws_secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCY", "wJalrXUtnFEMI"),
    ("Cookie: session=Tr0ub4dor; theme=dark", "Tr0ub4dor"),
    ("X-Api-Key: Tr0ub4dor", "Tr0ub4dor"),
    ("Authorization: Basic Ym9iOlRyMHViNGRvcg==", "Ym9iOlRyMHViNGRvcg"),
    ("ghp_0123456789abcdefghij0123456789abcdef", "ghp_0123456789"),
    ("glpat-0123456789abcdefghij", "glpat-0123456789"),
    ("xoxb-123456789012-abcdefghijkl", "xoxb-123456789012"),
    ("sk-proj-0123456789abcdefghijklmn", "sk-proj-0123456789"),
    ("https://hooks.slack.com/services/T000/B000/abcdefgh", "T000/B000"),
    ("ALTER ROLE bob PASSWORD 'Tr0ub4dor'", "Tr0ub4dor"),
    ("CREATE SECRET s (TYPE s3, KEY_ID 'abc', SECRET 'Tr0ub4dor')", "Tr0ub4dor"),
    ("CREATE USER bob IDENTIFIED BY 'Tr0ub4dor'", "Tr0ub4dor"),
    ('{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE KEY-----\\n"}', "MIIEvQ"),
]
OWN_REFUSED = [
    "postgresql://h/x?PassFile=/etc/passwd", "postgresql://h/x?service=evil", "postgresql://h/x?servicefile=/tmp/x", "postgresql://h/x?sslkey=/etc/passwd",
    "postgresql://h/x?sslcert=/etc/hosts", "postgresql://h/x?sslrootcert=/nowhere.pem", "postgresql://h/x?options=-c%20default_transaction_read_only%3Doff",
    "postgresql://h/x?options=-csearch_path%3Dx%20-c%20statement_timeout%3D0", "postgresql://h/x?gsslib=x", "postgresql://h/x?replication=database",
    "postgresql://169.254.169.254/x", "postgresql://h/x?hostaddr=169.254.169.254", "postgresql://h,169.254.169.254:5432/x", "postgresql+psycopg2://h/x?passfile=/etc/passwd",
    "mysql://h/x?read_default_file=/etc/passwd", "mysql://h/x?ssl_ca=/etc/passwd", "mysql://h/x?ssl_key=/etc/hosts", "mysql+mysqldb://h/x?local_infile=1",
    "mysql://h/x?client_flag=65536", "mysql://h/x?plugin_dir=/tmp", "mariadb://h/x?init_command=x", "mysql://169.254.169.254/x", "mysql://[::ffff:169.254.169.254]/x",
    "mssql://h/x?driver=/tmp/evil.so", "mssql://h/x?odbc_connect=DRIVER%3Dx", "oracle://h/x?config_dir=/tmp", "oracle://h/x?wallet_location=/etc", "oracle://h/x?dsn=(X)",
    "snowflake://u@a/x?host=evil.example", "snowflake://u@a/x?authenticator=file:///etc/passwd", "snowflake://u@a/x?private_key_file=/etc/passwd",
    "snowflake://u@a/x?token_file_path=/etc/passwd", "snowflake://u@a/x?protocol=http", "snowflake://u@a/x?connection_diag_log_path=/tmp", "snowflake://u@a/x?ocsp_root_certs_dict_lock_timeout=1",
    "bigquery://p/d?credentials_path=/etc/passwd", "bigquery://p/d?credentials_base64=AAAA", "bigquery://p/d?api_endpoint=http://evil.example",
    "bigquery://p/d?api_endpoint=http://169.254.169.254", "mongodb://h/x?tlsCAFile=/etc/passwd", "mongodb://h/x?authMechanismProperties=AWS_SESSION_TOKEN:x",
    "mongodb://169.254.169.254/x", "mongodb://h/x?proxyHost=evil", "sqlite:///x.db?mode=rwc", "sqlite:///x.db?vfs=unix-none", "sqlite:///file:x.db?uri=true",
    "sqlite:////proc/self/environ", "sqlite:////dev/zero", "duckdb:////proc/self/environ", "duckdb:///:memory:?allow_unsigned_extensions=true",
    "duckdb:///:memory:?custom_extension_repository=http://evil.example", "duckdb:///x.duckdb?access_mode=read_write", "file:///etc/passwd", "file:///proc/self/environ",
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://metadata.google.internal/", "http://2852039166/", "http://0xA9FEA9FE/", "http://0251.0376.0251.0376/",
    "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::a9fe:a9fe]/", "http://127.0.0.1/", "http://10.0.0.1/", "http://168.63.129.16/", "https://[::1]/", "http://localhost/",
    "cube://169.254.169.254/", "jdbc:h2:mem:;INIT=RUNSCRIPT FROM 'http://evil/x.sql'", "jdbc:mysql://h/x?autoDeserialize=true", "gopher://h/x", "ldap://h/x",
    "python://os.system", "env:NO_SUCH_VARIABLE_HERE", "keyring:", "env:", "", "   ", "sqlite://evil", "duckdb:x", "postgresql://h/x?sslmode=disable&sslcert=/etc/hosts",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _apart(tmp_path, monkeypatch):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + bytes(84))
    monkeypatch.chdir(tmp_path)
    redact.forget()
    yield
    redact.forget()


_reached: list[str] = []


def _hook(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.exec", "os.posix_spawn"}:
        _reached.append(f"{event} {arguments[0] if event != 'socket.connect' else arguments[1]}")


@pytest.fixture(scope="module")
def watched():
    """What Python reached for, over the network or as another program; an audit hook stays for good, so it is set once."""
    if not getattr(sys, "_aiser_watches", False):
        sys.addaudithook(_hook)
        sys._aiser_watches = True
    return _reached


def secrets_in(payload):
    return [part for found in SECRETS.finditer(payload) for part in found.groups() if part and len(part) > 2]


def everywhere(payload, tmp_path, capfd, caplog):
    """All that comes of an address in the surfaces it enters by: the error in each of its forms, the command line, a log line, a profile, the store."""
    told = [redacted(f"cannot reach {payload} now")]
    ws = Workspace(tmp_path)
    ws.context.state.create()
    for attempt in (lambda: ws.connect(payload, "x"), lambda: ws.add(payload), lambda: ws.save_connection("x", payload)):
        try:
            attempt()
        except AiserError as error:
            told += [
                str(error),
                repr(error),
                json.dumps(error.as_json()),
                traceback.format_exc(),
                repr(error.__context__),
                repr(error.args),
            ]
    line = logging.LogRecord("aiser_jupyter", logging.ERROR, "x.py", 1, "connecting to %s", (payload,), None)
    told.append(JsonLines().format(line))
    ws.close()
    for flags in ((), ("--json",)):
        run(["sql", "select 1", "--on", payload, *flags])
    out = capfd.readouterr()
    told += [out.out, out.err, caplog.text]
    told += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    return "\n".join(told)


def judged(payload, secrets, tmp_path, capfd, caplog):
    told = everywhere(payload, tmp_path, capfd, caplog)
    assert [secret for secret in secrets if secret in told] == []


@pytest.mark.skipif(not HERE, reason=REASON)
@pytest.mark.parametrize(("row", "payload"), [(row, payload) for row, _, payload in rows("dsn", "credential_leak")])
def test_a_secret_of_the_corpus_is_repeated_nowhere(row, payload, tmp_path, capfd, caplog):
    secrets = secrets_in(payload)
    assert secrets or "credentials_path" in payload, "the test must know what is secret"
    judged(payload, secrets, tmp_path, capfd, caplog)


@pytest.mark.parametrize(("payload", "secret"), OWN_SECRETS)
def test_a_secret_is_repeated_nowhere(payload, secret, tmp_path, capfd, caplog):
    judged(payload, [secret], tmp_path, capfd, caplog)


@pytest.mark.parametrize("payload", [payload for payload, _ in OWN_SECRETS if "://" in payload and "hooks." not in payload])
def test_a_typed_secret_is_refused_with_what_to_write_instead(payload, tmp_path):
    with pytest.raises(SecretTypedError) as caught:
        Workspace(tmp_path).connect(payload)
    assert "env:SHOP_URL" in caught.value.hint


def files(folder):
    """What lies in a folder; the history of what was refused apart."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.name.startswith("state.db")}


def refused(payload, tmp_path, watched, profile=False):
    watched.clear()
    ws = Workspace(tmp_path)
    before = files(tmp_path)
    try:
        with pytest.raises(AiserError):
            ws.sql("select 1", on="x") if profile else ws.connect(payload, "x")
        assert "x" not in ws.connections
        assert [reached for reached in watched if reached != "socket.getaddrinfo localhost"] == []
        assert files(tmp_path) == before
    finally:
        ws.close()


@pytest.mark.skipif(not HERE, reason=REASON)
@pytest.mark.parametrize(("row", "payload"), [(row, payload) for row, _, payload in rows("dsn", "dsn_attack")])
def test_an_address_of_the_corpus_is_refused_before_anything_is_reached(row, payload, tmp_path, watched):
    refused(payload, tmp_path, watched)


@pytest.mark.parametrize("payload", OWN_REFUSED)
def test_an_address_is_refused_before_anything_is_reached(payload, tmp_path, watched):
    refused(payload, tmp_path, watched)


@pytest.mark.parametrize("payload", [*[payload for _, _, payload in rows("dsn", "dsn_attack")], *filter(str.strip, OWN_REFUSED)])
def test_so_it_is_where_a_profile_holds_it(payload, tmp_path, watched):
    (tmp_path / ".aiser" / "settings.toml").write_text(f"[connections.x]\nurl = {json.dumps(payload)}\n", "utf-8")
    refused(payload, tmp_path, watched, profile=True)


@pytest.mark.parametrize(
    ("url", "extra"),
    [
        ("postgresql://h/x", {"passfile": "/etc/passwd"}),
        ("postgresql://h/x", {"service": "evil"}),
        ("postgresql://h/x", {"hostaddr": "169.254.169.254"}),
        ("mysql://h/x", {"init_command": "drop table t"}),
        ("mysql://h/x", {"ssl_ca": "/etc/passwd"}),
        ("snowflake://u@a/x", {"host": "evil.example"}),
        ("bigquery://p/d", {"credentials_path": "/etc/passwd"}),
        ("mongodb://h/x", {"tlsCAFile": "/etc/passwd"}),
        ("oracle://h/x", {"config_dir": "/tmp"}),
        ("s3://bucket/x", {"endpoint_url": "http://169.254.169.254"}),
        ("s3://bucket/x", {"client_kwargs": {"endpoint_url": "http://169.254.169.254"}}),
        ("iceberg://x", {"uri": "http://169.254.169.254/"}),
        ("x.duckdb", {"allow_unsigned_extensions": "true"}),
        ("duckdb:///:memory:", {"enable_external_access": "true"}),
        ("x.db", {"mode": "rwc"}),
    ],
)
def test_no_knob_of_a_profile_opens_what_the_address_may_not(url, extra, tmp_path, watched):
    knobs = ", ".join(
        f"{name} = {json.dumps(value)}" if isinstance(value, str) else f"{name} = {{ endpoint_url = {json.dumps(value['endpoint_url'])} }}"
        for name, value in extra.items()
    )
    (tmp_path / ".aiser" / "settings.toml").write_text(f"[connections.x]\nurl = {json.dumps(url)}\nextra = {{ {knobs} }}\n", "utf-8")
    refused(url, tmp_path, watched, profile=True)


def test_what_is_meant_still_passes(tmp_path):
    from aiser_jupyter.sources import knobs

    pem = tmp_path / "ca.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    key = tmp_path / "key.json"
    key.write_text('{"type": "service_account", "project_id": "p"}')
    for scheme, address, extra in (
        (
            "postgresql",
            f"postgresql://u@db.example.com,db2:5433/x?sslmode=verify-full&sslrootcert={pem}",
            {"application_name": "x", "pool_timeout_s": 3},
        ),
        ("postgresql", "postgresql://db/x?sslrootcert=system&options=-csearch_path%3Dsales,public", {}),
        ("mysql", f"mysql://db/x?ssl_ca={pem}", {}),
        ("snowflake", "snowflake://u@org-acct/db/s?warehouse=w&role=r&authenticator=https://acme.okta.com", {}),
        ("bigquery", f"bigquery://p/d?location=EU&credentials_path={key}", {"maximum_bytes_billed": 10}),
        ("mongodb", "mongodb://a:1,b:2/x?replicaSet=r&retryWrites=true&tls=true", {"sample": 10}),
        ("s3", "s3://bucket/x", {"endpoint_url": "http://minio.example.com:9000"}),
    ):
        knobs.check(scheme, address, extra)
