"""Many users of mixed roles at once, every row checked: ``python benchmarks/policy_users.py [--users 500] [--queries 20] [--through kernel|broker]``.

On DuckDB and PostgreSQL, with the threads of one server, the result cache on, and one audit log for all; through a broker each user comes with a token of
their own. What each must get is worked out in Python (`policy_crowd`). Then one user asks too much at once, to see that bounds hold.
"""

from __future__ import annotations

import argparse
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

import duckdb
from policy_crowd import POLICY, QUERIES, REFUSED, ROLES, SALT, Crowd

from aiser_jupyter import Workspace
from aiser_jupyter.audit import Audit
from aiser_jupyter.broker import tokens
from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.policy import file
from aiser_jupyter.query import run
from aiser_jupyter.query.governed import under
from aiser_jupyter.sources.broker import BrokerSource
from aiser_jupyter.sources.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.context import Context
    from aiser_jupyter.identity import Identity

    Ask = Callable[[str, dict[str, object]], tuple[list[tuple[Any, ...]], bool]]


@dataclass
class Tally:
    """What came of a simulation: times in ms, ``foreign`` rows of others, ``wrong`` answers, errors by their words, and what the log and the bounds did."""

    times: list[float] = field(default_factory=list)
    rows: int = 0
    cached: int = 0
    foreign: int = 0
    wrong: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    lines: int = 0
    log: str = ""
    at_once: int = 0
    refused: int = 0

    def p(self, share: float) -> float:
        """The time that so great a share of the queries took no longer than."""
        return sorted(self.times)[min(int(share * len(self.times)), len(self.times) - 1)] if self.times else 0.0


def kernel(context: Context, who: Identity) -> Ask:
    """How a user asks in a server's own process, under the policy of its workspace."""
    mine = under(context, context.policy, who)

    def ask(sql: str, params: dict[str, object]) -> tuple[list[tuple[Any, ...]], bool]:
        result = run(mine, sql, on="shop", params=params)
        return [tuple(row.values()) for row in result.rows()], result.cached

    return ask


def broker(address: str, who: Identity, key: bytes) -> Ask:
    """How a user asks a broker, with a token that says who they are."""
    variable = f"TOKEN_{who.user}"
    claims = {name: list(value) if isinstance(value, tuple) else value for name, value in who.claims}
    os.environ[variable] = tokens.made(who.user, groups=who.groups, claims=claims, key=key, seconds=3600)
    source = BrokerSource(address, "shop", Options(extra={"token": f"env:{variable}"}))

    def ask(sql: str, params: dict[str, object]) -> tuple[list[tuple[Any, ...]], bool]:
        text = sql if source.dialect != "duckdb" else sql.replace(":me", "$me")
        cursor = source.cursor()
        try:
            return [tuple(row.values()) for row in cursor.run(text, params).read_all().to_pylist()], False
        finally:
            cursor.close()

    return ask


