"""PostgreSQL."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
from pathlib import Path

from .base import HOST, Node, Server, program


class Postgres(Server):
    """One PostgreSQL server. Its collation is no byte order where the build has ICU, as on many real servers."""

    kind = "postgres"
    accounts = ("postgres",)
    stop_signal = signal.SIGINT  # "fast": sessions end, commits stay

    def url(self, node: Node) -> str:
        return f"postgresql://twinlock:{self.password}@{HOST}:{node.port}/twinlock"

    def prepare_node(self, node: Node) -> None:
        initdb, data, password = program("initdb", *folders()), node.folder / "data", node.folder / "password"
        password.write_text(self.password)
        password.chmod(0o600)
        self.own(password)
        usual = ["--pgdata", str(data), "--username", "twinlock", "--pwfile", str(password), "--auth", "scram-sha-256"]
        node.run([initdb, *usual, "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", *collation(initdb)])
        password.unlink()
        single = [program("postgres", *folders()), "--single", "-F", "-D", str(data), "postgres"]
        node.run(single, "CREATE DATABASE twinlock;\n")
        if key := self.options.get("ssl_key_file"):
            # It takes no key that others may read, and runs as another user than who made this one.
            own = node.folder / "server.key"
            shutil.copyfile(key, own)
            own.chmod(0o600)
            self.own(own)
            self.options["ssl_key_file"] = str(own)

    def command(self, node: Node) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "port": str(node.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "off" if self.fast else "on",
            **self.options,
        }
        postgres = [program("postgres", *folders()), "-D", str(node.folder / "data")]
        return [*postgres, *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))]

    def ready(self, node: Node) -> bool:
        # What pg_ctl waits for: the file is the new server's own, and its eighth line says so.
        with contextlib.suppress(OSError):
            lines = (node.folder / "data" / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and lines[0] == str(node.pid) and lines[7].strip() == "ready"
        return False


def folders() -> list[str]:
    """Debian keeps the programs of each version apart; the newest first."""
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return [str(path) for path in sorted(found, key=lambda path: version(path.parent.name), reverse=True)]


def version(name: str) -> float:
    return float(name) if re.fullmatch(r"\d+(\.\d+)?", name) else 0.0


def collation(initdb: str) -> list[str]:
    told = subprocess.run([initdb, "--help"], capture_output=True, text=True, timeout=30, check=False).stdout
    return ["--locale-provider=icu", "--icu-locale=en"] if "--icu-locale" in told else []
