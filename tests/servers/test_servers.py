"""The servers themselves: what was acknowledged survives a kill, and nothing survives the end of a test."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from twinlock_servers import PROGRAM, RunningServer, running

KINDS = ("postgres", "mariadb", "redis", "redis-cluster", "etcd-cluster")
WITHIN = 30.0


def asked(server: RunningServer, *words: str, node: int = 0) -> bytes:
    """The first lines of what a Redis node answers."""
    with socket.create_connection((server.host, server.nodes[node]["port"]), WITHIN) as connection:
        for command in (("AUTH", server.password), words):
            parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in command]
            connection.sendall(f"*{len(command)}\r\n{''.join(parts)}".encode())
            answer = connection.recv(4096)
        return answer


def sql(server: RunningServer, statement: str) -> str:
    """Through the server's own client, which nobody here wrote."""
    account = ["-h", server.host, "-U" if server.facts["kind"] == "postgres" else "-u", str(server.user)]
    if server.facts["kind"] == "postgres":
        command = ["psql", *account, "-p", str(server.port), "-At", "-c", statement, server.database]
        secret = {"PGPASSWORD": server.password}
    else:
        command = ["mariadb", *account, "-P", str(server.port), "-N", "-e", statement, server.database]
        secret = {"MYSQL_PWD": server.password}
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, timeout=WITHIN, check=True)
    return done.stdout.strip()


def gone(pids: list[int], folder: str) -> bool:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids) and not Path(folder).exists():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("fast", [False, True], ids=["durable", "fast"])
@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_killed_database_starts_again_with_what_it_acknowledged(kind, fast):
    if not shutil.which("psql" if kind == "postgres" else "mariadb"):
        pytest.skip("the server's own client is not here")
    with running(kind, fast=fast) as server:
        sql(server, "CREATE TABLE kept (number INT)")
        sql(server, "INSERT INTO kept VALUES (1)")
        first = server.pid
        for _ in range(2):
            server.kill()
            with pytest.raises(OSError):
                socket.create_connection((server.host, server.port), 1)
            server.start()
        assert server.pid not in (None, first)
        assert sql(server, "SELECT number FROM kept") == "1"
        server.stop()
        server.start()
        assert sql(server, "SELECT number FROM kept") == "1"


@pytest.mark.parametrize("fast", [False, True], ids=["durable", "fast"])
def test_a_killed_redis_starts_again_with_what_it_acknowledged(fast):
    with running("redis", fast=fast) as server:
        assert asked(server, "SET", "kept", "1") == b"+OK\r\n"
        server.kill()
        server.start()
        assert asked(server, "GET", "kept") == b"$1\r\n1\r\n"
        assert b"noeviction" in asked(server, "CONFIG", "GET", "maxmemory-policy")


def test_a_cluster_has_three_masters_and_points_to_the_one_that_holds_the_key():
    with running("redis-cluster") as server:
        answers = [asked(server, "SET", "kept", "1", node=node) for node in range(3)]
        [holder] = [node for node, answer in enumerate(answers) if answer == b"+OK\r\n"]
        port = str(server.nodes[holder]["port"]).encode()
        assert all(answer.startswith(b"-MOVED") and port in answer for answer in answers if answer != b"+OK\r\n")
        server.kill(holder)
        server.start(holder)
        assert asked(server, "GET", "kept", node=holder) == b"$1\r\n1\r\n"


