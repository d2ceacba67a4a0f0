"""Starting worker processes, and what of the environment they are given."""

from __future__ import annotations

import os
import queue
import shutil
import site
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.process import is_there

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PIPE = 1 << 20
_PREFIX = f"aiser-worker-{os.getuid() if hasattr(os, 'getuid') else 'user'}-"
# What a process needs to run at all, and what drivers look for; not the notebook's own secrets.
_NAMES = frozenset(
    """
    PATH HOME USER LOGNAME LANG LANGUAGE TZ TZDIR TMPDIR TEMP TMP PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX LD_LIBRARY_PATH DYLD_LIBRARY_PATH
    SYSTEMROOT WINDIR COMSPEC PATHEXT APPDATA LOCALAPPDATA PROGRAMDATA USERPROFILE HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
    http_proxy https_proxy all_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE KRB5CCNAME KRB5_CONFIG KRB5_KTNAME
    TNS_ADMIN ORACLE_HOME ODBCINI ODBCSYSINI JAVA_HOME SPARK_HOME HADOOP_CONF_DIR SNOWFLAKE_HOME GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT
    CLOUDSDK_CONFIG MYSQL_HOME
    """.split()  # noqa: SIM905  # names read better as words
)
_PREFIXES = ("LC_", "PGSSL", "PGSERVICE", "PGPASSFILE", "PGSYSCONFDIR", "XDG_")
_OF_SCHEME = {
    "s3": ("AWS_",), "gs": ("GOOGLE_", "GCP_"), "gcs": ("GOOGLE_", "GCP_"), "az": ("AZURE_",), "abfs": ("AZURE_",), "abfss": ("AZURE_",),
    "delta": ("AWS_", "AZURE_", "GOOGLE_"), "iceberg": ("AWS_", "AZURE_", "GOOGLE_", "PYICEBERG_"), "bigquery": ("GOOGLE_", "GCP_"),
    "postgresql": ("PG",), "postgres": ("PG",), "snowflake": ("SNOWFLAKE_",), "databricks": ("DATABRICKS_",), "broker": ("AISER_BROKER_",),
}  # fmt: skip


def environment(scheme: str, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a worker for a source of ``scheme``: what is needed of ``given`` (default: this process's own)."""
    given = os.environ if given is None else given
    prefixes = _PREFIXES + _OF_SCHEME.get(scheme, ())
    kept = {name: value for name, value in given.items() if name in _NAMES or name.upper().startswith(prefixes)}
    # Pools that reserve gigabytes of addresses would leave nothing of the limit.
    kept |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
    root = str(Path(__file__).parents[2])
    if not any(root == place for place in (*site.getsitepackages(), site.getusersitepackages())):
        kept["PYTHONPATH"] = os.pathsep.join(part for part in (kept.get("PYTHONPATH"), root) if part)
    return kept


def scratch() -> Path:
    """A private folder (0700) for what one worker spills; those of processes that are gone are taken away."""
    root = Path(tempfile.gettempdir())
    for left in root.glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not is_there(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


class Keeper:
    """A thread that lives as long as the process: it starts workers, for Linux ends a child with the thread that made it, and ends idle ones."""

    def __init__(self, tidy: Callable[[], None], every_s: float) -> None:
        self._wanted: queue.SimpleQueue[tuple[Future[subprocess.Popen[bytes]], dict[str, str]]] = queue.SimpleQueue()
        self._tidy = tidy
        self._every_s = every_s
        self._thread = threading.Thread(target=self._run, name="aiser-workers", daemon=True)
        self._thread.start()

    def start(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """A new worker process, which may not have begun to listen yet."""
        wanted: Future[subprocess.Popen[bytes]] = Future()
        self._wanted.put((wanted, environment))
        return wanted.result(30)

    def _run(self) -> None:
        while True:
            try:
                wanted, environment = self._wanted.get(timeout=self._every_s)
            except queue.Empty:
                with suppress(Exception):  # tidying is tried again
                    self._tidy()
                continue
            try:
                wanted.set_result(_popen(environment))
            except Exception as error:  # noqa: BLE001  # raised where the worker is waited for
                wanted.set_exception(error)


def _popen(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "aiser_jupyter.query.worker_main"],  # -P: nothing is imported from the folder of the notebook
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=environment,
        start_new_session=True,
        pipesize=_PIPE,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
