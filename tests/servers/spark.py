"""A private Spark Connect server of PySpark's own jars."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from servers.daemon import free_port, listens


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed"
    return "" if shutil.which("java") else "no Java on this machine (apt-get install openjdk-17-jre-headless)"


class SparkConnect:
    """A server with two local cores and its warehouse in a folder of its own; ``url`` is its address."""

    def __init__(self) -> None:
        home = Path(importlib.util.find_spec("pyspark").submodule_search_locations[0])
        self.folder = Path(tempfile.mkdtemp(prefix="aiser-spark-"))
        self.port = free_port()
        settings = {
            "spark.connect.grpc.binding.port": self.port,
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": 2,
            "spark.sql.warehouse.dir": self.folder / "warehouse",
            "spark.local.dir": self.folder / "tmp",
            "spark.sql.catalogImplementation": "in-memory",
            "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss4m",
        }
        conf = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
        main = "org.apache.spark.sql.connect.service.SparkConnectServer"
        command = [home / "bin" / "spark-submit", "--class", main, "--master", "local[2]", "--driver-memory", "1g", *conf, "spark-internal"]
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=self.folder,
            env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 90
        while not listens(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.remove()
                raise RuntimeError("the Spark Connect server does not start")
            time.sleep(0.1)

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}"

    def remove(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