def gateway(server: RunningServer, node: int, path: str, token: str = "", **words: str) -> tuple[int, dict[str, str]]:
    """One request to an etcd node as JSON."""
    connection = http.client.HTTPConnection(server.host, server.nodes[node]["port"], timeout=WITHIN)
    try:
        connection.request("POST", f"/v3/{path}", json.dumps(words), {"Authorization": token} if token else {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_of_three_etcd_nodes_two_go_on_and_the_third_learns_what_it_missed():
    key = base64.b64encode(b"kept").decode()
    with running("etcd-cluster") as server:
        _, signed_in = gateway(server, 1, "auth/authenticate", name=str(server.user), password=server.password)
        token = signed_in["token"]
        server.kill(0)
        deadline = time.monotonic() + WITHIN
        while gateway(server, 1, "kv/put", token, key=key, value=key)[0] != 200:  # while they elect a leader
            assert time.monotonic() < deadline
            time.sleep(0.05)
        server.start(0)
        _, signed_in = gateway(server, 0, "auth/authenticate", name=str(server.user), password=server.password)
        status, answer = gateway(server, 0, "kv/range", signed_in["token"], key=key)
        assert status == 200 and answer["count"] == "1"


def test_an_etcd_node_alone_waits_for_the_others():
    with running("etcd-cluster") as server:
        server.kill()
        server.start(1)
        server.start()
        status, answer = gateway(server, 1, "auth/authenticate", name=str(server.user), password=server.password)
        assert status == 200 and answer["token"]


def test_a_paused_server_answers_when_it_goes_on():
    with running("redis") as server:
        server.pause()
        with socket.create_connection((server.host, server.port), WITHIN) as connection:
            connection.settimeout(0.3)
            connection.sendall(b"PING\r\n")
            with pytest.raises(TimeoutError):
                connection.recv(10)
            server.resume()
            connection.settimeout(WITHIN)
            assert connection.recv(10).startswith(b"-NOAUTH")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root could run a server as root")
@pytest.mark.parametrize("kind", KINDS)
def test_no_server_runs_as_root_nor_without_a_password(kind):
    with running(kind) as server:
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert "\nUid:\t0\t" not in status
        assert len(server.password) >= 16
        if kind.startswith("redis"):
            with socket.create_connection((server.host, server.port), WITHIN) as connection:
                connection.sendall(b"PING\r\n")
                assert connection.recv(20).startswith(b"-NOAUTH")
        if kind == "etcd-cluster":
            for node in range(3):
                status, answer = gateway(server, node, "kv/range", key="AA==")
                assert status != 200 and "user name is empty" in answer["error"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["end of stdin", "SIGTERM", "paused"])
def test_nothing_lingers(kind, how):
    program = subprocess.Popen(
        [sys.executable, str(PROGRAM), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdin and program.stdout
    facts = json.loads(program.stdout.readline())
    pids = [node["pid"] for node in facts["nodes"]]
    if how == "paused":
        program.stdin.write("pause\n")
        program.stdin.flush()
        assert json.loads(program.stdout.readline())["ok"]
    if how == "SIGTERM":
        program.terminate()
    else:
        program.stdin.close()
    assert program.wait(WITHIN) == 0
    assert gone(pids, facts["folder"])
    program.stdin.close()
    program.stdout.close()


# A parent that leaves without a word, while somebody else still holds the program's standard input open.
LEAVES = """
import os, subprocess, sys
program = subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
line = program.stdout.readline()
if not os.fork():
    os.close(1); os.close(2)
    import time; time.sleep(15)
print(program.pid, line.decode(), flush=True)
os.kill(os.getpid(), 9)
"""


def test_nothing_lingers_when_the_parent_is_killed():
    done = subprocess.run(
        [sys.executable, "-c", LEAVES, str(PROGRAM), "redis"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=WITHIN,
    )
    pid, _, line = done.stdout.partition(" ")
    facts = json.loads(line)
    assert gone([int(pid), facts["pid"]], facts["folder"])


def test_no_server_outlives_a_program_that_is_killed_outright():
    program = subprocess.Popen(
        [sys.executable, str(PROGRAM), "postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdin and program.stdout
    facts = json.loads(program.stdout.readline())
    os.kill(program.pid, signal.SIGKILL)
    program.wait(WITHIN)
    program.stdin.close()
    program.stdout.close()
    shutil.rmtree(facts["folder"], ignore_errors=True)  # nobody is left to do it
    assert gone([facts["pid"]], facts["folder"])


def test_what_cannot_be_done_is_said():
    with running("redis") as server:
        with pytest.raises(RuntimeError, match="unknown command"):
            server.command("dance")
        with pytest.raises(RuntimeError):
            server.kill(7)
        server.stop()
        with pytest.raises(RuntimeError, match="not running"):
            server.pause()
        server.start()
        assert server.pid
    with pytest.raises(RuntimeError), running("redis", options={"no-such-setting": "1"}):
        pass


NODE = """
import { start } from './servers.mjs'
const server = await start('redis', { fast: true, options: { maxmemory: '64mb' } })
const { pid } = await server.command('kill')
const again = await server.command('start')
let refused = ''
await server.command('dance').catch((error) => { refused = error.message })
await server.stop()
console.log(JSON.stringify({ down: pid, up: again.pid, folder: server.folder, refused }))
"""


@pytest.mark.skipif(not shutil.which("node"), reason="no Node here")
def test_the_same_from_node():
    done = subprocess.run(
        ["node", "--input-type=module", "-e", NODE], cwd=PROGRAM.parent, capture_output=True, timeout=60, check=True
    )
    told = json.loads(done.stdout)
    assert told["down"] is None and told["refused"].startswith("unknown command")
    assert gone([told["up"]], told["folder"])