def simulate(crowd: Crowd, ask_as: Callable[[Identity], Ask], queries: int, threads: int) -> Tally:
    """Every user asks ``queries`` of the queries, on so many threads, users in turn so that their statements mix."""
    tally, lock = Tally(), threading.Lock()
    work: queue.SimpleQueue[tuple[Identity, int]] = queue.SimpleQueue()
    for number in range(queries):
        for who in crowd.users:
            work.put((who, number % len(QUERIES)))
    asks = {who.user: ask_as(who) for who in crowd.users}
    seen = {who.user: crowd.seen(who) for who in crowd.users}
    owners = {user: _owners(one) for user, one in seen.items()}

    def each() -> None:
        while True:
            try:
                who, number = work.get_nowait()
            except queue.Empty:
                return
            sql, answer = QUERIES[number]
            began = time.perf_counter()
            try:
                rows, cached = _asked(asks[who.user], who, sql)
            except AiserError as error:
                with lock:
                    tally.errors[f"{type(error).__name__}: {error.message}"] += 1
                continue
            took = (time.perf_counter() - began) * 1000
            others = sum(1 for row in rows for value in row if _is_user(value) and value not in owners[who.user])
            with lock:
                tally.times.append(took)
                tally.rows += len(rows)
                tally.cached += cached
                tally.foreign += others
                if _sorted(rows) != _sorted(answer(seen[who.user])):
                    tally.wrong.append(f"{who.user} ({who.claim('kind')}): {sql} gave {rows[:3]}")

    began, cpu = time.perf_counter(), time.process_time()
    started = [threading.Thread(target=each) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    tally.elapsed_s, tally.cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return tally


def _asked(ask: Ask, who: Identity, sql: str) -> tuple[list[tuple[Any, ...]], bool]:
    """What a user gets, a refusal as a row of its own."""
    try:
        return ask(sql, {"me": who.user} if ":me" in sql else {})
    except RefusedError as error:
        return [(REFUSED,)] if "secrets" in error.message else [(str(error),)], False


def press(ask: Ask, tally: Tally, threads: int = 8, each: int = 80) -> None:
    """One user asks more than their role allows: how many statements ran at once, and how many were refused."""
    lock = threading.Lock()

    def work() -> None:
        for number in range(each):
            try:
                ask(f"SELECT count(*) AS n FROM orders a, orders b, orders c WHERE a.id + b.id > {number}", {})
            except RefusedError as error:
                with lock:
                    tally.refused += 1
                    tally.errors[f"(pressed) {error.message}"] += 1

    started = [threading.Thread(target=work) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def verified(tally: Tally, log: Audit) -> None:
    """Read the log through, and count how many statements of one user overlapped in it."""
    found = log.verify()
    tally.lines, tally.log = found.lines, found.problem or "verifies"
    open_: dict[int, str] = {}
    now: Counter[str] = Counter()
    for line in log.lines():
        if line["event"] == "access":
            open_[line["seq"]] = line["user"]
            now[line["user"]] += 1
            if line["role"] != "boss":
                tally.at_once = max(tally.at_once, now[line["user"]])
        elif line["event"] == "outcome" and line["of"] in open_:
            now[open_.pop(line["of"])] -= 1


def _owners(seen: Any) -> frozenset[str]:
    return frozenset({row[2] for row in seen.orders} | {row[1] for row in seen.customers} | {seen.user})


def _is_user(value: object) -> bool:
    return isinstance(value, str) and value[:1] == "u" and value[1:].isdigit()


def _sorted(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(repr([int(v) if isinstance(v, Decimal | float | int) else v for v in row]) for row in rows)


def workspace(folder: Path, target: str | Path) -> Workspace:
    """A workspace under the policy with the connection ``shop``."""
    (folder / ".aiser").mkdir(parents=True, exist_ok=True)
    (folder / ".aiser" / file.NAME).write_text(POLICY, encoding="utf-8")
    os.environ["CROWD_SALT"] = SALT
    ws = Workspace(folder)
    ws.connect(target, "shop")
    return ws


def in_kernel(folder: Path, target: str | Path, crowd: Crowd, queries: int, threads: int, *, pressed: bool = True) -> Tally:
    """The simulation in one process that serves all users, as a dashboard server does."""
    ws = workspace(folder, target)
    # Of a server whose data changes unseen nothing would be cached: here answers may be an hour old, so that caches are warm.
    shop = ws.context.settings.connections.get("shop") or _profile(str(target))
    settings = ws.context.settings.model_copy(update={"connections": {"shop": shop}, "cache_ttl_s": 3600})
    context = replace(ws.context, settings=settings)
    try:
        tally = simulate(crowd, lambda who: kernel(context, who), queries, threads)
        if pressed:
            press(kernel(context, crowd.users[0]), tally)
        verified(tally, Audit(folder / ".aiser" / "audit.jsonl"))
    finally:
        ws.close()
    return tally


def _profile(url: str) -> Any:
    from aiser_jupyter.settings import Profile

    return Profile(url=url, cache_ttl_s=3600)


def through_broker(folder: Path, target: str | Path, crowd: Crowd, queries: int, threads: int) -> Tally:
    """The simulation through a broker's process, a connection of each user for each statement."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hub.pub").write_bytes(key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
    (folder / "people.toml").write_text(f'v = 1\n[tokens]\nkey = "hub.pub"\nuids = [{os.getuid()}]\n', encoding="utf-8")
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    place = folder / "b.sock"
    command = [
        sys.executable,
        "-c",
        "from aiser_jupyter.cli import main; main()",
        "broker",
        "--policy",
        "policy.toml",
        "--people",
        "people.toml",
    ]
    command += ["--socket", str(place), "--on", f"shop={target}"]
    environment = {**os.environ, "CROWD_SALT": SALT, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE)
    try:
        while not place.exists():
            if process.poll() is not None:
                raise SystemExit(process.stderr.read().decode() if process.stderr else "the broker ended")
            time.sleep(0.05)
        address = f"broker://{place}?connection=shop"
        tally = simulate(crowd, lambda who: broker(address, who, private), queries, threads)
        press(broker(address, crowd.users[0], private), tally)
    finally:
        process.terminate()
        process.wait(30)
    verified(tally, Audit(folder / ".aiser" / "audit.jsonl"))
    return tally


def fill(crowd: Crowd, folder: Path, engine: str, server: Any) -> str | Path:
    """A database of ``engine`` with the crowd's rows; its address."""
    if engine == "duckdb":
        with duckdb.connect(str(folder / "shop.duckdb")) as connection:
            for statement in crowd.statements():
                connection.execute(statement)
        return folder / "shop.duckdb"
    server.execute(";\n".join(crowd.statements()) + "; ANALYZE;")
    return server.url


def main() -> int:
    """Run and print; the exit status is 1 where a row was not its reader's, an answer was wrong, or the log does not verify."""
    from servers import postgres

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--engines", nargs="+", default=["duckdb", "postgres"])
    parser.add_argument("--through", nargs="+", default=["kernel", "broker"])
    asked = parser.parse_args()
    crowd, bad = Crowd(asked.users), False
    print(
        f"{asked.users} users ({', '.join(ROLES)}), {asked.queries} queries each, {asked.threads} threads, {os.cpu_count()} cores; {len(crowd.orders):,} orders"
    )
    for engine in asked.engines:
        if engine == "postgres" and (reason := postgres.missing()):
            print(f"{engine}: {reason}")
            continue
        server = postgres.Postgres() if engine == "postgres" else None
        try:
            with tempfile.TemporaryDirectory(prefix="aiser-crowd-") as name:
                target = fill(crowd, Path(name), engine, server)
                for way in asked.through:
                    how = in_kernel if way == "kernel" else through_broker
                    tally = how(Path(name) / way, target, crowd, asked.queries, asked.threads)
                    bad |= told(f"{engine}, {way}", tally)
        finally:
            if server is not None:
                server.remove()
    return int(bad)


def told(name: str, tally: Tally) -> bool:
    """Print what came of a simulation; whether it is bad."""
    print(
        f"{name}: {len(tally.times):,} queries in {tally.elapsed_s:.1f} s ({tally.cpu_s:.1f} s CPU of this process), {tally.cached:,} from the cache, {tally.rows:,} rows\n"
        f"  rows of others: {tally.foreign}; wrong answers: {len(tally.wrong)}; errors: {sum(n for what, n in tally.errors.items() if what[0] != '(')}\n"
        f"  wall p50 {tally.p(0.5):.0f} ms, p95 {tally.p(0.95):.0f} ms, p99 {tally.p(0.99):.0f} ms\n"
        f"  audit: {tally.lines:,} lines, {tally.log}; pressed: at most {tally.at_once} at once of one user, {tally.refused} refused"
    )
    for what, times in tally.errors.most_common(5):
        print(f"    {times} x {what}")
    for line in tally.wrong[:5]:
        print(f"    {line}")
    return bool(tally.foreign or tally.wrong or tally.log != "verifies")


if __name__ == "__main__":
    sys.exit(main())
