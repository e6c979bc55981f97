"""MariaDB."""

from __future__ import annotations

import contextlib
import socket

from .base import HOST, Node, Server, program

# Makes the account at every start, so that a start on old data finds it, too.
FIRST = """\
CREATE DATABASE IF NOT EXISTS twinlock CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'twinlock'@'%' IDENTIFIED BY '{password}';
GRANT ALL PRIVILEGES ON *.* TO 'twinlock'@'%' WITH GRANT OPTION;
"""
WAIT = 2.0


class MariaDb(Server):
    """One MariaDB server."""

    kind = "mariadb"
    accounts = ("mysql",)

    def url(self, node: Node) -> str:
        return f"mysql://twinlock:{self.password}@{HOST}:{node.port}/twinlock"

    def prepare_node(self, node: Node) -> None:
        first = node.folder / "first.sql"
        first.write_text(FIRST.format(password=self.password))
        first.chmod(0o600)
        self.own(first)
        node.run(
            [
                program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={node.folder / 'data'}",
                "--auth-root-authentication-method=socket",
                "--skip-test-db",
                "--skip-name-resolve",
                "--innodb-log-file-size=16M",
                "--innodb-flush-log-at-trx-commit=2",
            ]
        )

    def command(self, node: Node) -> list[str]:
        settings = {
            "datadir": str(node.folder / "data"),
            "bind-address": HOST,
            "port": str(node.port),
            "socket": str(node.folder / "socket"),
            "pid-file": str(node.folder / "pid"),
            "init-file": str(node.folder / "first.sql"),
            "innodb-log-file-size": "16M",
            "innodb-buffer-pool-size": "64M",
            # 2: written at each commit, and brought to the disk every second.
            "innodb-flush-log-at-trx-commit": "2" if self.fast else "1",
            "max-connections": "200",
            "skip-name-resolve": "1",
            **self.options,
        }
        return [program("mariadbd"), "--no-defaults", *(f"--{name}={value}" for name, value in settings.items())]

    def ready(self, node: Node) -> bool:
        # It greets only after its first file has run.
        with contextlib.suppress(OSError), socket.create_connection((HOST, node.port), WAIT) as connection:
            connection.settimeout(WAIT)
            greeting = connection.recv(5)
            return len(greeting) == 5 and greeting[4] == 10
        return False
